"""What a parent refuses, and that refusing leaves nothing behind but an audit entry."""

from __future__ import annotations

import resource
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
import zstandard

from shared.sync.batch import MANIFEST, Batch, Manifest, pack, unpack
from shared.sync.direct import DirectTransport
from shared.sync.keys import PrivateKey
from shared.sync.messages import Receipt, Refusal
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import Refused, Untrusted
from shared.sync.reporting import status
from shared.sync.signed import sign
from shared.sync.streams import upward
from shared.sync.sweeping import sweep
from tests.sync import forging
from tests.sync.world import EAST, NORTH, SOUTH, START, TOWN, TOWN_EAST, World

EMPTY = [(0,)]


def refused(world: World, sent: Batch) -> tuple[int, str]:
    """Post to the township; status and message, and nothing stored."""
    status_code, answer = forging.post(world.township.node, sent)
    assert isinstance(answer, Refusal)
    assert world.township.rows("SELECT count(*) FROM inbox") == EMPTY
    assert world.township.rows("SELECT count(*) FROM manifest") == EMPTY
    return status_code, answer.message


def test_a_validly_signed_envelope_for_a_siblings_unit_is_refused_whole_and_audited(world: World) -> None:
    key = world.north.node.keys.current
    own, foreign = forging.chain(NORTH, ["mine"]), forging.chain(SOUTH, ["not mine"])
    code, _ = refused(world, forging.batch(world.north.id, key, 1, own, foreign))
    assert code == 403
    assert world.township.rows("SELECT count(*) FROM stream_head WHERE side = 'in' AND seq > 0") == EMPTY
    found = world.township.rows("SELECT subject, detail FROM audit_event WHERE action = 'sync.refused'")
    assert found == [(str(world.north.id), {"streams": [upward(SOUTH).name]})]


def test_an_own_stream_about_a_siblings_unit_is_refused(world: World) -> None:
    key = world.north.node.keys.current
    sent = forging.batch(world.north.id, key, 1, forging.chain(NORTH, ["about south"], subject=SOUTH))
    assert refused(world, sent)[0] == 403


def test_a_township_speaks_for_its_villages_but_not_for_another_townships(world: World) -> None:
    key = world.township.node.keys.current
    below = forging.batch(world.township.id, key, 1, forging.chain(TOWN, ["relay"], subject=NORTH))
    assert forging.post(world.county.node, below)[0] == 200
    for subject in (EAST, TOWN_EAST):
        foreign = forging.batch(world.township.id, key, 2, forging.chain(TOWN, ["no"], subject=subject))
        assert forging.post(world.county.node, foreign)[0] == 403


def test_a_child_may_not_speak_on_a_downward_stream(world: World) -> None:
    envelope = forging.chain(NORTH, ["x"])[0]
    header = msgspec.structs.replace(envelope.header, stream=f"down:{NORTH}:*")
    down = forging.seal(header, envelope.item.payload)
    assert refused(world, forging.batch(world.north.id, world.north.node.keys.current, 1, [down]))[0] == 403


def test_streams_the_parent_does_not_take_are_set_aside_and_the_others_go_on(world: World) -> None:
    with world.township.node.store.work() as ledger:
        ledger.bind_units(world.north.id, [EAST], replace=True)
    world.north.say(NORTH, "a")
    world.north.say(EAST, "b")
    world.settle()
    with world.township.node.store.work() as ledger:
        ledger.bind_units(world.south.id, [EAST], replace=True)
    world.north.say(NORTH, "c")
    world.north.say(EAST, "d")
    push(world.north.node)
    assert world.township.heard(upward(NORTH).name) == ["a", "c"]
    row = next(row for row in status(world.north.node) if row.stream == upward(EAST).name)
    assert (row.state, row.lag) == ("refused", 1)
    with world.township.node.store.work() as ledger:
        ledger.bind_units(world.north.id, [EAST], replace=True)
    sweep(world.north.node)
    push(world.north.node)
    assert world.township.heard(upward(EAST).name) == ["b", "d"], "the parent changed its mind"


def test_a_forged_or_altered_batch_is_refused_before_it_is_opened(world: World) -> None:
    key = world.north.node.keys.current
    good = forging.batch(world.north.id, key, 1, forging.chain(NORTH, ["a"]))
    stranger = PrivateKey.from_seed(bytes(32))
    other = forging.batch(world.north.id, stranger, 1, forging.chain(NORTH, ["a"]))
    assert refused(world, other)[0] == 401
    as_south = forging.batch(world.south.id, key, 1, forging.chain(SOUTH, ["a"]))
    assert refused(world, as_south)[0] == 401
    swapped = msgspec.structs.replace(good, body=pack([e.item for e in forging.chain(NORTH, ["b"])]))
    assert refused(world, swapped) == (400, "the body is not the one the manifest was signed for")
    content = good.manifest.content[:-1] + b"\x02"
    edited = msgspec.structs.replace(good, manifest=msgspec.structs.replace(good.manifest, content=content))
    assert refused(world, edited)[0] == 401
    unnamed = msgspec.structs.replace(good.manifest, node=UUID(int=99))
    assert refused(world, msgspec.structs.replace(good, manifest=unnamed))[0] == 401


