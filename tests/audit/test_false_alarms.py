"""Seeded: whatever is lost, late, repeated or off the hour between two honest nodes, no log is flagged."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from shared.kit import audit
from shared.kit.scope import EVERYTHING
from shared.sync.anchoring import anchor
from shared.sync.pushing import push
from shared.sync.refusal import SyncError
from shared.sync.rotation import rotate
from tests.audit.hands import act, do, me, seal
from tests.audit.test_anchoring import breaks, found
from tests.servers import Servers
from tests.sync.world import Place, World

STEPS = 40


def forget_anchors(servers: Servers, world: World, chance: Random) -> None:
    """The township, put back to an older backup, has forgotten what it countersigned lately."""
    seq = chance.randint(1, 40)
    do(
        servers,
        world.township,
        f"DELETE FROM audit_anchor WHERE by_node = '{me(world.township)}' AND seq > {seq}",
    )


@pytest.mark.parametrize("seed", range(int(os.environ.get("SEEDS", 4))))
def test_no_honest_log_is_ever_flagged(world: World, servers: Servers, seed: int) -> None:
    chance = Random(f"honest/{seed}")
    children = [world.north, world.township]

    def step(place: Place) -> None:
        wire = world.wires[place.name]
        deed = chance.choices(
            ("act", "anchor", "lossy", "late", "clock", "rotate", "restart", "forget"),
            (10, 10, 6, 5, 2, 1, 2, 1),
        )[0]
        if deed == "act":
            act(place, chance, chance.randint(1, 5))
            seal(place)
        elif deed in ("anchor", "lossy"):
            lost = chance.choice(("request", "answer")) if deed == "lossy" else ""
            wire.lose = lambda _path: lost
            anchor(place.node)
        elif deed == "late" and wire.sent:
            wire.lose = lambda _path: ""
            # Within its window a repeated request is refused; one that was never delivered is answered late.
            world.wires[place.name].call(*chance.choice(wire.sent))
        elif deed == "clock":
            skew = timedelta(hours=chance.choice((-24, 0, 24)))
            place.node.clock = lambda: world.now + skew
        elif deed == "rotate":
            wire.lose = lambda _path: ""
            rotate(place.node)
        elif deed == "restart":
            place.restart()
        elif deed == "forget":
            forget_anchors(servers, world, chance)

    for _ in range(STEPS):
        world.tick(chance.choice((1, 60, 3600)))
        with suppress(SyncError):
            step(chance.choice(children))
        if chance.random() < 0.2:
            act(world.county, chance)
            seal(world.county)
    for place in children:
        world.wires[place.name].lose = lambda _path: ""
        place.node.clock = lambda: world.now
        push(place.node)
        act(place, chance)
        seal(place)
        anchor(place.node)
        anchor(place.node)
    for place in (world.county, world.township, world.north):
        assert breaks(place) == []
        proof = found(place)
        assert (proof.bad, proof.accepted) == (None, ())
    for child, parent in ((world.north, world.township), (world.township, world.county)):
        last = f"node_id = '{me(child)}' ORDER BY epoch DESC, seq DESC LIMIT 1"
        query = f"SELECT document FROM audit_anchor WHERE {last}"
        assert child.rows(query) == parent.rows(query) != []


def test_who_wrote_while_the_worker_went_away_is_sealed_when_it_is_back(world: World) -> None:
    """A transaction drew a lower number than one that was sealed, and ended when nobody sealed any more."""
    place = world.north
    with place.database.transaction(EVERYTHING) as slow:
        audit.record(slow, world.now, None, me(place), "test", "slow")
        slow.flush()
        act(place, Random(1))
        assert seal(place) == 1
        anchor(place.node)
    world.tick(3 * 3600)  # the worker was away
    assert seal(place, watching=world.now) == 1
    anchor(place.node)
    world.tick(3600)
    act(place, Random(2))
    seal(place, watching=world.now)
    assert found(place).bad is None
