"""A county, a township and two branch nodes in one process, on real PostgreSQL, with faults on demand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, MetaData, String, Table, Uuid, create_engine, insert, select, text

from shared.kit import audit, units  # noqa: F401 — their tables
from shared.kit.db import Base, Database, secure
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING, open_table
from shared.sync import models  # noqa: F401 — the tables of the streams
from shared.sync.direct import DirectTransport
from shared.sync.enrolling import enrol, mint_code, set_up
from shared.sync.keys import MemoryKeys, PrivateKey
from shared.sync.messages import UnitRow
from shared.sync.node import Action, Limits, Node
from shared.sync.outbox import publish_down, send_up
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable, Unreachable
from shared.sync.sql_store import SqlStore

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
COUNTY, TOWN, TOWN_EAST = (UUID(int=number) for number in (1, 2, 3))
NORTH, SOUTH, EAST = (UUID(int=number) for number in (11, 12, 13))
TREE = [
    UnitRow(COUNTY, "1", "甲县", "county", "county", None, "1."),
    UnitRow(TOWN, "11", "西镇", "township", "town", COUNTY, "1.11."),
    UnitRow(TOWN_EAST, "12", "东镇", "township", "town", COUNTY, "1.12."),
    UnitRow(NORTH, "111", "北村", "branch", "village", TOWN, "1.11.111."),
    UnitRow(SOUTH, "112", "南村", "branch", "village", TOWN, "1.11.112."),
    UnitRow(EAST, "121", "东村", "branch", "village", TOWN_EAST, "1.12.121."),
]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test contract."""

    KIND: ClassVar[str] = "test.said"
    VERSION: ClassVar[int] = 1
    words: str
    salt: str = ""


class Sung(Said, frozen=True):
    """Another kind, unknown to a tier that has not been upgraded."""

    KIND: ClassVar[str] = "test.sung"


CONTRACTS: dict[tuple[str, int], type[msgspec.Struct]] = {("test.said", 1): Said, ("test.sung", 1): Sung}
TABLES = MetaData()
HEARD = Table(
    "heard",
    TABLES,
    Column("id", Uuid, primary_key=True, default=new_id),
    Column("stream", String),
    Column("seq", BigInteger),
    Column("unit_id", Uuid),
    Column("kind", String),
    Column("words", String),
    info=open_table("a test's projection", ingest=("INSERT",)),
)


def hear(session: Any, received: Sequence[Received], now: datetime) -> None:
    """Write what arrived, in bulk; the word 'poison' can never be written."""
    rows = [
        {
            "id": new_id(),
            "stream": r.stream,
            "seq": r.seq,
            "unit_id": r.unit,
            "kind": r.kind,
            "words": r.body.words,
        }
        for r in received
    ]
    if any(row["words"] == "poison" for row in rows):
        raise Unacceptable("no poison please")
    if any(row["words"] == "broken" for row in rows):
        raise KeyError("a secret of the receiver")
    session.execute(insert(HEARD), rows)


Saved = dict[Table, list[Any]]
SAID = {("test.said", 1): Action(hear, hear)}
ALL = {**SAID, ("test.sung", 1): Action(hear, hear)}


class Crash(BaseException):
    """The process is gone at this step."""


@dataclass
class Fuse:
    """Counts steps; the one numbered `at` crashes."""

    at: int = 0
    steps: int = 0

    def burn(self) -> None:
        """One step further."""
        self.steps += 1
        if self.steps == self.at:
            raise Crash


