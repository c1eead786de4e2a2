"""Upward streams: what a child says arrives once, in order, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from shared.sync.direct import DirectTransport
from shared.sync.messages import Receipt
from shared.sync.node import Action, Limits
from shared.sync.pushing import next_batch, push, seal_up
from shared.sync.records import Received
from shared.sync.refusal import Refused, Unreachable
from shared.sync.reporting import reconcile, status
from shared.sync.streams import upward
from shared.sync.sweeping import release, sweep
from tests.sync import forging
from tests.sync.world import ALL, EAST, NORTH, SOUTH, TOWN, Said, Sung, World, hear

NORTH_UP = upward(NORTH).name


def test_what_a_branch_says_arrives_at_its_township_in_order(world: World) -> None:
    words = [f"word {number}" for number in range(50)]
    for word in words:
        world.north.say(NORTH, word)
    world.settle()
    assert world.township.heard(NORTH_UP) == words
    assert all(row.equal for row in reconcile(world.north.node))
    assert [row.lag for row in status(world.north.node)] == [0]


def test_a_signed_receipt_is_kept_by_the_child_and_the_signed_manifest_by_the_parent(world: World) -> None:
    world.north.say(NORTH, "a")
    push(world.north.node)
    assert world.north.rows("SELECT node_id, side FROM receipt") == [(world.township.id, "in")]
    assert world.township.rows("SELECT node_id FROM manifest") == [(world.north.id,)]


def test_a_gap_is_refused_with_the_expected_number_and_other_streams_go_on(world: World) -> None:
    north = forging.chain(NORTH, ["1", "2", "3"])
    town = forging.chain(TOWN, ["x"], subject=NORTH)
    key = world.township.node.keys.current
    with world.county.node.store.work() as ledger:
        ledger.bind_units(world.township.id, [NORTH], replace=True)
    sent = forging.batch(world.township.id, key, 5, north[1:], town)
    code, receipt = forging.post(world.county.node, sent)
    assert isinstance(receipt, Receipt)
    assert code == 200
    assert [(gap.stream, gap.seq + 1) for gap in receipt.gaps] == [(NORTH_UP, 1)]
    assert world.county.heard() == ["x"]


def test_every_captured_batch_delivered_three_times_in_any_order_changes_nothing(world: World) -> None:
    for number in range(60):
        world.north.say(NORTH, str(number))
        world.south.say(SOUTH, str(number))
    world.settle()
    before = world.township.digest()
    calls = [
        (p, b, h) for wire in ("北村", "南村") for p, b, h in world.wires[wire].sent if p == "/sync/batch"
    ]
    again = calls * 3
    world.random.shuffle(again)
    for path, body, headers in again:
        assert DirectTransport(world.township.node).call(path, body, headers)[0] == 200
    assert world.township.digest() == before
    assert len(world.township.heard()) == 120


def test_reordered_batches_end_in_the_same_place(world: World) -> None:
    runs = forging.chain(NORTH, [str(number) for number in range(9)])
    key = world.north.node.keys.current
    parts = [forging.batch(world.north.id, key, 1 + i, runs[3 * i : 3 * i + 3]) for i in range(3)]
    for place in (2, 1, 0, 2, 1, 0, 2):
        forging.post(world.township.node, parts[place])
    assert world.township.heard(NORTH_UP) == [str(number) for number in range(9)]


def test_a_lost_acknowledgement_leads_to_the_same_batch_again_and_one_copy(world: World) -> None:
    world.north.say(NORTH, "once")
    world.wires["北村"].lose = lambda path: "answer" if path == "/sync/batch" else ""
    with pytest.raises(Unreachable):
        push(world.north.node)
    assert world.township.heard() == ["once"]
    world.wires["北村"].lose = lambda path: ""
    push(world.north.node)
    assert world.township.heard() == ["once"]
    assert status(world.north.node)[0].lag == 0


def test_a_batch_lost_on_its_way_is_sent_again_by_the_same_process(world: World) -> None:
    push(world.north.node)
    world.north.say(NORTH, "once")
    world.wires["北村"].lose = lambda path: "request" if path == "/sync/batch" else ""
    with pytest.raises(Unreachable):
        push(world.north.node)
    assert status(world.north.node)[0].lag == 1
    world.wires["北村"].lose = lambda path: ""
    assert push(world.north.node).moved == 1
    assert world.township.heard() == ["once"]


def test_an_unknown_kind_is_held_and_applied_in_its_place_after_the_upgrade(world: World) -> None:
    world.north.say(NORTH, "first")
    world.north.say(NORTH, "song", body=Sung)
    world.north.say(NORTH, "after")
    world.settle()
    assert world.township.heard() == ["first"]
    row = next(row for row in status(world.township.node) if row.stream == NORTH_UP)
    assert (row.seq, row.held, row.reason) == (3, 2, "waits for test.sung version 1")
    assert all(row.equal for row in reconcile(world.north.node))
    world.north.say(NORTH, "last")
    world.settle()
    world.township.node.actions = ALL
    assert sweep(world.township.node).moved == 3
    assert world.township.heard() == ["first", "song", "after", "last"]
    assert sweep(world.township.node).moved == 0
    world.north.say(NORTH, "more")
    world.settle()
    assert world.township.heard()[-1] == "more"


def test_a_poisoned_envelope_is_quarantined_with_a_rejection_and_the_stream_goes_on(world: World) -> None:
    for word in ("before", "poison", "broken", "after"):
        world.north.say(NORTH, word)
    world.settle()
    assert world.township.heard() == ["before", "after"]
    found = world.township.rows("SELECT seq, reason FROM quarantine ORDER BY seq")
    assert found == [(2, "no poison please"), (3, "it could not be applied")]
    told = world.north.rows("SELECT seq, rejected FROM outbox WHERE rejected IS NOT NULL ORDER BY seq")
    assert told == found
    assert world.township.rows("SELECT seq, state FROM inbox ORDER BY seq") == [
        (1, "applied"), (2, "quarantined"), (3, "quarantined"), (4, "applied"),
    ]  # fmt: skip


def test_a_quarantined_envelope_is_released_after_a_repair(world: World) -> None:
    for word in ("broken", "after"):
        world.north.say(NORTH, word)
    world.settle()
    assert release(world.township.node, NORTH_UP, 1) == "it could not be applied"

    def repaired(session: Any, received: Sequence[Received], now: datetime) -> None:
        body = Said("mended")
        hear(session, [msgspec.structs.replace(one, body=body) for one in received], now)

    world.township.node.actions = {("test.said", 1): Action(repaired)}
    assert release(world.township.node, NORTH_UP, 1) is None
    assert world.township.heard() == ["mended", "after"]
    assert [row.quarantined for row in status(world.township.node)] == [0]
    with pytest.raises(Refused):
        release(world.township.node, NORTH_UP, 1)


def test_a_payload_that_does_not_fit_its_contract_is_quarantined(world: World) -> None:
    envelope = forging.chain(NORTH, ["fine"])[0]
    header = msgspec.structs.replace(envelope.header, digest=sha256(b'{"other": 1}').digest())
    bad = forging.seal(header, b'{"other": 1}')
    good = forging.chain(NORTH, ["good"], after=bad)
    key = world.north.node.keys.current
    _, receipt = forging.post(world.township.node, forging.batch(world.north.id, key, 1, [bad, *good]))
    assert isinstance(receipt, Receipt)
    assert [note.reason for note in receipt.rejections] == ["the payload is not a test.said version 1"]
    assert world.township.heard() == ["good"]


def test_a_second_push_returns_at_once_while_one_is_under_way(world: World) -> None:
    world.north.say(NORTH, "a")
    with world.north.node.store.exclusive("push/branch") as got:
        assert got
        assert push(world.north.node).busy
    assert push(world.north.node).moved == 1


def test_two_processes_that_send_the_same_envelopes_leave_one_copy(world: World) -> None:
    world.north.say(NORTH, "a")
    push(world.north.node)
    world.north.say(NORTH, "b")
    seal_up(world.north.node)
    one, other = next_batch(world.north.node), next_batch(world.north.node)
    assert one is not None
    assert other is not None
    assert [forging.post(world.township.node, sent)[0] for sent in (one, other)] == [200, 200]
    assert world.township.heard() == ["a", "b"]
    push(world.north.node)
    assert world.township.heard() == ["a", "b"]
    assert status(world.north.node)[0].lag == 0


def test_the_same_and_following_batches_posted_by_many_threads_leave_one_chain(world: World) -> None:
    run = forging.chain(NORTH, [str(number) for number in range(40)])
    key = world.north.node.keys.current
    sent = [forging.batch(world.north.id, key, 1 + n, run[5 * n : 5 * n + 5]) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(9):
            list(pool.map(lambda one: forging.post(world.township.node, one), sent))
    for number, _ in enumerate(sent):
        later = forging.batch(world.north.id, key, 100 + number, run[5 * number : 5 * number + 5])
        forging.post(world.township.node, later)
    assert world.township.heard(NORTH_UP) == [str(number) for number in range(40)]


def test_a_talkative_stream_does_not_keep_the_others_waiting(world: World) -> None:
    with world.township.node.store.work() as ledger:
        ledger.bind_units(world.north.id, [EAST], replace=True)
    for number in range(60):
        world.north.say(NORTH, str(number))
    world.north.say(EAST, "one word")
    world.north.node.limits = Limits(batch_envelopes=10, batches_a_job=1)
    push(world.north.node)
    assert world.township.heard(upward(EAST).name) == ["one word"]


def test_a_batch_is_bounded_and_a_push_says_that_more_waits(world: World) -> None:
    world.north.node.limits = Limits(batch_envelopes=5, batches_a_job=1)
    for number in range(30):
        world.north.say(NORTH, str(number))
    progress = push(world.north.node)
    assert (progress.moved, progress.more) == (5, True)


def test_nothing_is_lost_while_the_parent_cannot_be_reached(world: World) -> None:
    world.wires["北村"].lose = lambda path: "request"
    for number in range(3):
        world.north.say(NORTH, str(number))
        with pytest.raises(Unreachable):
            push(world.north.node)
    world.wires["北村"].lose = lambda path: ""
    world.settle()
    assert world.township.heard() == ["0", "1", "2"]
