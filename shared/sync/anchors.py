"""Heads of audit chains as nodes sign them and others countersign them: documents that prove themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from shared.kit.audit import Hand, Stone
from shared.sync.keys import KeyRing
from shared.sync.refusal import Untrusted
from shared.sync.signed import KeyFinder, Signed, read, sign, verify

SEAL, ANCHOR = "audit seal", "audit anchor"
Form = TypeVar("Form")


class Statement(msgspec.Struct, frozen=True, array_like=True):
    """What a node countersigns: the other's signed end of its chain, nested intact, and when it saw it.

    `epoch` is raised where the node accepts a chain that no longer holds what it kept, with the `reason`.
    """

    head: Signed
    at: datetime
    epoch: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A countersigned head: `node`'s chain ended with `hash` at `seq` when `by` saw it.

    `sealed`: when `node` had sealed it, by its own clock; None where only the stored row was read.
    """

    node: UUID
    by: UUID
    epoch: int
    seq: int
    hash: bytes
    at: datetime
    reason: str
    document: Signed
    sealed: datetime | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Later ones are greater."""
        return self.epoch, self.seq


@dataclass(frozen=True, slots=True)
class Break:
    """`node`'s chain does not hold the head that `by` keeps: at `seq` it holds `found`, or nothing (None).

    `head` is the signed end of the chain as it was then; None if it had none.
    """

    node: UUID
    by: UUID
    epoch: int
    seq: int
    hash: bytes
    found: bytes | None
    head: Signed | None
    ends: int
    at: datetime


def hand_of(keys: KeyRing, me: UUID) -> Hand:
    """The hand that signs this node's runs of seals; the key is read at each use."""
    return lambda content: sign(keys.current, me, SEAL, content).encode()


def read_stone(head: Signed, find: KeyFinder) -> Stone:
    """The signed end of a run; Untrusted unless its node signed it."""
    return _decode(verify(head, SEAL, find), Stone)


def countersign(
    keys: KeyRing, me: UUID, head: Signed, stone: Stone, at: datetime, epoch: int = 1, reason: str = ""
) -> Anchor:
    """This node's word that it has seen another's head, which it has checked."""
    content = msgspec.msgpack.encode(Statement(head, at, epoch, reason))
    document = sign(keys.current, me, ANCHOR, content)
    return Anchor(head.node, me, epoch, stone.seq, stone.hash, at, reason, document, stone.at)


def read_anchor(document: Signed, find: KeyFinder) -> Anchor:
    """A countersigned head; Untrusted unless both signatures, the head's and the keeper's, are good."""
    said = _decode(verify(document, ANCHOR, find), Statement)
    stone = read_stone(said.head, find)
    place = (said.head.node, document.node, said.epoch, stone.seq, stone.hash)
    return Anchor(*place, said.at, said.reason, document, stone.at)


def read_bytes(raw: bytes, find: KeyFinder) -> Anchor:
    """As `read_anchor`, of the bytes it is stored as."""
    return read_anchor(read(raw), find)


def _decode(content: bytes, form: type[Form]) -> Form:
    try:
        return msgspec.msgpack.decode(content, type=form)
    except msgspec.MsgspecError as error:
        raise Untrusted("a signed head cannot be read") from error
