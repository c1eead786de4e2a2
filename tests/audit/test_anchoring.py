"""Heads of audit chains go up, come back countersigned, and are never given up: on real databases."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.kit.scope import EVERYTHING
from shared.sync.anchoring import accept, anchor, serve_anchor
from shared.sync.messages import AnchorRequest
from shared.sync.node import all_keys
from shared.sync.proving import Proof, neighbours, prove_own
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import Refused, Unreachable
from shared.sync.rotation import rotate
from tests.audit.hands import HOUR, act, do, me, seal
from tests.servers import Servers
from tests.sync.world import NORTH, Place, World

KEPT = "SELECT node_id, by_node, epoch, seq, hash, document FROM audit_anchor ORDER BY node_id, epoch, seq"
CHANCE = Random(20261122)


def meet(place: Place, acts: int = 2) -> int:
    """Something happens, is sealed, and an hour later heads are compared."""
    act(place, CHANCE, acts)
    seal(place)
    place.world.now += HOUR
    return anchor(place.node).moved


def breaks(place: Place) -> list[tuple[Any, ...]]:
    """(whose, by whom, seal) of the open breaks a place knows."""
    with place.node.store.work() as ledger:
        return [(one.node, one.by, one.seq) for one in ledger.open_breaks()]


def found(place: Place) -> Proof:
    """The place's own proof."""
    return prove_own(place.node)


def forget(servers: Servers, place: Place, left: int) -> None:
    """The database is put back to when it had `left` seals, its own countersignatures included."""
    do(
        servers,
        place,
        f"DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_seal WHERE seq > {left})",
        f"DELETE FROM audit_seal WHERE seq > {left}",
        f"DELETE FROM audit_anchor WHERE seq > {left}",
    )


def test_both_sides_keep_the_countersigned_head(world: World) -> None:
    assert meet(world.north) == 1
    mine, theirs = world.north.rows(KEPT), world.township.rows(KEPT)
    assert mine == theirs
    ((node, by, epoch, seq, _hash, _document),) = mine
    assert (node, by, epoch, seq) == (me(world.north), me(world.township), 1, 2)
    proof = found(world.north)
    assert (proof.bad, proof.tail, proof.anchored and proof.anchored.seq) == (None, 0, 2)


def test_a_chain_that_has_not_grown_costs_no_row(world: World) -> None:
    meet(world.north)
    world.now += HOUR
    assert anchor(world.north.node).moved == 0
    assert len(world.township.rows(KEPT)) == 1


def test_what_is_rolled_up_costs_no_row(world: World) -> None:
    meet(world.north)
    for number in range(5):
        world.north.say(NORTH, f"word {number}")
        push(world.north.node)
    assert len(world.north.rows(KEPT)) == len(world.township.rows(KEPT)) == 1


def test_the_tail_that_is_not_countersigned_yet_is_told(world: World) -> None:
    meet(world.north)
    began = world.now
    act(world.north, CHANCE, 3)
    seal(world.north)
    act(world.north, CHANCE, 2)
    proof = found(world.north)
    assert (proof.bad, proof.tail, proof.unsealed) == (None, 5, 2)
    assert proof.since is not None
    assert proof.since > began


def test_the_county_is_kept_by_its_townships_and_learns_what_they_keep(world: World) -> None:
    act(world.county, CHANCE, 3)
    seal(world.county)
    meet(world.township)
    assert [row[:4] for row in world.township.rows(KEPT) if row[0] == me(world.county)] == [
        (me(world.county), me(world.township), 1, 4)  # its first act was to register the township
    ]
    meet(world.township)
    own = [row for row in world.county.rows(KEPT) if row[0] == me(world.county)]
    assert own == [row for row in world.township.rows(KEPT) if row[0] == me(world.county)]
    proof = found(world.county)
    assert (proof.bad, proof.anchored and proof.anchored.by) == (None, me(world.township))


