"""The local stack: PostgreSQL, Redis and the three tiers' processes under one supervisor."""
