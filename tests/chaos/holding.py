"""Holding a process at a step: a lock in the database is what it waits for, and the server says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.waiting import wait_until
from tests.chaos.place import Place

# Of the waiting sessions, the ones of the application: the harness itself is `postgres`.
_AT_LOCK = (
    "SELECT pid, left(query, 60) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND usename <> 'postgres' AND query ILIKE %s"
)
_AT_COMMIT = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@contextmanager
def held(place: Place, table: str) -> Iterator[None]:
    """Nobody writes into `table` until the end: whoever would waits there."""
    with place.database() as session:
        session.autocommit = False
        session.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")  # type: ignore[call-overload]
        yield
        session.rollback()


def waits_for(place: Place, like: str, seconds: float = 20.0) -> str:
    """The statement with which a process waits at the lock; '' where none came."""
    found: list[tuple[int, str]] = []

    def came() -> bool:
        found[:] = place.ask(_AT_LOCK, like)  # type: ignore[assignment]
        return bool(found)

    wait_until(came, seconds)
    return found[0][1] if found else ""


@contextmanager
def answers_withheld(place: Place) -> Iterator[None]:
    """Every commit of this tier is made and then waits for a standby that never comes.

    So whoever has committed has not been told yet: exactly between commit and reply.
    """
    with place.database() as session:
        session.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        session.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            session.execute("ALTER SYSTEM RESET synchronous_standby_names")
            session.execute("SELECT pg_reload_conf()")
            time.sleep(0.2)


def committed(place: Place) -> bool:
    """Has somebody committed who waits to be told so?"""
    return bool(place.ask(_AT_COMMIT))
