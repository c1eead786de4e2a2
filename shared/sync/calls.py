"""Asking the parent: every request is signed and used once, every answer is signed and bound to it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import msgspec

from shared.sync.keys import PublicKey
from shared.sync.messages import Answer, Claim, KeyChange, KeyNotice, Refusal
from shared.sync.node import Node, Transport, open_keys
from shared.sync.records import Key
from shared.sync.refusal import Refused, Unreachable, Untrusted
from shared.sync.signed import KeyFinder, Signed, sign, verify
from shared.sync.store import Ledger

REQUEST, ANSWER, KEY_CHANGE = "request", "answer", "key change"
REQUEST_HEADER = "X-Sanji-Request"
TRUST_HEADER = "X-Sanji-Trust"
CLOCK_OFF = 425
"""The request's time is outside the window: the answer tells the parent's time."""

Body = TypeVar("Body")


class Reply(msgspec.Struct, frozen=True):
    """A signed answer, and the key changes without which the asker could not check its signature."""

    answer: Signed
    changes: list[KeyChange]


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer's body and the signed document it came in."""

    body: bytes
    signed: Signed

    def read(self, form: type[Body]) -> Body:
        """The body as `form`; Untrusted if it is something else."""
        try:
            return msgspec.msgpack.decode(self.body, type=form)
        except msgspec.MsgspecError as error:
            raise Untrusted("the answer cannot be read") from error


def ask(node: Node, path: str, body: bytes, *, claim: bool = True) -> Asked:
    """Post a body to the parent and check the answer. Unreachable, Untrusted or Refused otherwise."""
    try:
        return _ask_in_time(node, path, body, claim)
    except Refused as refused:
        if refused.status != 401 or not node.keys.changes:
            raise
    # The parent may have been restored to before our key was changed: it is told again.
    for change in node.keys.changes:
        _ask(node, "/sync/rotate", change, None)
    return _ask_in_time(node, path, body, claim)


def _ask_in_time(node: Node, path: str, body: bytes, claim: bool) -> Asked:
    try:
        return _ask(node, path, body, node.clock() if claim else None)
    except _ClockOff as off:
        return _ask(node, path, body, off.now)


class _ClockOff(Exception):
    def __init__(self, now: datetime) -> None:
        super().__init__("this node's clock is off")
        self.now = now


def _ask(node: Node, path: str, body: bytes, at: datetime | None) -> Asked:
    with node.store.work() as ledger:
        me, parent = node.identity(ledger).node, node.parent(ledger).node
        trusted = [key.public.id for key in ledger.keys(parent) if key.until_batch is None]
    headers = {TRUST_HEADER: ",".join(trusted)}
    if at is not None:
        headers[REQUEST_HEADER] = claim_header(node, me, path, body, at)
    status, raw = way_up(node).call(path, body, headers)
    reply = read_reply(status, raw)
    with node.store.work() as ledger:
        if reply.answer.key not in trusted:
            learn(ledger, reply.changes, node.clock())
        answer = check_answer(reply.answer, path, request_digest(path, body, headers), open_keys(ledger))
    if reply.answer.node != parent or answer.status != status:
        raise Untrusted("the answer is not the parent's")
    if status == CLOCK_OFF and at is not None:
        raise _ClockOff(read_refusal(answer).now)
    if status != 200:
        refusal = read_refusal(answer)
        raise Refused(status, refusal.message, refusal.streams)
    return Asked(answer.body, reply.answer)


def way_up(node: Node) -> Transport:
    """The transport; Refused (409) where no parent's address is set."""
    if node.transport is None:
        raise Refused(409, "no address of a parent is set")
    return node.transport


def claim_header(node: Node, me: UUID, path: str, body: bytes, at: datetime) -> str:
    """A one-time signature over method, path, body digest and time, as a header value."""
    content = msgspec.msgpack.encode(Claim("POST", path, sha256(body).digest(), at, node.rng(16)))
    return base64.b64encode(sign(node.keys.current, me, REQUEST, content).encode()).decode()


def request_digest(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """What binds an answer to one request."""
    return sha256(f"{path}\n{headers.get(REQUEST_HEADER, '')}\n".encode() + body).digest()


def read_reply(status: int, raw: bytes) -> Reply:
    """A reply's frame; Unreachable if something else answered (a proxy, another program)."""
    try:
        return msgspec.msgpack.decode(raw, type=Reply)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"the parent's address answered {status} without a signature") from error


def check_answer(signed: Signed, path: str, request: bytes, find: KeyFinder) -> Answer:
    """The answer, if validly signed and meant for this request; Untrusted otherwise."""
    try:
        answer = msgspec.msgpack.decode(verify(signed, ANSWER, find), type=Answer)
    except msgspec.MsgspecError as error:
        raise Untrusted("the answer cannot be read") from error
    if answer.path != path or answer.request != request:
        raise Untrusted("the answer belongs to another request")
    return answer


def read_refusal(answer: Answer) -> Refusal:
    """Why the parent refused; Untrusted if it does not say."""
    try:
        return msgspec.msgpack.decode(answer.body, type=Refusal)
    except msgspec.MsgspecError as error:
        raise Untrusted("the refusal cannot be read") from error


def learn(ledger: Ledger, changes: Sequence[KeyChange], now: datetime) -> None:
    """Take over key changes of nodes above, each vouched for by a key already trusted."""
    for change in changes:
        notice, new = read_notice(change)
        known = {key.public.id for key in ledger.keys(notice.node)}
        if not known or new.id in known:
            continue
        check_change(change, notice, new, open_keys(ledger))
        ledger.add_key(Key(notice.node, new, notice.from_batch), change, now)


def read_notice(change: KeyChange) -> tuple[KeyNotice, PublicKey]:
    """The notice both signatures are about; Untrusted if it cannot be read."""
    try:
        notice = msgspec.msgpack.decode(change.by_old.content, type=KeyNotice)
    except msgspec.MsgspecError as error:
        raise Untrusted("the key notice cannot be read") from error
    return notice, PublicKey(notice.public, notice.algorithm)


def check_change(change: KeyChange, notice: KeyNotice, new: PublicKey, find: KeyFinder) -> None:
    """Both keys signed the same notice, the old one is `find`-able; Untrusted otherwise."""
    verify(change.by_old, KEY_CHANGE, find)
    verify(change.by_new, KEY_CHANGE, lambda _, key: new if key == new.id else None)
    same = change.by_old.content == change.by_new.content
    if not same or notice.key != new.id or {change.by_old.node, change.by_new.node} != {notice.node}:
        raise Untrusted("the two signatures are not about the same key")
