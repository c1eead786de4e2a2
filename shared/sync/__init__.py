"""Streams between tiers: append-only, hash-chained, signed; pushed up and pulled down by the child.

Where to look: `outbox` (business code speaks), `node` (what a process is made of), `sealing`, `pushing`,
`pulling`, `sweeping` (jobs), `receiving`, `applying`, `ownership` (taking in), `alignment`, `tails`
(restores), `serving`, `feeding`, `routes` (the parent's side), `enrolling`, `rotation` (keys),
`reporting` (status, reconcile, recover), `store` (what is kept; `sql_*` keep it in PostgreSQL).
"""
