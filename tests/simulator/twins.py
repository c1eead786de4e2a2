"""A store in memory and one in PostgreSQL that get the same calls: where they answer otherwise, it is said.

The simulator's schedules are played on the store in memory; what they prove holds for the product only as far
as that store behaves as the one that ships.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import insert

from shared.sync.models import Outbox
from shared.sync.sql_store import SqlLedger, SqlStore
from tests.simulator.books import Sent
from tests.simulator.memory import MemoryLedger, MemoryStore, Stepping
from tests.simulator.tables import Tables, Transaction
from tests.sync.world import Kept, Saved

# Rows that have two ids, one on each side: table in memory → (id in memory → id in PostgreSQL).
DRAFTS, MANIFESTS, RECEIPTS, WRITTEN = "twin_drafts", "twin_manifests", "twin_receipts", "twin_written"
# Each side has its own answer, as it should.
OWN_ANSWER = ("life",)
# Nothing says in which order these come.
UNORDERED: Mapping[str, Callable[[Any], Any]] = {
    "keys": lambda one: one.public.id,
    "heads_from": lambda one: one.stream,
    "bind_units": lambda one: one,
}


class Differs(AssertionError):
    """The two stores do not answer alike."""


class Unlike(Protocol):
    """How a call with ids in it is made on the other side."""

    def __call__(self, twin: TwinLedger, memory: Any, *args: Any) -> Any:
        """`memory`: what the store in memory answered; what the other answered, said in its terms."""


class TwinLedger:
    """One transaction on both sides. Business code writes in memory; its drafts go to both."""

    def __init__(self, memory: MemoryLedger, sql: SqlLedger) -> None:
        self.memory, self.sql = memory, sql
        self.session: Transaction = memory.session

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone if it raises, on both sides."""
        self.write_drafts()
        with self.sql.savepoint(), self.memory.savepoint():
            yield
            self.write_drafts()

    def write_drafts(self) -> None:
        """What business code has written in memory since the last call."""
        known = self.session.read(WRITTEN)
        for row in list(self.session.read("outbox").values()):
            if row.seq is None and row.id not in known:
                self.sql.session.execute(insert(Outbox).inline(), _draft(row))
                self.session.write(WRITTEN)[row.id] = True

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            self.write_drafts()
            # What is given once, as an iterator, both have to get.
            args = tuple(list(one) if isinstance(one, Iterator) else one for one in args)
            in_memory = getattr(self.memory, name)(*args, **named)
            if unlike := UNLIKE.get(name):
                unlike(self, in_memory, *args, **named)
                return in_memory
            in_sql = getattr(self.sql, name)(*args, **named)
            if name not in OWN_ANSWER:
                _require_alike(name, args, in_memory, in_sql)
            return in_memory

        return call


def _draft(row: Sent) -> dict[str, Any]:
    return {
        "stream": row.stream,
        "kind": row.kind,
        "version": row.version,
        "unit_id": row.unit,
        "payload": row.payload,
        "created_at": row.created_at,
    }


def _require_alike(name: str, args: Sequence[Any], in_memory: Any, in_sql: Any) -> None:
    if order := UNORDERED.get(name):
        in_memory, in_sql = sorted(in_memory, key=order), sorted(in_sql, key=order)
    if in_memory != in_sql:
        raise Differs(f"{name}{tuple(args)}\n  in memory:     {in_memory}\n  in PostgreSQL: {in_sql}")


def _drafts(twin: TwinLedger, memory: Any, stream: str, limit: int | None) -> None:
    found = twin.sql.drafts(stream, limit)
    bare = [[(one.stream, one.kind, one.version, one.unit, one.payload, one.created_at) for one in some]
            for some in (memory, found)]  # fmt: skip
    _require_alike("drafts", (stream, limit), *bare)
    for ours, theirs in zip(memory, found, strict=True):
        twin.session.write(DRAFTS)[ours.id] = theirs.id


def _mark_sealed(twin: TwinLedger, _memory: Any, rows: Sequence[Any]) -> None:
    ids = twin.session.read(DRAFTS)
    twin.sql.mark_sealed([(ids[number], envelope) for number, envelope in rows])


def _add_manifest(twin: TwinLedger, memory: Any, *args: Any) -> None:
    twin.session.write(MANIFESTS)[memory] = twin.sql.add_manifest(*args)


def _add_received(twin: TwinLedger, _memory: Any, rows: Any, manifest: Any, at: Any) -> None:
    twin.sql.add_received(rows, twin.session.read(MANIFESTS)[manifest], at)


def _undelivered(twin: TwinLedger, memory: Any, limit: int) -> None:
    found = twin.sql.undelivered(limit)
    both = [sorted(some, key=lambda one: one[1].encode()) for some in (memory, found)]
    _require_alike("undelivered", (limit,), *([one[1] for one in some] for some in both))
    for ours, theirs in zip(*both, strict=True):
        twin.session.write(RECEIPTS)[ours[0]] = theirs[0]


def _mark_delivered(twin: TwinLedger, _memory: Any, ids: Sequence[Any], at: Any) -> None:
    known = twin.session.read(RECEIPTS)
    twin.sql.mark_delivered([known[one] for one in ids if one in known], at)


UNLIKE: Mapping[str, Unlike] = {
    "drafts": _drafts,
    "mark_sealed": _mark_sealed,
    "add_manifest": _add_manifest,
    "add_received": _add_received,
    "undelivered": _undelivered,
    "mark_delivered": _mark_delivered,
}


class TwinStore(MemoryStore):
    """The store in memory, with its twin."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.kept, self.sql = kept, SqlStore(kept.database)
        self.backups: dict[int, tuple[Tables, Saved]] = {}

    @contextmanager
    def work(self) -> Iterator[Any]:
        """A transaction of the application role on both sides."""
        with self._both(self.sql.work) as ledger:
            yield ledger

    @contextmanager
    def ingest(self) -> Iterator[Any]:
        """A transaction of the ingest role, as it has it in PostgreSQL."""
        with self._both(self.sql.ingest) as ledger:
            yield ledger

    @contextmanager
    def _both(self, begin: Callable[[], AbstractContextManager[SqlLedger]]) -> Iterator[Any]:
        self.between()
        self.strike("begin")
        transaction = Transaction(self.tables)
        with begin() as sql:
            twin = TwinLedger(MemoryLedger(transaction, str(self.cluster)), sql)
            yield Stepping(twin, self.strike)
            twin.write_drafts()
            self.strike("commit" if transaction.changed else "read")
        self.tables = transaction.tables
        self.strike("committed")

    def backup(self) -> None:
        """Both sides are saved; the tables themselves, so that nobody else gets their place in memory."""
        self.backups[id(self.tables)] = (self.tables, self.kept.backup())

    def restore(self, tables: Tables, *, noticed: bool) -> None:
        """Both go back to a backup."""
        self.kept.restore(self.backups[id(tables)][1], noticed)
        super().restore(tables, noticed=noticed)


class Twins:
    """Makes the stores of a county: a node's first is for its founding, every later one begins founded."""

    def __init__(self, kept: Mapping[str, Kept]) -> None:
        self.kept = kept
        self._begun: set[str] = set()
        self._founded: dict[str, Saved] = {}

    def __call__(self, name: str) -> TwinStore:
        """A store of the node of this name."""
        if name not in self._begun:
            self._begun.add(name)
            self.kept[name].empty()
            return TwinStore(self.kept[name])
        if not self._founded:
            self._founded = {one: kept.backup() for one, kept in self.kept.items()}
        self.kept[name].restore(self._founded[name])
        return TwinStore(self.kept[name])
