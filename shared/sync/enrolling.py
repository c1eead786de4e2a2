"""Enrolment: a parent mints a code for units; a child presents it once, with its key, and learns the tree."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from shared.sync.calls import check_answer, read_refusal, read_reply, request_digest, way_up
from shared.sync.keys import PublicKey
from shared.sync.messages import Answer, EnrolAnswer, EnrolRequest, KeyRow
from shared.sync.node import Node
from shared.sync.records import ABOVE, CHILD, PARENT, SELF, Code, Key, Peer
from shared.sync.refusal import Refused, Untrusted
from shared.sync.signed import read, sign, verify
from shared.sync.store import Ledger

ENROL = "enrol"
SECRET_BYTES, PRINT_BYTES = 15, 10


def set_up(node: Node, me: UUID, name: str, units: Sequence[UUID] = ()) -> None:
    """Give a node its identity. `units`: those a root speaks for; others get theirs by enrolment."""
    with node.store.work() as ledger:
        if ledger.peers(SELF):
            return
        ledger.save_peer(Peer(me, node.tier, name, SELF), node.clock())
        ledger.add_key(Key(me, node.keys.current.public), None, node.clock())
        ledger.bind_units(me, units, replace=True)
        ledger.restored()


def mint_code(
    node: Node, units: Sequence[UUID], valid_for: timedelta = timedelta(days=7), *, replaces: bool = False
) -> str:
    """A code with which one child may register for `units`: 40 characters in groups of 5, single use.

    It ends with the fingerprint of this node's key, so the child knows whom it talks to.
    `replaces`: take the units over from a node that spoke for them, or give a node a new key.
    """
    secret = node.rng(SECRET_BYTES)
    raw = base64.b32encode(secret + _print(node.keys.current.public)).decode()
    with node.store.work() as ledger:
        missing = set(units) - set(ledger.paths(units))
        if missing or not units:
            raise Refused(404, "a code needs units of this node's own tree")
        now = node.clock()
        ledger.add_code(Code(_hash(raw), tuple(units), now + valid_for, replaces=replaces), now)
    return "-".join(raw[start : start + 5] for start in range(0, len(raw), 5))


def enrol(node: Node, me: UUID, name: str, code: str) -> EnrolAnswer:
    """Register with the parent. Refused: used, expired or unknown code. May be repeated after a failure."""
    plain = code.replace("-", "").replace(" ", "").strip().upper()
    public = node.keys.current.public
    request = EnrolRequest(plain, me, node.tier, name, public.raw, public.algorithm)
    body = sign(node.keys.current, me, ENROL, msgspec.msgpack.encode(request)).encode()
    status, raw = way_up(node).call("/sync/enrol", body, {})
    answer = _answered(status, raw, body, plain)
    with node.store.work() as ledger:
        _take_in(node, ledger, Peer(me, node.tier, name, SELF), answer)
    return answer


def serve_enrol(node: Node, body: bytes, now: datetime) -> EnrolAnswer:
    """The parent's side: check code and proof of possession, register node, key and units."""
    document = read(body)
    request = _read_request(document.content)
    public = PublicKey(request.public, request.algorithm)
    verify(document, ENROL, lambda who, key: public if (who, key) == (request.node, public.id) else None)
    with node.store.work() as ledger:
        code = _valid_code(ledger, request, now)
        _register(ledger, request, public, code, now)
        return _introduce(node, ledger, list(code.units))


def _answered(status: int, raw: bytes, body: bytes, code: str) -> EnrolAnswer:
    signed = read_reply(status, raw).answer
    path = "/sync/enrol"

    def find(who: UUID, key_id: str) -> PublicKey | None:
        keys = _offered(signed.content, who, key_id)
        return next((key for key in keys if code.endswith(base64.b32encode(_print(key)).decode())), None)

    if status != 200:
        # No key of the parent is known yet: the refusal is only shown, nothing is concluded from it.
        refusal = read_refusal(msgspec.msgpack.decode(signed.content, type=Answer))
        raise Refused(status, refusal.message)
    answer = check_answer(signed, path, request_digest(path, body, {}), find)
    return msgspec.msgpack.decode(answer.body, type=EnrolAnswer)


