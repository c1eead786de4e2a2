"""Why a member's year came out as it did: one derivation, told as text, as JSON and as a page, at every tier.

held       what a tier gives: claims, statements, the grading, bases, cases, as it holds them
points     claims counted by the rule function, statements, postings, sums
grading    base, appraisal points, grade, and working it out again from the exact bytes
cases      outcomes, words said, what an upheld appeal changed
building   all of it put together into sections
"""