class CrashingLedger:
    """Every call is a step."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "session" or not callable(found):
            return found

        def step(*args: Any, **named: Any) -> Any:
            self._fuse.burn()
            return found(*args, **named)

        return step


class CrashingStore:
    """A store whose every call, and both sides of every commit, is a step at which the process may die."""

    def __init__(self, inner: SqlStore, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse
        self.transient = inner.transient
        self.exclusive = inner.exclusive
        self.incarnation = inner.incarnation

    @contextmanager
    def work(self) -> Iterator[Any]:
        """A transaction of the application role."""
        with self._inner.work() as ledger:
            yield CrashingLedger(ledger, self._fuse)
            self._fuse.burn()
        self._fuse.burn()

    @contextmanager
    def ingest(self) -> Iterator[Any]:
        """A transaction of the ingest role."""
        with self._inner.ingest() as ledger:
            yield CrashingLedger(ledger, self._fuse)
            self._fuse.burn()
        self._fuse.burn()


@dataclass
class Wire:
    """A transport that keeps what passed and loses what it is told to: 'request', 'answer' or ''."""

    parent: Node
    lose: Callable[[str], str] = lambda path: ""
    sent: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    alter: Callable[[str, bytes], bytes] = lambda path, body: body

    def call(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Deliver, unless something goes wrong on the way."""
        self.sent.append((path, body, dict(headers)))
        lost = self.lose(path)
        if lost == "request":
            raise Unreachable("the request was lost")
        answer = DirectTransport(self.parent).call(path, self.alter(path, body), headers)
        if lost == "answer":
            raise Unreachable("the answer was lost")
        return answer


class Kept:
    """The database of one node: emptied, saved and taken back to what was saved."""

    def __init__(self, urls: Any, tier: str) -> None:
        self.owner = create_engine(urls.owner)
        self.database = Database(urls.app, urls.ingest, pool_size=2)
        with self.owner.begin() as connection:
            for metadata in (Base.metadata, TABLES):
                metadata.create_all(connection)
            secure(connection, [Base.metadata, TABLES], tier)

    def empty(self) -> None:
        """No row is left."""
        with self.owner.begin() as connection:
            connection.execute(_truncate(_tables()))

    def backup(self) -> Saved:
        """Every row, to be restored later."""
        with self.owner.begin() as connection:
            return {table: list(connection.execute(select(table)).mappings()) for table in _kept()}

    def restore(self, saved: Saved, noticed: bool = False) -> None:
        """Go back to a backup. `noticed`: the cluster tells that it was restored."""
        with self.owner.begin() as connection:
            connection.execute(_truncate(saved))
            for table, rows in saved.items():
                if rows:
                    connection.execute(table.insert(), [dict(row) for row in rows])
            last = (
                "SELECT setval(pg_get_serial_sequence('outbox', 'id'), coalesce(max(id), 0) + 1) FROM outbox"
            )
            connection.execute(text(last))
            if noticed:
                connection.execute(text("UPDATE peer SET cluster = 'another' WHERE relation = 'self'"))

    def close(self) -> None:
        """Close connections."""
        self.owner.dispose()
        self.database.dispose()