def _offered(content: bytes, who: UUID, key_id: str) -> list[PublicKey]:
    try:
        answer = msgspec.msgpack.decode(content, type=Answer)
        rows = msgspec.msgpack.decode(answer.body, type=EnrolAnswer).keys
    except msgspec.MsgspecError as error:
        raise Untrusted("the answer cannot be read") from error
    return [PublicKey(row.public, row.algorithm) for row in rows if (row.node, row.key) == (who, key_id)]


def _take_in(node: Node, ledger: Ledger, me: Peer, answer: EnrolAnswer) -> None:
    now = node.clock()
    ledger.store_units(answer.units)
    ledger.save_peer(me, now)
    ledger.add_key(Key(me.node, node.keys.current.public), None, now)
    ledger.bind_units(me.node, answer.roots, replace=True)
    for row in answer.keys:
        relation, name = (PARENT, answer.name) if row.node == answer.node else (ABOVE, row.tier)
        ledger.save_peer(Peer(row.node, row.tier, name, relation), now)
        ledger.add_key(Key(row.node, PublicKey(row.public, row.algorithm), row.from_batch), None, now)
    ledger.bind_units(answer.node, answer.parent_units, replace=True)
    ledger.restored()


def _read_request(content: bytes) -> EnrolRequest:
    try:
        return msgspec.msgpack.decode(content, type=EnrolRequest)
    except msgspec.MsgspecError as error:
        raise Refused(400, "the request cannot be read") from error


def _valid_code(ledger: Ledger, request: EnrolRequest, now: datetime) -> Code:
    code = ledger.lock_code(_hash(request.code))
    if code is None:
        raise Refused(403, "this code is not known")
    if code.used_by is not None and code.used_by != request.node:
        raise Refused(403, "this code has been used")
    if now >= code.expires_at:
        raise Refused(403, "this code has expired")
    return code


def _register(ledger: Ledger, request: EnrolRequest, public: PublicKey, code: Code, now: datetime) -> None:
    known = ledger.keys(request.node)
    same = any(key.public == public for key in known)
    if code.used_by is not None:
        if not same:
            raise Refused(403, "this code has been used")
        return  # the answer was lost on its way: give it again
    if known and not same and not code.replaces:
        raise Refused(403, "this node is registered with another key")
    taken = ledger.bind_units(request.node, code.units, code.replaces)
    if taken and not code.replaces:
        raise Refused(409, f"another node speaks for {len(taken)} of these units")
    peer = ledger.peer(request.node)
    ledger.save_peer(Peer(request.node, request.tier, request.name, CHILD), now)
    ledger.add_key(Key(request.node, public, peer.last_batch + 1 if peer else 0), None, now)
    ledger.use_code(code.hash, request.node, now)
    ledger.audit(now, code.units[0], "sync.enrolled", str(request.node), {"units": len(code.units)})


def _introduce(node: Node, ledger: Ledger, units: list[UUID]) -> EnrolAnswer:
    me = node.identity(ledger)
    above = ledger.peers(PARENT) + ledger.peers(ABOVE)
    rows = [
        KeyRow(peer.node, peer.tier, key.public.id, key.public.algorithm, key.public.raw, key.from_batch)
        for peer in [me, *above]
        for key in sorted(ledger.keys(peer.node), key=lambda key: key.from_batch)
    ]
    own = node.keys.current.public
    if own.id not in {row.key for row in rows}:  # the database was restored to before the key was changed
        rows.append(KeyRow(me.node, me.tier, own.id, own.algorithm, own.raw, 0))
    return EnrolAnswer(me.node, me.tier, me.name, rows, ledger.tree(units), units, ledger.units_of(me.node))


def _hash(code: str) -> bytes:
    return sha256(b"enrolment:" + code.encode()).digest()


def _print(key: PublicKey) -> bytes:
    return bytes.fromhex(key.id)[:PRINT_BYTES]