def test_a_child_put_back_to_an_old_backup_is_flagged_on_both_sides_until_it_is_accepted(
    world: World, servers: Servers
) -> None:
    meet(world.north)
    meet(world.north)
    forget(servers, world.north, 2)
    assert found(world.north).bad is None  # from its own database nobody could tell
    anchor(world.north.node)
    flag = (me(world.north), me(world.township), 4)
    assert breaks(world.township) == breaks(world.north) == [flag]
    bad = found(world.north).bad
    assert bad is not None
    assert (bad.seal, "was countersigned" in bad.words) == (3, True)
    assert meet(world.north) == 0  # nothing more is countersigned
    assert breaks(world.township) == [flag]
    with pytest.raises(Refused, match="no break"):
        accept(world.township.node, me(world.south), "wrong node")
    accept(world.township.node, me(world.north), "the disk failed, restored from the night's backup")
    assert meet(world.north) > 0
    assert breaks(world.township) == breaks(world.north) == []
    proof = found(world.north)
    assert proof.bad is None
    assert [one.reason for one in proof.accepted] == ["the disk failed, restored from the night's backup"]


def test_an_emptied_chain_is_flagged_and_may_be_accepted_once_it_has_an_end_again(
    world: World, servers: Servers
) -> None:
    meet(world.north)
    do(servers, world.north, "TRUNCATE audit_event, audit_seal, audit_anchor")
    anchor(world.north.node)
    assert breaks(world.township) == [(me(world.north), me(world.township), 2)]
    with pytest.raises(Refused, match="empty"):
        accept(world.township.node, me(world.north), "too early")
    meet(world.north)
    accept(world.township.node, me(world.north), "the table was emptied by mistake")
    meet(world.north)
    assert breaks(world.township) == []


def test_a_chain_made_anew_by_its_database_administrator_is_flagged(world: World, servers: Servers) -> None:
    meet(world.north)
    do(servers, world.north, "UPDATE audit_seal SET hash = sha256(hash) WHERE seq = 2")
    anchor(world.north.node)
    assert breaks(world.township) == [(me(world.north), me(world.township), 2)]


def test_a_county_put_back_is_flagged_at_its_townships_and_on_its_own_desk(
    world: World, servers: Servers
) -> None:
    act(world.county, CHANCE, 3)
    seal(world.county)
    meet(world.township)
    forget(servers, world.county, 1)
    act(world.county, CHANCE, 5)
    seal(world.county)
    meet(world.township)
    flag = (me(world.county), me(world.township), 4)
    assert breaks(world.township) == breaks(world.county) == [flag]
    with world.township.node.store.work() as ledger:
        kept = {one.node: one.broken is not None for one in neighbours(ledger, me(world.township))}
    assert kept[me(world.county)]
    accept(world.township.node, me(world.county), "restored after the flood")
    meet(world.township)
    assert breaks(world.township) == breaks(world.county) == []


def test_a_request_that_comes_late_is_no_alarm(world: World) -> None:
    meet(world.north)
    wire = world.wires[world.north.name]
    sent = [one for one in wire.sent if one[0] == "/sync/anchor"]
    with world.north.node.store.work() as ledger:
        old = AnchorRequest(ledger.audit_head())
    meet(world.north)
    meet(world.north)
    with world.township.node.store.work() as ledger:
        peer = ledger.peer(me(world.north))
    assert peer is not None
    before = world.township.rows(KEPT)
    serve_anchor(world.township.node, peer, old, world.now)
    for path, body, headers in sent:
        wire.call(path, body, headers)
    assert world.township.rows(KEPT) == before
    assert breaks(world.township) == []


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_what_is_lost_on_the_way_is_made_good(world: World, lost: str) -> None:
    meet(world.north)
    world.wires[world.north.name].lose = lambda path: lost if path == "/sync/anchor" else ""
    with pytest.raises(Unreachable):
        meet(world.north)
    world.wires[world.north.name].lose = lambda path: ""
    meet(world.north)
    mine, theirs = (place.rows(KEPT) for place in (world.north, world.township))
    assert mine[-1] == theirs[-1]
    assert breaks(world.township) == breaks(world.north) == []


