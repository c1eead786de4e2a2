"""Branches' year-end appraisals: graded again, accepted by one, confirmed by another, rolled up."""
