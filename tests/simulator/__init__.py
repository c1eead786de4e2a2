"""The three tiers in one process: a seeded scheduler, a virtual clock, a network and stores that fail.

`python -m tests.simulator SEEDS` plays schedules; `county` is the world, `steps` what can happen in it,
`schedule` draws and plays a list of steps, `checking` judges what is left, `shrinking` makes a failure short.
"""
