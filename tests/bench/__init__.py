"""The speed we answer for: each figure beside its floor, in one run (`make bench`)."""
