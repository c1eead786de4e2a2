"""The audit log: what its chain, its signatures and the other tiers' countersignatures prove."""
