"""Restores from older backups, at the child and at the parent: no number is used twice, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.sync.envelope import Item, open_item
from shared.sync.keys import PrivateKey
from shared.sync.messages import Receipt
from shared.sync.pulling import pull
from shared.sync.pushing import push, seal_up
from shared.sync.records import BEHIND, FORKED
from shared.sync.refusal import Unreachable
from shared.sync.reporting import reconcile, recover, status
from shared.sync.sealing import seal_drafts
from shared.sync.streams import downward, upward
from tests.sync import forging
from tests.sync.world import NORTH, SOUTH, TOWN, Sung, World

NORTH_UP = upward(NORTH).name
BROADCAST = downward(TOWN).name


def test_a_child_restored_from_an_older_backup_gets_its_tail_back_before_it_seals(world: World) -> None:
    world.north.say(NORTH, "kept")
    world.settle()
    saved = world.north.backup()
    world.north.say(NORTH, "lost 1")
    world.north.say(NORTH, "lost 2", body=Sung)
    world.settle()
    world.north.restore(saved)
    world.north.say(NORTH, "new")
    world.settle()
    assert world.township.rows("SELECT seq, epoch FROM inbox ORDER BY seq") == [
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 2),
    ]
    assert world.north.heard() == ["lost 1"], "the fact was rebuilt by its recover action"
    listed = world.north.rows("SELECT seq, rebuilt, reason FROM recovered ORDER BY seq")
    assert listed == [(2, True, None), (3, False, "nothing here rebuilds this kind")]
    assert all(row.equal for row in reconcile(world.north.node))


def test_a_long_tail_comes_back_page_by_page(world: World) -> None:
    saved = world.north.backup()
    words = [str(number) for number in range(130)]
    for word in words:
        world.north.say(NORTH, word)
    world.settle()
    world.north.restore(saved)
    world.settle()
    assert world.north.heard() == words
    assert all(row.equal for row in reconcile(world.north.node))
    assert len([path for path, _, _ in world.wires["北村"].sent if path == "/sync/tail"]) > 2


def test_a_draft_in_the_backup_that_was_sent_after_it_is_not_sent_twice(world: World) -> None:
    world.north.say(NORTH, "a")
    world.settle()
    world.north.say(NORTH, "written before the backup, sent after it")
    saved = world.north.backup()
    world.settle()
    before = world.township.digest()[2]
    world.north.restore(saved)
    world.settle()
    assert world.township.heard() == before
    assert world.north.rows("SELECT count(*) FROM recovered") == [(0,)]
    assert all(row.equal for row in reconcile(world.north.node))


def test_an_old_process_that_wakes_after_a_restore_is_fenced_out_by_the_epoch(world: World) -> None:
    sent = forging.chain(NORTH, ["1", "2"])
    key = world.north.node.keys.current
    forging.post(world.township.node, forging.batch(world.north.id, key, 1, sent))
    assert push(world.north.node).moved == 0, "comparing heads brought the tail back and began a new epoch"
    late = forging.chain(NORTH, ["from the old process"], after=sent[-1])
    _, receipt = forging.post(world.township.node, forging.batch(world.north.id, key, 99, late))
    assert isinstance(receipt, Receipt)
    assert [note.reason for note in receipt.refused] == ["epoch 1 is over, 2 holds"]
    assert world.township.heard() == ["1", "2"]
    assert world.township.rows("SELECT action FROM audit_event WHERE action = 'sync.fork'")


def test_a_tail_that_carries_no_manifest_of_our_own_is_not_believed(world: World) -> None:
    saved = world.north.backup()
    world.north.say(NORTH, "a")
    world.settle()
    world.township.rows("UPDATE manifest SET document = document || 'x' RETURNING 1")
    stranger = PrivateKey.from_seed(bytes(32))
    forged = forging.batch(world.north.id, stranger, 1, forging.chain(NORTH, ["a"])).manifest.encode()
    world.township.rows("UPDATE manifest SET document = :forged RETURNING 1", forged=forged)
    world.north.restore(saved)
    with pytest.raises(Exception, match="unknown key"):
        push(world.north.node)
    assert world.north.rows("SELECT count(*) FROM outbox") == [(0,)]


def test_what_a_parent_adds_to_the_tail_is_not_taken_for_our_own(world: World) -> None:
    saved = world.north.backup()
    world.north.say(NORTH, "said")
    world.settle()
    (raw,) = world.township.rows("SELECT header, payload FROM inbox")
    last = open_item(Item(*raw))
    added = forging.chain(NORTH, ["never said"], after=last)[0]
    values = {"header": added.item.header, "payload": added.item.payload, "hash": added.hash}
    world.township.rows(
        "INSERT INTO inbox SELECT stream, 2, epoch, :hash, kind, version, unit_id, :header, :payload, state,"
        " manifest_id, received_at FROM inbox RETURNING 1",
        **values,
    )
    world.township.rows(
        "UPDATE stream_head SET seq = 2, hash = :h, applied_seq = 2 RETURNING 1", h=added.hash
    )
    world.north.restore(saved)
    for _ in range(2):
        push(world.north.node)
    assert world.north.heard() == ["said"]
    row = status(world.north.node)[0]
    assert (row.seq, row.state) == (1, FORKED)
    assert "vouched for" in str(row.reason)


def test_a_parent_restored_from_an_older_backup_is_sent_again_what_it_lost(world: World) -> None:
    world.north.say(NORTH, "a")
    world.settle()
    saved = world.township.backup()
    for word in ("b", "c"):
        world.north.say(NORTH, word)
    world.settle()
    world.township.restore(saved)
    world.north.say(NORTH, "d")
    world.settle()
    assert world.township.heard(NORTH_UP) == ["a", "b", "c", "d"]
    assert all(row.equal for row in reconcile(world.north.node))
    assert world.township.rows("SELECT max(epoch) FROM inbox") == [(1,)]


def test_both_restored_at_once_end_with_equal_heads(world: World) -> None:
    world.north.say(NORTH, "a")
    world.settle()
    old_parent = world.township.backup()
    world.north.say(NORTH, "b")
    world.settle()
    old_child = world.north.backup()
    world.north.say(NORTH, "c")
    world.settle()
    world.township.restore(old_parent)
    world.north.restore(old_child)
    world.north.say(NORTH, "d")
    world.settle()
    assert world.township.heard(NORTH_UP) == ["a", "b", "d"]
    assert all(row.equal for row in reconcile(world.north.node))


def test_a_child_restored_older_reads_downward_streams_again(world: World) -> None:
    saved = world.north.backup()
    world.township.publish(TOWN, None, "news")
    world.settle()
    world.north.restore(saved)
    assert world.north.heard() == []
    world.settle()
    assert world.north.heard() == ["news"]


def test_a_parent_restored_older_asks_the_child_for_what_it_had_published(world: World) -> None:
    world.township.publish(TOWN, None, "one")
    world.settle()
    saved = world.township.backup()
    world.township.publish(TOWN, None, "two")
    world.township.publish(TOWN, NORTH, "for north only")
    world.settle()
    world.township.restore(saved)
    world.township.publish(TOWN, None, "three")
    world.settle()
    assert world.north.heard(BROADCAST) == ["one", "two", "three"]
    assert world.south.heard(BROADCAST) == ["one", "two", "three"]
    assert world.north.heard(downward(TOWN, NORTH).name) == ["for north only"]
    assert world.north.rows("SELECT seq, epoch FROM inbox WHERE stream = :s ORDER BY seq", s=BROADCAST) == [
        (1, 1), (2, 1), (3, 2),
    ]  # fmt: skip
    assert sorted(world.township.heard()) == ["for north only", "two"], "rebuilt by the recover action"
    for child in (world.north, world.south):
        assert all(row.equal for row in reconcile(child.node))


def test_a_restored_parent_waits_for_every_child_before_it_seals_down(world: World) -> None:
    world.township.publish(TOWN, None, "one")
    world.settle()
    saved = world.township.backup()
    world.township.publish(TOWN, None, "two")
    pull(world.south.node)
    world.township.restore(saved, noticed=True)
    world.township.publish(TOWN, None, "three")
    pull(world.north.node)
    head = next(row for row in status(world.township.node) if row.stream == BROADCAST)
    assert (head.state, head.seq) == (BEHIND, 1)
    assert world.north.heard(BROADCAST) == ["one"]
    world.settle()
    assert world.north.heard(BROADCAST) == ["one", "two", "three"]


def test_a_restored_parent_does_not_wait_for_ever_for_a_child_that_is_away(world: World) -> None:
    world.township.publish(TOWN, None, "one")
    world.settle()
    saved = world.township.backup()
    world.township.restore(saved, noticed=True)
    world.township.publish(TOWN, None, "two")
    pull(world.north.node)
    assert world.north.heard(BROADCAST) == ["one"]
    world.now += timedelta(minutes=16)
    pull(world.north.node)
    assert world.north.heard(BROADCAST) == ["one", "two"]


def test_a_downward_fork_is_refused_reported_and_shown(world: World) -> None:
    world.township.publish(TOWN, None, "one")
    world.settle()
    saved = world.township.backup()
    world.township.publish(TOWN, None, "two")
    pull(world.south.node)
    world.township.restore(saved)
    world.township.publish(TOWN, None, "another two")
    pull(world.north.node)
    pull(world.south.node)
    assert world.north.heard(BROADCAST) == ["one", "another two"]
    assert world.south.heard(BROADCAST) == ["one", "two"]
    row = next(row for row in status(world.south.node) if row.stream == BROADCAST)
    assert row.state == FORKED
    assert world.township.rows("SELECT count(*) > 0 FROM audit_event WHERE action = 'sync.fork'") == [(True,)]


def test_what_was_sealed_but_never_acknowledged_keeps_its_place_if_the_parent_has_it(world: World) -> None:
    world.north.say(NORTH, "a")
    world.wires["北村"].lose = lambda path: "answer" if path == "/sync/batch" else ""
    with pytest.raises(Unreachable):
        push(world.north.node)
    saved = world.north.backup()
    world.wires["北村"].lose = lambda path: ""
    world.north.say(NORTH, "b")
    world.settle()
    world.north.restore(saved)
    world.settle()
    assert world.township.heard() == ["a", "b"]
    assert world.north.rows("SELECT seq FROM outbox ORDER BY seq") == [(1,), (2,)]
    assert all(row.equal for row in reconcile(world.north.node))


def test_recover_on_demand_compares_fetches_and_sends(world: World) -> None:
    world.north.say(NORTH, "a")
    seal_up(world.north.node)
    world.township.publish(TOWN, NORTH, "b")
    assert recover(world.north.node).moved == 2
    assert world.north.heard() == ["b"]
    assert world.township.heard() == ["a"]
    assert SOUTH not in [row[0] for row in world.north.rows("SELECT unit_id FROM peer_unit")]


def test_a_stream_younger_than_the_backup_is_not_begun_anew_before_every_child_was_heard(
    world: World,
) -> None:
    saved = world.township.backup()
    world.township.publish(TOWN, NORTH, "first")
    world.settle()
    world.township.restore(saved, noticed=True)
    world.township.publish(TOWN, NORTH, "second")
    # Another child comes first: nothing tells yet that the stream has an envelope that the backup lacks.
    pull(world.south.node)
    world.settle()
    assert world.north.heard(downward(TOWN, NORTH).name) == ["first", "second"]
    assert all(row.equal for row in reconcile(world.north.node))


def test_a_stream_that_no_child_has_read_waits_for_no_reading_of_it(world: World) -> None:
    world.township.publish(TOWN, NORTH, "unread")
    with world.township.node.store.work() as ledger:
        seal_drafts(ledger, ledger.draft_streams(), 10)
    saved = world.township.backup()
    world.township.restore(saved, noticed=True)
    world.settle()
    assert world.north.heard(downward(TOWN, NORTH).name) == ["unread"]
