"""Several counties, one question: their databases stay theirs, a coordinator asks them (postgres_fdw).

The county is the shard. What it offers is one view of what it has published, to a role that may read
nothing else; nobody's personal row leaves it. The coordinator keeps no row of its own.
"""
