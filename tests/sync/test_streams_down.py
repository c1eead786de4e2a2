"""Downward streams: what a unit publishes reaches everything below it, or the one it is addressed to."""

from __future__ import annotations

from datetime import timedelta

from shared.sync.pulling import pull
from shared.sync.reporting import reconcile, status
from shared.sync.streams import downward
from shared.sync.sweeping import sweep
from tests.sync.world import ALL, COUNTY, NORTH, SOUTH, TOWN, Sung, World

BROADCAST = downward(TOWN).name


def test_a_long_publication_list_is_read_in_order_by_everyone_below(world: World) -> None:
    words = [str(number) for number in range(75)]
    for word in words:
        world.township.publish(TOWN, None, word)
    world.settle()
    for child in (world.north, world.south):
        assert child.heard(BROADCAST) == words
        assert all(row.equal for row in reconcile(child.node))
    row = next(row for row in status(world.township.node) if row.stream == BROADCAST)
    assert (row.seq, row.peer_seq, row.lag) == (75, 75, 0)


def test_status_shows_how_far_the_slowest_child_has_read(world: World) -> None:
    world.township.publish(TOWN, None, "a")
    pull(world.north.node)
    pull(world.north.node)
    row = next(row for row in status(world.township.node) if row.stream == BROADCAST)
    assert (row.seq, row.peer_seq, row.lag) == (1, 0, 1)


def test_an_unknown_kind_from_above_is_held_until_the_upgrade(world: World) -> None:
    world.township.publish(TOWN, None, "song", body=Sung)
    world.township.publish(TOWN, None, "word")
    world.settle()
    assert world.north.heard() == []
    world.north.node.actions = ALL
    sweep(world.north.node)
    assert world.north.heard() == ["song", "word"]


def test_a_poisoned_publication_is_quarantined_and_the_parent_gets_a_signed_rejection(world: World) -> None:
    for word in ("a", "poison", "b"):
        world.township.publish(TOWN, None, word)
    world.settle()
    assert world.north.heard() == ["a", "b"]
    assert world.township.rows("SELECT seq, rejected FROM outbox WHERE rejected IS NOT NULL") == [
        (2, "no poison please")
    ]
    kept = world.township.rows("SELECT node_id FROM receipt ORDER BY node_id")
    assert kept == sorted([(world.north.id,), (world.south.id,)])


def test_a_county_speaks_to_its_townships_only_and_they_pass_it_on(world: World) -> None:
    world.county.publish(COUNTY, None, "to all")
    world.county.publish(COUNTY, TOWN, "to the town")
    world.settle()
    assert sorted(world.township.heard()) == ["to all", "to the town"]
    assert world.north.heard() == []


def test_what_is_addressed_to_a_village_of_the_child_is_read_by_that_child(world: World) -> None:
    world.county.publish(COUNTY, NORTH, "about north")
    world.county.publish(COUNTY, SOUTH, "about south")
    world.settle()
    assert sorted(world.township.heard()) == ["about north", "about south"]


def test_used_nonces_are_forgotten_when_their_window_has_passed(world: World) -> None:
    pull(world.north.node)
    assert world.township.rows("SELECT count(*) > 0 FROM nonce") == [(True,)]
    world.now += timedelta(minutes=11)
    sweep(world.township.node)
    assert world.township.rows("SELECT count(*) FROM nonce") == [(0,)]