class Place:
    """One node with its database."""

    def __init__(self, urls: Any, tier: str, name: str, world: World) -> None:
        self.kept = Kept(urls, tier)
        self.owner, self.database = self.kept.owner, self.kept.database
        self.backup, self.close = self.kept.backup, self.kept.close
        self.tier, self.name, self.world = tier, name, world
        self.id = UUID(int=world.random.getrandbits(128), version=4)

    def begin(self) -> None:
        """Empty the database and make a fresh node."""
        self.kept.empty()
        keys = MemoryKeys(PrivateKey.from_seed(self.world.random.randbytes(32)))
        self.node = self.new_node(keys)

    def new_node(self, keys: MemoryKeys) -> Node:
        """The node as a process of this moment makes it."""
        return Node(
            tier=self.tier,
            keys=keys,
            store=SqlStore(self.database),
            clock=lambda: self.world.now,
            rng=self.world.random.randbytes,
            contracts=CONTRACTS,
            actions=SAID,
            limits=Limits(batch_envelopes=20, tail_envelopes=40),
        )

    def restart(self) -> None:
        """A new process on the same database."""
        old = self.node
        self.node = replace(self.new_node(old.keys), actions=old.actions, transport=old.transport)
        self.world.rewire()

    def say(self, unit: UUID, words: str, origin: UUID | None = None, body: type[Said] = Said) -> None:
        """Business code of this tier sends a fact up."""
        with self.database.transaction(EVERYTHING) as session:
            send_up(session, origin or unit, unit, body(words), self.world.tick())

    def publish(self, origin: UUID, target: UUID | None, words: str, body: type[Said] = Said) -> None:
        """Business code of this tier publishes down."""
        with self.database.transaction(EVERYTHING) as session:
            publish_down(session, origin, target, target or origin, body(words), self.world.tick())

    def heard(self, stream: str | None = None) -> list[str]:
        """Words applied here, in stream order."""
        query = select(HEARD.c.words).order_by(HEARD.c.stream, HEARD.c.seq, HEARD.c.id)
        with self.owner.begin() as connection:
            return list(connection.scalars(query.where(HEARD.c.stream == stream) if stream else query))

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Look into the tables as the owner."""
        with self.owner.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def digest(self) -> list[Any]:
        """What must not change when something is delivered again."""
        heads = self.rows("SELECT stream, epoch, seq, hash, applied_seq, state FROM stream_head ORDER BY 1")
        inbox = self.rows("SELECT stream, seq, hash, state FROM inbox ORDER BY 1, 2")
        return [heads, inbox, self.heard(), self.rows("SELECT stream, seq FROM quarantine ORDER BY 1, 2")]

    def restore(self, saved: Saved, noticed: bool = False) -> None:
        """Go back to a backup and start anew. `noticed`: the cluster tells that it was restored."""
        self.kept.restore(saved, noticed)
        self.restart()


def _tables() -> list[Table]:
    return [table for metadata in (Base.metadata, TABLES) for table in metadata.sorted_tables]


def _truncate(tables: Iterable[Table]) -> Any:
    return text(f"TRUNCATE {', '.join(table.name for table in tables)} RESTART IDENTITY CASCADE")


def _kept() -> list[Table]:
    return [table for table in _tables() if not table.name.startswith("audit")]


class World:
    """county ← township (TOWN) ← north (NORTH) and south (SOUTH)."""

    def __init__(self, servers: Any) -> None:
        self.random = random.Random(20260301)
        self.now = START
        self.county = Place(servers.database_urls("county", "sync"), "county", "甲县", self)
        self.township = Place(servers.database_urls("township", "sync"), "township", "西镇", self)
        self.north = Place(servers.database_urls("branch", "sync_north"), "branch", "北村", self)
        self.south = Place(servers.database_urls("branch", "sync_south"), "branch", "南村", self)
        self.places = [self.county, self.township, self.north, self.south]
        self.wires: dict[str, Wire] = {}

    def begin(self) -> None:
        """A fresh world: everyone set up and enrolled."""
        self.now = START
        self.random = random.Random(20260301)
        for place in self.places:
            place.begin()
        with self.county.node.store.work() as ledger:
            ledger.store_units(TREE)
        set_up(self.county.node, self.county.id, "甲县", [COUNTY])
        for child, parent, unit in self.links():
            self.wires[child.name] = Wire(parent.node)
            child.node.transport = self.wires[child.name]
            enrol(child.node, child.id, child.name, mint_code(parent.node, [unit]))

    def links(self) -> list[tuple[Place, Place, UUID]]:
        """Child, parent, the child's unit."""
        return [
            (self.township, self.county, TOWN),
            (self.north, self.township, NORTH),
            (self.south, self.township, SOUTH),
        ]

    def rewire(self) -> None:
        """Wires lead to the parents' present nodes."""
        for child, parent, _ in self.links():
            if child.name in self.wires:
                self.wires[child.name].parent = parent.node

    def tick(self, seconds: int = 1) -> datetime:
        """Time goes on."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def settle(self, rounds: int = 8) -> None:
        """Every child pushes and pulls until nothing moves."""
        for _ in range(rounds):
            self.tick()
            moved = 0
            for place in (self.north, self.south, self.township):
                for job in (push, pull):
                    progress = job(place.node)
                    moved += progress.moved + progress.more
            if not moved:
                return
        raise AssertionError("the world does not settle")

    def close(self) -> None:
        """Close every connection."""
        for place in self.places:
            place.close()
