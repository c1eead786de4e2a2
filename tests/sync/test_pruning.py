"""Receipts are dropped after their time; what recovery stands on is never dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.kit.settings import Settings, SettingsError
from shared.sync.reporting import reconcile
from shared.sync.streams import downward, upward
from shared.sync.sweeping import prune
from tests.sync.world import NORTH, TOWN, World

RECEIPTS = "SELECT count(*) FROM receipt"
MANIFESTS = "SELECT count(*) FROM manifest"
DAY = 86400


def test_settled_receipts_go_after_their_time_and_not_before(world: World) -> None:
    world.north.say(NORTH, "a")
    world.settle()
    sent = world.north.rows(RECEIPTS)[0][0]
    assert sent > 0
    keep = timedelta(days=400)
    world.tick(399 * DAY)
    assert prune(world.north.node, world.north.node.clock() - keep) == 0
    world.tick(2 * DAY)
    assert prune(world.north.node, world.north.node.clock() - keep) == sent
    assert world.north.rows(RECEIPTS) == [(0,)]


def test_a_receipt_on_its_way_is_kept_however_old(world: World) -> None:
    node, parent = world.north.node, "SELECT node_id FROM peer WHERE relation = 'parent'"
    ((peer,),) = world.north.rows(parent)
    world.north.rows(
        "INSERT INTO receipt (id, node_id, side, document, at)"
        " VALUES (gen_random_uuid(), :peer, 'out', 'x', :at) RETURNING 1",
        peer=peer,
        at=node.clock(),
    )
    world.tick(500 * DAY)
    assert prune(node, node.clock()) == 0
    assert world.north.rows(RECEIPTS) == [(1,)]


@pytest.mark.parametrize("lost", ["child", "parent"])
def test_after_pruning_a_node_restored_to_nothing_gets_all_of_it_back(world: World, lost: str) -> None:
    broken = world.north if lost == "child" else world.township
    saved = broken.backup()
    for word in ("one", "two"):
        world.north.say(NORTH, word)
    world.township.publish(TOWN, None, "for all")
    world.settle()
    world.tick(500 * DAY)
    evidence = world.township.rows(MANIFESTS)
    for place in (world.north, world.township):
        prune(place.node, place.node.clock())
    assert world.township.rows(MANIFESTS) == evidence
    broken.restore(saved)
    world.north.say(NORTH, "three")
    world.settle()
    assert world.township.heard(upward(NORTH).name) == ["one", "two", "three"]
    if lost == "child":
        assert world.north.heard(upward(NORTH).name) == ["one", "two"], "its own words came back"
    assert world.north.heard(downward(TOWN).name) == ["for all"]
    assert all(row.equal for row in reconcile(world.north.node))


def test_the_time_receipts_are_kept_is_a_setting() -> None:
    names = ("DATABASE_URL", "INGEST_DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    names += ("QUEUE_KEY", "NODE_KEY_FILE", "PUBLIC_URL")
    env = {f"SANJI_COUNTY_{name}": "x" for name in names}
    assert Settings.from_env("county", env).keep == timedelta(days=400)
    assert Settings.from_env("county", {**env, "SANJI_KEEP_DAYS": "30"}).keep == timedelta(days=30)
    with pytest.raises(SettingsError, match="number of days"):
        Settings.from_env("county", {**env, "SANJI_KEEP_DAYS": "soon"})
