"""A connection of its own for looking: a busy pool blinds no operator and makes no node unready."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from shared.kit.revisions import Schema, revisions
from shared.kit.scope import EVERYTHING, bind_scope

WITHIN = 3
"""Seconds in which a look must be over."""
_LIMIT = text(f"SELECT set_config('statement_timeout', '{WITHIN}s', true)")
_VERSION = text("SELECT version_num FROM alembic_version")


class Watch:
    """Reads one tier's database as the application role; one connection, bounded in time."""

    def __init__(self, tier: str, url: str) -> None:
        self.tier = tier
        self.engine = create_engine(
            url,
            pool_size=1,
            max_overflow=1,
            pool_timeout=WITHIN,
            pool_pre_ping=True,
            hide_parameters=True,
            # A server that has vanished acknowledges nothing: without a bound a look would hang for minutes.
            connect_args={"connect_timeout": WITHIN, "tcp_user_timeout": WITHIN * 1000},
        )

    @contextlib.contextmanager
    def looking(self) -> Iterator[Session]:
        """A session over all units that ends without a trace. SQLAlchemyError when it cannot be had."""
        with Session(self.engine) as session:
            bind_scope(session, EVERYTHING)
            session.execute(_LIMIT)
            yield session
            session.rollback()

    def schema(self) -> Schema:
        """Where the database stands to this code. SQLAlchemyError when it does not answer."""
        try:
            with self.looking() as session:
                found = set(session.scalars(_VERSION))
        except ProgrammingError:
            return Schema.BEHIND  # no version table yet, or not opened to us: `migrate` has not run
        return revisions(self.tier).stands(found)
