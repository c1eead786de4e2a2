"""The year-end appraisal of a branch: step by step, each closed before the next."""
