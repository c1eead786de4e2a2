"""Keys: enrolment, rotation at a batch number, changes of the keys above, documents that travel whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from shared.contracts.signed import SignedDocument
from shared.sync.calls import KEY_CHANGE
from shared.sync.direct import DirectTransport
from shared.sync.documents import sign_document, verify_document
from shared.sync.enrolling import enrol, mint_code
from shared.sync.keys import FileKeys, MemoryKeys, PrivateKey, load_or_make
from shared.sync.messages import KeyChange, KeyNotice, Receipt
from shared.sync.node import known_keys
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import Refused, Unreachable, Untrusted
from shared.sync.rotation import rotate
from shared.sync.signed import sign
from tests.sync import forging
from tests.sync.world import COUNTY, EAST, NORTH, SOUTH, TOWN, World


def test_enrolment_teaches_the_child_its_tree_its_ancestors_and_their_keys(world: World) -> None:
    assert world.north.rows("SELECT code FROM unit ORDER BY path") == [("1",), ("11",), ("111",)]
    assert world.north.rows("SELECT relation FROM peer ORDER BY relation") == [
        ("above",),
        ("parent",),
        ("self",),
    ]
    assert world.township.rows("SELECT code FROM unit ORDER BY path") == [("1",), ("11",), ("111",), ("112",)]


def test_a_code_works_once(world: World) -> None:
    code = mint_code(world.county.node, [TOWN], replaces=True)
    enrol(world.township.node, world.township.id, "西镇", code)
    enrol(world.township.node, world.township.id, "西镇", code)  # its answer may have been lost
    thief = world.north.new_node(MemoryKeys(PrivateKey.from_seed(bytes(32))))
    thief.transport = world.wires["西镇"]
    with pytest.raises(Refused, match="has been used"):
        enrol(thief, UUID(int=77), "thief", code)
    with pytest.raises(Refused, match="not known"):
        enrol(thief, UUID(int=77), "thief", "AAAAA-BBBBB")


def test_only_the_hash_of_a_code_is_stored(world: World) -> None:
    code = mint_code(world.county.node, [TOWN])
    kept = str(world.county.rows("SELECT code_hash FROM enrolment")).encode()
    assert code.replace("-", "").encode() not in kept


def test_a_code_expires(world: World) -> None:
    code = mint_code(world.county.node, [TOWN], timedelta(hours=1))
    world.now += timedelta(hours=2)
    with pytest.raises(Refused, match="expired"):
        enrol(world.township.node, world.township.id, "西镇", code)


def test_a_unit_has_one_writer_until_a_code_says_otherwise(world: World) -> None:
    other = world.south.node
    with pytest.raises(Refused, match="another node speaks"):
        enrol(other, world.south.id, "南村", mint_code(world.township.node, [NORTH]))
    enrol(other, world.south.id, "南村", mint_code(world.township.node, [NORTH], replaces=True))
    assert world.township.rows("SELECT DISTINCT node_id FROM peer_unit WHERE unit_id = :u", u=NORTH) == [
        (world.south.id,)
    ]


def test_a_code_is_for_units_of_the_own_tree_only(world: World) -> None:
    for units in ([], [EAST]):
        with pytest.raises(Refused, match="own tree"):
            mint_code(world.township.node, units)


def test_a_child_does_not_enrol_with_someone_who_has_another_key_than_its_code_names(world: World) -> None:
    code = mint_code(world.township.node, [NORTH], replaces=True)
    world.township.node.keys = MemoryKeys(PrivateKey.from_seed(bytes(32)))
    with pytest.raises(Untrusted):
        enrol(world.north.node, world.north.id, "北村", code)


def test_keys_rotate_while_batches_are_on_their_way(world: World) -> None:
    run = forging.chain(NORTH, ["a", "b", "c"])
    old = world.north.node.keys.current
    first, late = (forging.batch(world.north.id, old, n, run[n - 1 : n]) for n in (1, 2))
    forging.post(world.township.node, first)
    with world.north.node.store.work() as ledger:
        ledger.next_number(2)
    rotate(world.north.node)
    new = world.north.node.keys.current
    assert new.public.id != old.public.id
    assert forging.post(world.township.node, late)[0] == 200, (
        "sealed before the change, signed by the old key"
    )
    after = forging.batch(world.north.id, new, 9, run[2:])
    assert forging.post(world.township.node, after)[0] == 200
    more = forging.chain(NORTH, ["d"], after=run[2])
    assert forging.post(world.township.node, forging.batch(world.north.id, old, 10, more))[0] == 401
    stolen = forging.batch(world.north.id, old, 2, more)
    assert forging.post(world.township.node, stolen)[0] == 409, "an old number brings nothing new"
    _, again = forging.post(world.township.node, late)
    assert isinstance(again, Receipt)
    assert world.township.heard() == ["a", "b", "c"]
    world.north.say(NORTH, "e")
    world.settle()
    assert world.township.heard() == ["a", "b", "c", "e"]


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_an_interrupted_rotation_is_finished_by_the_next_push(world: World, lost: str) -> None:
    world.north.say(NORTH, "a")
    world.wires["北村"].lose = lambda path: lost if path == "/sync/rotate" else ""
    with pytest.raises(Unreachable):
        rotate(world.north.node)
    world.north.restart()
    world.wires["北村"].lose = lambda path: ""
    assert push(world.north.node).moved == 1
    assert world.north.node.keys.pending is None
    world.south.say(SOUTH, "b")
    world.settle()


def test_a_new_key_needs_the_old_ones_signature(world: World) -> None:
    new, thief = PrivateKey.from_seed(b"n" * 32), PrivateKey.from_seed(b"t" * 32)
    notice = KeyNotice(world.north.id, new.public.id, "Ed25519", new.public.raw, 5, world.now)
    content = msgspec.msgpack.encode(notice)
    change = KeyChange(*(sign(key, world.north.id, KEY_CHANGE, content) for key in (thief, new)))
    body = msgspec.msgpack.encode(change)
    assert DirectTransport(world.township.node).call("/sync/rotate", body, {})[0] == 401
    assert world.township.rows("SELECT count(*) FROM peer_key WHERE key_id = :k", k=new.public.id) == [(0,)]


def test_key_changes_above_reach_every_tier_below(world: World) -> None:
    rotate(world.county.node)
    rotate(world.township.node)
    world.county.publish(COUNTY, None, "to the township")
    world.township.publish(TOWN, None, "to the branches")
    world.settle()
    assert world.township.heard() == ["to the township"]
    assert world.north.heard() == ["to the branches"]
    document = sign_document(world.county.node.keys.current, world.county.id, b"rulebook")
    with world.north.node.store.work() as ledger:
        assert verify_document(document, known_keys(ledger)) == world.county.id


def test_a_county_document_nests_through_the_township_and_is_verified_at_the_branch(world: World) -> None:
    document = sign_document(world.county.node.keys.current, world.county.id, b'{"rulebook": 1}')
    raw = msgspec.json.encode(document)
    nested = msgspec.json.decode(raw, type=SignedDocument)
    with world.north.node.store.work() as ledger:
        assert verify_document(nested, known_keys(ledger)) == world.county.id
        for change in ({"body": b"{}"}, {"node": str(world.township.id)}, {"node": "x"}):
            with pytest.raises(Untrusted):
                verify_document(msgspec.structs.replace(nested, **change), known_keys(ledger))


def test_a_key_file_is_private_survives_a_crash_and_is_seen_by_other_processes(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "node.pem"
    keys, other = load_or_make(path), FileKeys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    old = keys.current.public
    keys.prepare(PrivateKey.from_seed(bytes(32)))
    assert other.pending is not None
    assert FileKeys(path).current.public == old
    keys.promote(b"signed notice")
    keys.promote(b"nothing pending")
    assert other.current.public == PrivateKey.from_seed(bytes(32)).public
    assert other.pending is None
    assert other.public(old.id) == old
    assert list(other.changes) == [b"signed notice"]


def test_pulling_goes_on_after_the_parents_rotation_even_if_nothing_is_pushed(world: World) -> None:
    pull(world.north.node)
    rotate(world.township.node)
    world.township.publish(TOWN, NORTH, "x")
    pull(world.north.node)
    rotate(world.township.node)
    rotate(world.township.node)
    world.township.publish(TOWN, NORTH, "y")
    pull(world.north.node)
    assert world.north.heard() == ["x", "y"]


def test_a_parent_restored_to_before_a_key_change_is_told_of_it_again(world: World) -> None:
    saved = world.township.backup()
    rotate(world.north.node)
    rotate(world.north.node)
    rotate(world.township.node)
    world.settle()
    world.township.restore(saved)
    world.north.say(NORTH, "a")
    world.township.publish(TOWN, None, "b")
    world.settle()
    assert world.township.heard() == ["a"]
    assert world.north.heard() == ["b"]
    assert world.south.heard() == ["b"]
