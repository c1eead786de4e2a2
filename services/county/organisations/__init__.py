"""Organisations as subjects at the county (M42): classings approved, reviews decided, table of classes."""
