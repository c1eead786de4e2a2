"""The store that ships: PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from shared.kit.db import Database
from shared.kit.scope import EVERYTHING
from shared.sync.sql_anchors import SqlAnchors
from shared.sync.sql_enrolment import SqlEnrolment
from shared.sync.sql_heads import SqlHeads
from shared.sync.sql_in import SqlIn
from shared.sync.sql_out import SqlOut
from shared.sync.sql_registry import SqlRegistry

_LOCK = text("SELECT pg_try_advisory_lock(:key)")
_UNLOCK = text("SELECT pg_advisory_unlock(:key)")
_STARTED = text("SELECT pg_postmaster_start_time()::text")
# A restore with WAL replay makes a new timeline, a dump loaded elsewhere a new system.
_CLUSTER = text(
    "SELECT s.system_identifier || '/' || c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c"
)
_LAST_CLUSTER = text("SELECT cluster FROM peer WHERE relation = 'self'")
_SET_CLUSTER = text("UPDATE peer SET cluster = :cluster WHERE relation = 'self'")


class SqlLedger(SqlHeads, SqlOut, SqlIn, SqlRegistry, SqlEnrolment, SqlAnchors):
    """One transaction of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def savepoint(self) -> AbstractContextManager[Any]:
        """A nested transaction."""
        return self.session.begin_nested()

    def life(self) -> str:
        """System and timeline of the cluster."""
        return str(self.session.scalar(_CLUSTER))

    def restored(self) -> bool:
        """Whether system or timeline differ from those this database's own rows remember."""
        cluster = self.life()
        last: str | None = self.session.scalar(_LAST_CLUSTER)
        if cluster != last:
            self.session.execute(_SET_CLUSTER, {"cluster": cluster})
        return last is not None and last != cluster


class SqlStore:
    """Opens transactions on a tier's database."""

    # A missing table or grant is our own fault, not the envelope's.
    transient: tuple[type[Exception], ...] = (OperationalError, InterfaceError, ProgrammingError, MemoryError)

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def work(self) -> Iterator[SqlLedger]:
        """The application role, every unit in scope."""
        with self.database.transaction(EVERYTHING) as session:
            yield SqlLedger(session)

    @contextmanager
    def ingest(self) -> Iterator[SqlLedger]:
        """The ingest role."""
        with self.database.ingest() as session:
            yield SqlLedger(session)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[bool]:
        """A session-level advisory lock on a connection of its own; it goes with the process."""
        key = {"key": int.from_bytes(sha256(f"sync/{name}".encode()).digest()[:8], signed=True)}
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            got = bool(connection.scalar(_LOCK, key))
            try:
                yield got
            finally:
                if got:
                    connection.execute(_UNLOCK, key)

    def incarnation(self) -> str:
        """When the server started."""
        with self.work() as ledger:
            return str(ledger.session.scalar(_STARTED))
