"""The parent's side of every call: who asks, what is answered, signed. Drawn up without a web framework."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

import msgspec

from shared.sync.anchoring import CALL, serve_anchor
from shared.sync.batch import Batch
from shared.sync.calls import (
    ANSWER,
    CLOCK_OFF,
    REQUEST,
    REQUEST_HEADER,
    TRUST_HEADER,
    Reply,
    check_change,
    read_notice,
    request_digest,
)  # fmt: skip
from shared.sync.enrolling import serve_enrol
from shared.sync.feeding import serve_feed
from shared.sync.messages import (
    AnchorRequest,
    Answer,
    Claim,
    FeedRequest,
    HeadsAnswer,
    HeadsRequest,
    KeyChange,
    Mark,
    Receipt,
    Refusal,
    TailAnswer,
    TailRequest,
)  # fmt: skip
from shared.sync.node import Node, key_changes, open_keys
from shared.sync.ownership import check_child
from shared.sync.receiving import open_from, receive
from shared.sync.records import BEHIND, CHILD, Head, Key, Peer
from shared.sync.refusal import Refused, Untrusted
from shared.sync.signed import read, sign, verify
from shared.sync.store import Ledger
from shared.sync.streams import UP, parse
from shared.sync.tails import restore

Form = TypeVar("Form")
Headers = Mapping[str, str]


def serve(node: Node, path: str, body: bytes, headers: Headers) -> tuple[int, bytes]:
    """Answer one call: (status, signed reply). Errors of the database come through to the caller."""
    now = node.clock()
    try:
        status, answer = 200, msgspec.msgpack.encode(_handle(node, path, body, headers, now))
    except Refused as refused:
        status, answer = refused.status, _refusal(refused.message, refused.streams, now)
    except Untrusted as error:
        status, answer = 401, _refusal(str(error), [], now)
    content = Answer(path, request_digest(path, body, dict(headers)), status, answer)
    with node.store.work() as ledger:
        me = node.identity(ledger).node
        signed = sign(node.keys.current, me, ANSWER, msgspec.msgpack.encode(content))
        asker_knows = headers.get(TRUST_HEADER, signed.key).split(",")
        changes = [] if signed.key in asker_knows else key_changes(node, ledger, asker_knows)
    return status, msgspec.msgpack.encode(Reply(signed, changes))


def _handle(node: Node, path: str, body: bytes, headers: Headers, now: datetime) -> msgspec.Struct:
    if path in OPEN:
        return OPEN[path](node, body, now)
    if path not in CLAIMED:
        raise Refused(404, "no such call")
    return CLAIMED[path](node, authenticate(node, path, body, headers, now), body, now)


def authenticate(node: Node, path: str, body: bytes, headers: Headers, now: datetime) -> Peer:
    """The registered child that signed this very request, once, within the time window."""
    try:
        signed = read(base64.b64decode(headers.get(REQUEST_HEADER, ""), validate=True))
    except ValueError as error:
        raise Untrusted("the request's signature cannot be read") from error
    with node.store.work() as ledger:
        claim = _decode(verify(signed, REQUEST, open_keys(ledger)), Claim)
        if (claim.method, claim.path, claim.digest) != ("POST", path, sha256(body).digest()):
            raise Untrusted("the request is not the one that was signed")
        if abs(claim.at - now) > node.limits.window:
            raise Refused(CLOCK_OFF, "the request's time is too far from this node's")
        if not ledger.spend_nonce(signed.node.bytes + claim.nonce, now):
            raise Untrusted("the request has been used before")
        ledger.saw_peer(signed.node, 0, now)
        return _child(ledger, signed)


def serve_batch(node: Node, body: bytes, now: datetime) -> Receipt:
    """Take an upward batch in; foreign units and forks are refused and audited."""
    batch = _decode(body, Batch)
    try:
        with node.store.ingest() as ledger:
            sender = _child(ledger, batch.manifest)
            opened = open_from(ledger, sender.node, batch, node.limits.opened_bytes)
            receipt = receive(node, ledger, sender, opened, check_child, now)
    except Refused as refused:
        if refused.status == 403:
            _audit(node, batch, "sync.refused", {"streams": refused.streams[:20]}, now)
        raise
    for note in receipt.refused:
        _audit(node, batch, "sync.fork", {"stream": note.stream, "seq": note.seq, "reason": note.reason}, now)
    return receipt


def serve_rotate(node: Node, body: bytes, now: datetime) -> HeadsAnswer:
    """Register a child's new key, signed for by its old one. Asking again changes nothing."""
    change = _decode(body, KeyChange)
    notice, new = read_notice(change)
    with node.store.work() as ledger:
        child = _child(ledger, change.by_old)
        known = {key.public.id for key in ledger.keys(child.node)}
        if new.id not in known:
            check_change(change, notice, new, open_keys(ledger))
            ledger.add_key(Key(child.node, new, notice.from_batch), None, now)
            unit = ledger.units_of(child.node)[0]
            ledger.audit(now, unit, "sync.key_changed", str(child.node), {"key": new.id})
        return HeadsAnswer([], [], [], child.last_batch)


