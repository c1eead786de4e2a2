"""The nightly proof takes as long as the log is long, and holds nothing else up."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import text

from shared.sync.anchoring import anchor
from shared.sync.proving import Proof, prove_piece
from shared.sync.runtime import LIMITS
from shared.sync.walking import Walk
from tests.audit.hands import act, do, look, seal, superuser
from tests.audit.test_anchoring import found
from tests.audit.test_desk import both, job, reconcile, tamper
from tests.audit.test_tampering import put
from tests.county import County
from tests.servers import Servers
from tests.sync.world import Place, World

CHANCE = Random(11)


def grow(world: World, events: int) -> Place:
    """North's log goes on by one run, which is countersigned."""
    world.tick(3600)
    act(world.north, CHANCE, events)
    seal(world.north)
    anchor(world.north.node)
    return world.north


def test_a_proof_in_pieces_says_the_same_as_one_at_once(world: World) -> None:
    place = grow(world, 23)
    walked, pieces = prove_piece(place.node, None, 5), 1
    while isinstance(walked, Walk):
        if pieces == 2:
            grow(world, 4)  # the work goes on meanwhile, and what is sealed is walked too
        walked, pieces = prove_piece(place.node, walked, 5), pieces + 1
    assert pieces == 27 // 5 + 1
    assert (walked.bad, walked.seals) == (None, 27)
    assert walked.anchored is not None
    assert (walked.anchored.seq, walked.tail) == (23, 4)  # the head of before it began
    whole = found(place)
    assert whole.anchored is not None
    assert (whole.bad, whole.anchored.seq, whole.tail) == (None, 27, 0)


def test_what_is_wrong_in_an_early_piece_is_named_at_the_end(world: World, servers: Servers) -> None:
    place = grow(world, 23)
    do(servers, place, "UPDATE audit_event SET action = 'y' WHERE id = (SELECT min(id) + 6 FROM audit_event)")
    done: Walk | Proof | None = None
    while done is None or isinstance(done, Walk):
        done = prove_piece(place.node, done, 5)
    assert done.bad is not None
    assert done.bad.seal == 7


def test_a_seal_of_no_number_hides_no_event(world: World, servers: Servers) -> None:
    """Pieces begin behind the last row; the first of them begins before any."""
    place = grow(world, 5)
    with superuser(servers, place) as db:
        put(db, -3)
        db.execute(text("INSERT INTO audit_seal (seq, event_id, hash) VALUES (-1, -3, '')"))
        assert look(db, place, world.now).bad is not None


def test_the_worker_does_other_things_between_two_pieces(
    county: County, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.play("opened")
    reconcile(county)
    runtime = county.tiers.county
    redis, queue = runtime.doorbell.redis, runtime.doorbell.queue
    redis.flushdb()
    monkeypatch.setattr(runtime, "piece", 3)
    tamper(county, servers, "county", "UPDATE audit_event SET subject = subject || ' ' WHERE id = 1")
    job(county, "county", "prove")
    assert runtime.walked is not None
    [ring] = queue.jobs
    assert (ring.func_name, ring.timeout) == ("prove_on", LIMITS["prove_on"])
    redis.flushdb()
    job(county, "county", "seal_audit")
    assert [one.func_name for one in queue.jobs] == ["prove_on"]  # a lost ring is rung again
    while runtime.walked is not None:
        job(county, "county", "prove_on")
    assert "本级审计日志从第 1 条起和封存的不一致" in both(county)[0]
    tamper(county, servers, "county", "UPDATE audit_event SET subject = rtrim(subject) WHERE id = 1")
    job(county, "county", "prove_on")
    assert runtime.walked is None  # a ring too many begins nothing
    redis.flushdb()
