"""How fast the receiving path is beside bare binary COPY of the same rows (see with `pytest -s`)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.kit.copying import copy_rows
from shared.kit.ids import new_id
from shared.sync import sql_in
from shared.sync.batch import Batch, by_stream
from shared.sync.envelope import Envelope
from shared.sync.messages import UnitRow
from shared.sync.node import Action
from shared.sync.records import APPLIED, InboxRow, Received
from shared.sync.serving import serve_batch
from tests.sync import forging
from tests.sync.world import START, TOWN, World

STREAMS, RUN, BATCHES = 100, 5, 20
COLUMNS = ("id", "stream", "seq", "unit_id", "kind", "words")


def copy_heard(session: Any, received: Sequence[Received], now: datetime) -> None:
    """A projection as a real one is written: in bulk."""
    rows = ((new_id(), r.stream, r.seq, r.unit, r.kind, r.body.words) for r in received)
    copy_rows(session, "heard", COLUMNS, rows)


def batches(world: World) -> tuple[list[Batch], list[list[Envelope]]]:
    """Signed batches of 100 streams × 5 envelopes, and the envelopes of each."""
    units = [UUID(int=1000 + number) for number in range(STREAMS)]
    with world.township.node.store.work() as ledger:
        ledger.store_units(
            [UnitRow(u, str(u.int), "村", "branch", "village", TOWN, f"1.11.{u.int}.") for u in units]
        )
        ledger.bind_units(world.north.id, units, replace=False)
    last: dict[UUID, Envelope] = {}
    sent, runs = [], []
    for number in range(1, BATCHES + 1):
        made = [forging.chain(unit, [f"word {number}"] * RUN, after=last.get(unit)) for unit in units]
        last |= {unit: run[-1] for unit, run in zip(units, made, strict=True)}
        sent.append(forging.batch(world.north.id, world.north.node.keys.current, number, *made))
        runs.append([envelope for run in made for envelope in run])
    return sent, runs


def encoded(envelopes: Sequence[Envelope]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The same rows, ready to copy: inbox and projection."""
    manifest, inbox, heard = new_id(), [], []
    for e in envelopes:
        h = e.header
        row = InboxRow(
            e.item.header,
            e.item.payload,
            h.stream,
            h.epoch,
            h.seq,
            e.hash,
            h.kind,
            h.version,
            h.unit,
            APPLIED,
        )
        inbox.append((*sql_in._values(row), manifest, START))
        heard.append((new_id(), h.stream, h.seq, h.unit, h.kind, "word"))
    return inbox, heard


def test_the_receiving_path_keeps_up_with_bare_copy(world: World) -> None:
    sent, runs = batches(world)
    node = replace(world.township.node, actions={("test.said", 1): Action(copy_heard)})
    bodies = [forging.msgspec.msgpack.encode(batch) for batch in sent]
    rows = [encoded(envelopes) for envelopes in runs]
    started = time.perf_counter()
    for inbox, heard in rows:
        with world.township.node.store.ingest() as ledger:
            copy_rows(ledger.session, "inbox", sql_in._COLUMNS, inbox)
            copy_rows(ledger.session, "heard", COLUMNS, heard)
    bare = time.perf_counter() - started
    with world.township.owner.begin() as connection:
        connection.exec_driver_sql("TRUNCATE inbox, heard")
    started = time.perf_counter()
    for body in bodies:
        assert not serve_batch(node, body, world.now).gaps
    whole = time.perf_counter() - started
    count = STREAMS * RUN * BATCHES
    speeds = f"{count / whole:,.0f} rows/s, bare COPY {count / bare:,.0f} rows/s, ratio {bare / whole:.2f}"
    print(f"\nreceiving {speeds}")
    assert world.township.rows("SELECT count(*) FROM inbox") == [(count,)]
    assert world.township.rows("SELECT count(*) FROM heard") == [(count,)]
    assert len(by_stream([e.item for e in runs[0]])) == STREAMS
