"""The sixteen faults of TRUST.md against real processes: three tiers, each with servers of its own."""
