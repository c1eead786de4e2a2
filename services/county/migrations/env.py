"""Alembic's entry; the work is in the kit."""

from shared.kit.migrations import run_environment

run_environment()
