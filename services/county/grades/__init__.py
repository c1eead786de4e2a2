"""Grades of members as their townships confirmed them: received copies."""
