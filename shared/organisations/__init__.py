"""Branches as subjects (M42), what both tiers share: entries, words about them, a year's points."""