def serve_heads(node: Node, caller: Peer, body: bytes, now: datetime) -> HeadsAnswer:
    """Heads of the caller's streams here. An epoch the caller has begun is fenced in at once."""
    request = _decode(body, HeadsRequest)
    with node.store.work() as ledger:
        names = [mark.stream for mark in request.up]
        owned = ledger.owned(caller.node, {parse(name).origin for name in names})
        mine = [name for name in names if parse(name).way == UP and parse(name).origin in owned]
        fence(ledger, {mark.stream: mark for mark in request.up if mark.stream in mine})
        up = [head.mark for head in ledger.heads_from(caller.node)]
        down = [head.mark for head in ledger.readable(caller.node)]
        return HeadsAnswer(up, down, sorted(set(names) - set(mine)), caller.last_batch)


def fence(ledger: Ledger, marks: Mapping[str, Mark]) -> None:
    """From now on refuse envelopes of older epochs, even before the first of the new one arrives."""
    heads = ledger.lock_heads(sorted(marks))
    raised: list[Head] = []
    for name, head in heads.items():
        mark = marks[name]
        if mark.epoch > head.epoch and (mark.seq, mark.hash) == (head.seq, head.hash):
            head.epoch = mark.epoch
            raised.append(head)
    ledger.save_heads(raised)


def serve_tail(node: Node, caller: Peer, body: bytes, now: datetime) -> TailAnswer:
    """Give a child the tail of its own stream back, or take ours back from it."""
    request = _decode(body, TailRequest)
    name, after = request.after.stream, request.after.seq
    with node.store.work() as ledger:
        if not request.items:
            heads = {head.stream: head for head in ledger.heads_from(caller.node)}
            if name not in heads:
                raise Refused(403, "not this node's stream", [name])
            items, manifests = ledger.received_after(name, after, node.limits.tail_envelopes)
            return TailAnswer(items, manifests, heads[name].mark)
        if name not in {head.stream for head in ledger.readable(caller.node)}:
            raise Refused(403, "not a stream this node reads", [name])
        head = ledger.lock_heads([name])[name]
        if head.state != BEHIND or head.seq != after:
            raise Refused(409, "this tail is not asked for", [name])
        restore(node, ledger, head, request.items, request.manifests)
        ledger.save_heads([head])
        return TailAnswer([], [], head.mark)


def _serve_feed(node: Node, caller: Peer, body: bytes, now: datetime) -> msgspec.Struct:
    return serve_feed(node, caller, _decode(body, FeedRequest), now)


def _serve_anchor(node: Node, caller: Peer, body: bytes, now: datetime) -> msgspec.Struct:
    return serve_anchor(node, caller, _decode(body, AnchorRequest), now)


OPEN: dict[str, Callable[[Node, bytes, datetime], msgspec.Struct]] = {
    "/sync/batch": serve_batch,
    "/sync/rotate": serve_rotate,
    "/sync/enrol": serve_enrol,
}
"""Calls whose body carries its own signature."""

CLAIMED: dict[str, Callable[[Node, Peer, bytes, datetime], msgspec.Struct]] = {
    "/sync/heads": serve_heads,
    "/sync/feed": _serve_feed,
    "/sync/tail": serve_tail,
    CALL: _serve_anchor,
}
"""Calls signed once in a header."""


def _child(ledger: Ledger, signed: object) -> Peer:
    found = ledger.peer(signed.node)  # type: ignore[attr-defined]
    if found is None or found.relation != CHILD:
        raise Untrusted("this node is not registered here")
    return found


def _audit(node: Node, batch: Batch, action: str, detail: dict[str, object], now: datetime) -> None:
    with node.store.work() as ledger:
        sender = batch.manifest.node
        units = ledger.units_of(sender) or ledger.units_of(node.identity(ledger).node)
        if units:
            ledger.audit(now, units[0], action, str(sender), detail)


def _decode(body: bytes, form: type[Form]) -> Form:
    try:
        return msgspec.msgpack.decode(body, type=form)
    except msgspec.MsgspecError as error:
        raise Refused(400, "the request cannot be read") from error


def _refusal(message: str, streams: list[str], now: datetime) -> bytes:
    return msgspec.msgpack.encode(Refusal(message, streams, now))
