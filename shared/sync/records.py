"""Rows as the protocol sees them, whatever keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.sync.envelope import GENESIS
from shared.sync.keys import PublicKey
from shared.sync.messages import Mark
from shared.sync.streams import Stream

OUT, IN = "out", "in"
OPEN, BEHIND, FORKED, REFUSED = "open", "behind", "forked", "refused"
APPLIED, HELD, QUARANTINED = "applied", "held", "quarantined"
SELF, PARENT, CHILD, ABOVE = "self", "parent", "child", "above"
UNHEARD = datetime(1970, 1, 1, tzinfo=UTC)
"""When a child was seen on a stream about which it has to be asked again."""


@dataclass(slots=True)
class Head:
    """The end of a stream at this node.

    `side`: OUT (sealed here) or IN (received). `acked`: last number the parent is known to hold (OUT, up).
    `applied`: last number applied or quarantined (IN). `state`: OPEN; BEHIND (restored, not sealing until
    the tail is back, see `since` and `wanted`); FORKED or REFUSED (not sent until someone looks).
    """

    stream: str
    side: str
    origin: UUID
    target: UUID | None
    epoch: int = 1
    seq: int = 0
    hash: bytes = GENESIS
    acked: int = 0
    applied: int = 0
    state: str = OPEN
    reason: str | None = None
    since: datetime | None = None
    wanted: int = 0

    @classmethod
    def fresh(cls, stream: Stream, side: str) -> Head:
        """The head of a stream that has no envelope yet."""
        return cls(stream.name, side, stream.origin, stream.target)

    @property
    def mark(self) -> Mark:
        """The head as it is told to a peer."""
        return Mark(self.stream, self.epoch, self.seq, self.hash)


@dataclass(frozen=True, slots=True)
class Draft:
    """A row written by business code and not sealed yet. `id` orders drafts of a stream."""

    id: int
    stream: str
    kind: str
    version: int
    unit: UUID
    payload: bytes
    created_at: datetime


class Received(msgspec.Struct, frozen=True, gc=False):
    """An envelope as an action gets it. `body` is the decoded contract, `payload` its exact bytes."""

    stream: str
    origin: UUID
    epoch: int
    seq: int
    hash: bytes
    kind: str
    version: int
    unit: UUID
    created_at: datetime
    digest: bytes
    payload: bytes
    body: Any


@dataclass(frozen=True, slots=True)
class Peer:
    """A node this one knows. `last_batch`: the highest number it has sent (SELF: we have used)."""

    node: UUID
    tier: str
    name: str
    relation: str
    last_batch: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """A node's public key and the batch numbers it may sign: from_batch ≤ number < until_batch."""

    node: UUID
    public: PublicKey
    from_batch: int = 0
    until_batch: int | None = None

    def signs(self, number: int) -> bool:
        """Whether a batch of this number may carry this key's signature."""
        return self.from_batch <= number and (self.until_batch is None or number < self.until_batch)


@dataclass(frozen=True, slots=True)
class Code:
    """An enrolment code: only its hash is kept."""

    hash: bytes
    units: tuple[UUID, ...]
    expires_at: datetime
    used_by: UUID | None = None
    replaces: bool = False


class InboxRow(msgspec.Struct, frozen=True, gc=False):
    """A received envelope with the state it is stored in."""

    header: bytes
    payload: bytes
    stream: str
    epoch: int
    seq: int
    hash: bytes
    kind: str
    version: int
    unit: UUID
    state: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An envelope that could not be applied: `reason` is told to the sender, `detail` stays here."""

    stream: str
    seq: int
    unit: UUID
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a child had read a stream when it was last heard; UNHEARD since we were restored."""

    node: UUID
    epoch: int
    seq: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """An own envelope that came back: whether its fact was rebuilt, and if not, why."""

    stream: str
    seq: int
    kind: str
    unit: UUID
    done: bool
    reason: str | None