def test_a_parent_put_back_countersigns_again_and_blames_nobody(world: World, servers: Servers) -> None:
    meet(world.north)
    meet(world.north)
    do(servers, world.township, "DELETE FROM audit_anchor WHERE seq > 2")
    assert meet(world.north) > 0
    assert breaks(world.township) == breaks(world.north) == []


def test_keys_may_change_and_old_seals_still_prove(world: World) -> None:
    meet(world.north)
    rotate(world.north.node)
    push(world.township.node)
    rotate(world.township.node)
    meet(world.north)
    pull(world.north.node)
    assert found(world.north).bad is None
    assert breaks(world.township) == []


def test_nobody_has_another_nodes_head_countersigned(world: World) -> None:
    meet(world.north)
    with world.north.node.store.work() as ledger:
        head = ledger.audit_head()
    with world.township.node.store.work() as ledger:
        south = ledger.peer(me(world.south))
    assert south is not None
    with pytest.raises(Refused, match="another node's"):
        serve_anchor(world.township.node, south, AnchorRequest(head), world.now)


def test_a_countersignature_changed_here_is_named(world: World, servers: Servers) -> None:
    meet(world.north)
    do(servers, world.north, "UPDATE audit_anchor SET hash = sha256(hash)")
    bad = found(world.north).bad
    assert bad is not None
    assert "countersignature kept here for seal 2 was changed" in bad.words


def test_what_is_wrong_stays_on_the_desk_until_the_chain_is_found_whole(
    world: World, servers: Servers
) -> None:
    meet(world.north, 3)
    do(servers, world.north, "UPDATE audit_event SET action = 'x' WHERE id = 2")
    for _ in range(2):
        bad = found(world.north).bad
        assert bad is not None
        assert (bad.seal, bad.event) == (2, 2)
    own = (me(world.north), me(world.north), 2)
    assert breaks(world.north) == [own]
    do(servers, world.north, "UPDATE audit_event SET action = 'test' WHERE id = 2")
    assert found(world.north).bad is None
    assert breaks(world.north) == []


def test_the_application_can_neither_change_nor_remove_a_row(world: World) -> None:
    meet(world.north)
    for table in ("audit_event", "audit_seal", "audit_anchor", "audit_break"):
        for statement in (f"UPDATE {table} SET hash = ''", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            words = statement.replace("hash = ''", "action = 'x'") if table == "audit_event" else statement
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                world.north.database.transaction(EVERYTHING) as session,
            ):
                session.execute(text(words))


def test_seals_made_before_they_were_signed_are_covered_by_the_next_signature(
    world: World, servers: Servers
) -> None:
    act(world.north, CHANCE, 4)
    seal(world.north)
    do(servers, world.north, "UPDATE audit_seal SET at = NULL, prints = NULL, proof = NULL")
    assert found(world.north).bad is None
    assert anchor(world.north.node).moved == 0  # nothing signed to show
    meet(world.north)
    assert (found(world.north).bad, len(world.township.rows(KEPT))) == (None, 1)
    do(servers, world.north, "UPDATE audit_event SET action = 'x' WHERE id = 3")
    bad = found(world.north).bad
    assert bad is not None
    assert bad.seal == 3


def test_keys_of_a_document_are_looked_up_where_they_cannot_be_changed(world: World) -> None:
    """Own keys come from the key file: a key put into the registry as ours signs nothing."""
    with world.north.node.store.work() as ledger:
        find = all_keys(world.north.node, ledger)
        assert find(me(world.north), world.north.node.keys.current.public.id) is not None
        assert find(me(world.north), "0" * 32) is None
