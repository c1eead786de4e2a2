"""Receiving what branches send, with everything on, beside bare COPY of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
from psycopg import sql

from shared.kit.copying import copy_rows
from shared.kit.ids import new_id
from shared.sync.envelope import Envelope
from shared.sync.messages import UnitRow
from shared.sync.node import Action, Node
from shared.sync.records import Received
from shared.sync.serving import serve_batch
from tests.bench.figures import Figure, in_turn, share
from tests.sync import forging
from tests.sync.world import TOWN, World

STREAMS, RUN = 100, 5
TABLES = ("inbox", "heard")
_COLUMNS = ("id", "stream", "seq", "unit_id", "kind", "words")


@dataclass
class Load:
    """Signed batches of 100 streams × 5 envelopes, as on the wire, and the node that takes them."""

    world: World
    node: Node
    bodies: list[bytes]

    @property
    def rows(self) -> int:
        """Envelopes in all of them."""
        return len(self.bodies) * STREAMS * RUN

    def clear(self) -> None:
        """Nothing was received yet."""
        with self.world.township.owner.begin() as connection:
            connection.exec_driver_sql("TRUNCATE inbox, heard, manifest, receipt, stream_head, nonce")
            connection.exec_driver_sql("UPDATE peer SET last_batch = 0 WHERE relation = 'child'")

    def receive(self) -> float:
        """Seconds to take them in, a transaction each: owner, chain, signature, validation, projection."""
        self.clear()
        started = perf_counter()
        for body in self.bodies:
            assert not serve_batch(self.node, body, self.world.now).gaps
        return perf_counter() - started


def project(session: Any, received: Sequence[Received], now: datetime) -> None:
    """A projection as a real one is written: in bulk."""
    rows = ((new_id(), r.stream, r.seq, r.unit, r.kind, r.body.words) for r in received)
    copy_rows(session, "heard", _COLUMNS, rows)


def load(world: World, batches: int) -> Load:
    """What a node of a hundred branches sends."""
    units = [UUID(int=1000 + number) for number in range(STREAMS)]
    with world.township.node.store.work() as ledger:
        ledger.store_units(
            [UnitRow(u, str(u.int), "村", "branch", "village", TOWN, f"1.11.{u.int}.") for u in units]
        )
        ledger.bind_units(world.north.id, units, replace=False)
    last: dict[UUID, Envelope] = {}
    bodies = []
    for number in range(1, batches + 1):
        made = [forging.chain(unit, [f"word {number}"] * RUN, after=last.get(unit)) for unit in units]
        last |= {unit: run[-1] for unit, run in zip(units, made, strict=True)}
        key = world.north.node.keys.current
        bodies.append(msgspec.msgpack.encode(forging.batch(world.north.id, key, number, *made)))
    node = replace(world.township.node, actions={("test.said", 1): Action(project)})
    return Load(world, node, bodies)


def encoded(given: Load) -> list[dict[str, bytes]]:
    """The very rows that receiving wrote, as binary COPY takes them: by batch and table."""
    found = []
    with given.world.township.owner.begin() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for number in range(len(given.bodies)):
            first, last = number * RUN + 1, (number + 1) * RUN
            found.append({table: _read(raw, table, first, last) for table in TABLES})
    return found


def _read(raw: Any, table: str, first: int, last: int) -> bytes:
    query = sql.SQL(
        "COPY (SELECT * FROM {} WHERE seq BETWEEN {} AND {} ORDER BY stream, seq) TO STDOUT BINARY"
    )
    with raw.cursor() as cursor, cursor.copy(query.format(sql.Identifier(table), first, last)) as copy:
        content = BytesIO()
        for piece in copy:
            content.write(piece)
    return content.getvalue()


def copy_in(given: Load, batches: Sequence[dict[str, bytes]]) -> float:
    """Seconds to write the same rows into the same tables with their indexes, 500 a commit."""
    given.clear()
    started = perf_counter()
    for batch in batches:
        with given.world.township.node.store.ingest() as ledger:
            raw = ledger.session.connection().connection.driver_connection
            for table, content in batch.items():
                with raw.cursor() as cursor, cursor.copy(_into(table)) as copy:
                    copy.write(content)
    return perf_counter() - started


def _into(table: str) -> sql.Composed:
    return sql.SQL("COPY {} FROM STDIN BINARY").format(sql.Identifier(table))


def measure(world: World, batches: int = 60) -> list[Figure]:
    """Rows a second with everything on, as a part of bare COPY's."""
    given = load(world, batches)
    given.receive()
    rows = encoded(given)
    ours, bare = in_turn(given.receive, lambda: copy_in(given, rows))
    return [share("roll-up, one hop, 500 a commit", "rows/s", given.rows / ours, given.rows / bare, 0.5)]
