"""A tier's database in one file, and back: what `sanji backup` and `sanji restore` do."""
