"""Branches as subjects (M42): what they file is decided here; deductions; each one's year."""