def test_a_manifest_that_does_not_describe_its_body_is_refused(world: World) -> None:
    body = pack([envelope.item for envelope in forging.chain(NORTH, ["a"])])
    manifest = msgspec.msgpack.encode(Manifest(1, sha256(body).digest(), [], START))
    signed = sign(world.north.node.keys.current, world.north.id, MANIFEST, manifest)
    assert refused(world, Batch(signed, body)) == (400, "the manifest does not describe this body")


def test_a_broken_chain_inside_a_batch_is_refused(world: World) -> None:
    run = forging.chain(NORTH, ["a", "b", "c"])
    key = world.north.node.keys.current
    with pytest.raises(Refused, match="breaks at 3"):
        forging.batch(world.north.id, key, 1, [run[0], run[2]])


def test_a_fork_is_refused_audited_and_the_stream_stays_as_it_was(world: World) -> None:
    key = world.north.node.keys.current
    first = forging.chain(NORTH, ["a", "b"])
    forging.post(world.township.node, forging.batch(world.north.id, key, 1, first))
    fork = forging.chain(NORTH, ["other"], after=first[0])
    for number, run in ((2, fork), (3, forging.chain(NORTH, ["x"])), (4, forging.chain(NORTH, ["y"] * 3))):
        _, receipt = forging.post(world.township.node, forging.batch(world.north.id, key, number, run))
        assert isinstance(receipt, Receipt)
        assert "fork" in receipt.refused[0].reason
    assert world.township.heard() == ["a", "b"]
    assert world.township.rows("SELECT count(*) FROM audit_event WHERE action = 'sync.fork'") == [(3,)]


def test_an_old_batch_number_brings_nothing_new(world: World) -> None:
    key = world.north.node.keys.current
    first = forging.chain(NORTH, ["a"])
    forging.post(world.township.node, forging.batch(world.north.id, key, 7, first))
    late = forging.batch(world.north.id, key, 6, forging.chain(NORTH, ["b"], after=first[0]))
    assert forging.post(world.township.node, late)[0] == 409
    assert world.township.heard() == ["a"]


def test_a_bomb_is_refused_with_bounded_memory(world: World) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(512 * 2**20))
    assert len(bomb) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    content = msgspec.msgpack.encode(Manifest(1, sha256(bomb).digest(), [], START))
    signed = sign(world.north.node.keys.current, world.north.id, MANIFEST, content)
    assert refused(world, Batch(signed, bomb))[0] == 413
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024, f"{grown} KiB"


def test_rubbish_is_refused_with_one_clear_message(world: World) -> None:
    for body in (b"", b"\xc1", b"{}", bytes(1000)):
        for path in (
            "/sync/batch",
            "/sync/rotate",
            "/sync/enrol",
            "/sync/feed",
            "/sync/heads",
            "/sync/other",
        ):
            assert DirectTransport(world.township.node).call(path, body, {})[0] in (400, 401, 404)
    with pytest.raises(Refused):
        unpack(b"not zstd", 1000)
    with pytest.raises(Refused):
        unpack(pack([])[:-3] + b"xxx", 1000)


def test_a_captured_read_request_cannot_be_used_again(world: World) -> None:
    world.township.publish(TOWN, None, "news")
    pull(world.north.node)
    path, body, headers = world.wires["北村"].sent[-1]
    assert path == "/sync/feed"
    code, answer = DirectTransport(world.township.node).call(path, body, headers)
    assert code == 401
    assert b"used before" in answer
    other = DirectTransport(world.township.node).call("/sync/heads", body, headers)
    assert other[0] == 401


def test_an_altered_request_or_answer_is_not_believed(world: World) -> None:
    world.township.publish(TOWN, None, "news")
    wire = world.wires["北村"]
    wire.alter = lambda path, body: body + b"\x00"
    with pytest.raises(Untrusted):
        pull(world.north.node)
    wire.alter = lambda path, body: body
    honest = wire.call

    def altered(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        code, answer = honest(path, body, headers)
        return code, answer.replace(b"news", b"lies").replace(b"/sync/feed", b"/sync/feef")

    wire.call = altered  # type: ignore[method-assign, assignment]
    with pytest.raises(Untrusted):
        pull(world.north.node)
    assert world.north.heard() == []


def test_an_answer_of_an_earlier_request_is_not_believed(world: World) -> None:
    wire = world.wires["北村"]
    honest, kept = wire.call, []

    def replaying(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kept.append(honest(path, body, headers))
        return kept[0]

    wire.call = replaying  # type: ignore[method-assign, assignment]
    pull(world.north.node)
    with pytest.raises(Untrusted, match="another request"):
        pull(world.north.node)


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
def test_a_child_whose_clock_is_a_day_off_still_syncs(world: World, off: timedelta) -> None:
    world.north.node.clock = lambda: world.now + off
    world.north.say(NORTH, "a")
    world.township.publish(TOWN, None, "b")
    world.settle()
    assert world.township.heard() == ["a"]
    assert world.north.heard() == ["b"]


def test_a_node_reads_only_what_is_addressed_to_it_or_to_all(world: World) -> None:
    world.township.publish(TOWN, SOUTH, "for south")
    world.township.publish(TOWN, None, "for all")
    world.settle()
    assert world.north.heard() == ["for all"]
    assert sorted(world.south.heard()) == ["for all", "for south"]
    assert world.north.rows("SELECT count(*) FROM inbox") == [(1,)]
