"""Secret ballots of the year-end appraisal: two envelopes, counted in totals only."""
