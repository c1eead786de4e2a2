"""After the worker was away its log takes who ended meanwhile, and nobody else."""

from __future__ import annotations

from datetime import datetime
from random import Random

import msgspec
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from shared.kit import audit
from shared.kit.scope import EVERYTHING
from shared.sync.anchoring import anchor
from shared.sync.anchors import hand_of
from tests.audit.hands import act, look, me, seal, superuser
from tests.audit.test_anchoring import found
from tests.audit.test_tampering import put
from tests.servers import Servers
from tests.sync.world import START, Place, World

MINUTE, LONG_AGO = 60, -3


def grow(world: World) -> Place:
    """Three runs an hour apart, each countersigned; then the worker is away for three hours."""
    place, chance = world.north, Random(5)
    for _ in range(3):
        world.tick(60 * MINUTE)
        act(place, chance, 4)
        seal(place)
        anchor(place.node)
    world.tick(180 * MINUTE)
    return place


def seal_here(db: Connection, place: Place, watching: datetime) -> int:
    """The worker's sealing, in the middle of the superuser's transaction."""
    with Session(db, join_transaction_mode="create_savepoint") as session:
        count = audit.seal(session, hand_of(place.node.keys, me(place)), place.world.now, watching)
        session.commit()
    return count


def test_an_event_put_in_while_the_worker_was_away_gets_no_seal_and_is_named(
    world: World, servers: Servers
) -> None:
    place = grow(world)
    with superuser(servers, place) as db:
        put(db, LONG_AGO)
        assert seal_here(db, place, watching=world.now) == 0
        bad = look(db, place, world.now).bad
        assert bad is not None
        assert bad.event == LONG_AGO


@pytest.mark.parametrize(
    "deceit",
    [
        "UPDATE audit_seal SET at = (SELECT max(at) FROM audit_seal) WHERE proof IS NOT NULL",
        "UPDATE audit_seal SET at = NULL, prints = NULL, proof = NULL WHERE seq > 4",
        "UPDATE audit_seal SET at = NULL, prints = NULL, proof = NULL",
    ],
)
def test_it_is_named_where_the_worker_was_deceived_into_sealing_it(
    world: World, servers: Servers, deceit: str
) -> None:
    """The times of the runs, or their signatures, are changed as well: the neighbour vouches for what was."""
    place = grow(world)
    with superuser(servers, place) as db:
        put(db, LONG_AGO)
        db.execute(text(deceit))
        assert seal_here(db, place, watching=world.now) == 1
        bad = look(db, place, world.now).bad
        assert bad is not None
        assert bad.event == LONG_AGO


def test_who_wrote_a_quarter_of_an_hour_before_the_last_run_may_end_while_the_worker_is_away(
    world: World, servers: Servers
) -> None:
    place, chance = grow(world), Random(6)
    with place.database.transaction(EVERYTHING) as slow:
        audit.record(slow, world.now, None, me(place), "test", "slow")
        slow.flush()
        for minutes in (0, 7, 7):  # each run is sealed and countersigned above it while it is still open
            world.tick(minutes * MINUTE)
            act(place, chance)
            assert seal(place) == 1
            anchor(place.node)
    world.tick(120 * MINUTE)
    begun = world.now
    act(place, chance)
    assert seal(place, watching=begun) == 2
    world.tick(MINUTE)
    act(place, chance)
    assert seal(place, watching=begun) == 1
    anchor(place.node)
    world.tick(60 * MINUTE)
    assert found(place).bad is None
    with superuser(servers, place) as db:
        put(db, LONG_AGO)
        assert seal_here(db, place, watching=world.now) == 0


def test_who_wrote_beside_the_first_run_after_a_pause_may_end_after_it(world: World) -> None:
    place, chance = grow(world), Random(7)
    begun = world.now
    with place.database.transaction(EVERYTHING) as slow:
        audit.record(slow, world.now, None, me(place), "test", "slow")
        slow.flush()
        act(place, chance)
        assert seal(place, watching=begun) == 1
        anchor(place.node)
    world.tick(14 * MINUTE)
    assert seal(place, watching=begun) == 1
    anchor(place.node)
    assert found(place).bad is None


def test_a_run_sealed_before_pauses_were_told_is_read() -> None:
    older = msgspec.msgpack.encode([1, 2, b"hash", START, b"prints"])
    stone = msgspec.msgpack.decode(older, type=audit.Stone)
    assert (stone.seq, stone.watching) == (2, None)
