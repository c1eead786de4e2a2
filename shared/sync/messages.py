"""What nodes say to each other besides envelopes. Everything is msgpack; every answer is signed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from shared.sync.batch import Batch
from shared.sync.envelope import Item
from shared.sync.signed import Signed


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A place in a stream: the last number someone holds, its epoch and hash (GENESIS at 0)."""

    stream: str
    epoch: int
    seq: int
    hash: bytes


class Note(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something about one envelope or place of a stream, in words."""

    stream: str
    seq: int
    reason: str


class Receipt(msgspec.Struct, frozen=True):
    """What became of a batch. `heads`: the receiver's heads now; `gaps`: it expects `seq + 1` there."""

    number: int
    digest: bytes
    at: datetime
    heads: list[Mark]
    rejections: list[Note] = []
    gaps: list[Mark] = []
    refused: list[Note] = []
    held: list[str] = []


class HeadsRequest(msgspec.Struct, frozen=True):
    """The child's heads: its own upward streams, and how far it has read downward ones."""

    up: list[Mark]
    down: list[Mark]


class HeadsAnswer(msgspec.Struct, frozen=True):
    """The parent's heads: every upward stream it holds of that child, every downward one it may read."""

    up: list[Mark]
    down: list[Mark]
    refused: list[str]
    last_batch: int


class FeedRequest(msgspec.Struct, frozen=True):
    """How far the child has read; receipts it has not yet delivered; keys of ancestors it knows.

    `life`: the parent's as the child knows it; after a restore only who knows the new one has been heard, for
    a request that was under way tells what was read before.
    """

    cursors: list[Mark]
    receipts: list[Signed]
    known_keys: list[str]
    last_batch: int
    life: str = ""


class FeedAnswer(msgspec.Struct, frozen=True):
    """The next batch, what the parent lost and asks back, streams that forked, and whether more waits.

    `life` is another whenever the parent was restored: what it holds of ours has to be compared anew.
    """

    batch: Batch | None
    wanted: list[Mark]
    forked: list[Note]
    changes: list[KeyChange]
    more: bool
    life: str = ""


class TailRequest(msgspec.Struct, frozen=True):
    """Either asks for what follows `after` (items empty), or gives it back with the evidence."""

    after: Mark
    items: list[Item]
    manifests: list[Signed]


class TailAnswer(msgspec.Struct, frozen=True):
    """Envelopes that follow, the manifests under which their author sent them, and the head."""

    items: list[Item]
    manifests: list[Signed]
    head: Mark


class Held(msgspec.Struct, frozen=True, array_like=True):
    """What the speaker's audit chain holds at a number; an empty hash where it ends before."""

    seq: int
    hash: bytes


class AnchorRequest(msgspec.Struct, frozen=True):
    """The signed end of the child's audit chain, and what it holds where the parent last countersigned it.

    `kept`: what the child itself last countersigned of the parent's chain. All empty: only a question.
    """

    head: Signed | None = None
    held: Held | None = None
    kept: Signed | None = None


class AnchorAnswer(msgspec.Struct, frozen=True):
    """What the parent now keeps of the child's chain, countersigned; it says first what to hold against it.

    A parent with no parent of its own gives its `head` to be kept below, and what it holds at `kept`.
    """

    anchor: Signed | None
    head: Signed | None = None
    held: Held | None = None


class KeyNotice(msgspec.Struct, frozen=True):
    """A node's new public key and the number of the first batch it signs."""

    node: UUID
    key: str
    algorithm: str
    public: bytes
    from_batch: int
    at: datetime


class KeyChange(msgspec.Struct, frozen=True, array_like=True):
    """A key notice signed by the old key, and the same bytes signed by the new one."""

    by_old: Signed
    by_new: Signed


class KeyRow(msgspec.Struct, frozen=True):
    """A key of an ancestor as its child learns it at enrolment."""

    node: UUID
    tier: str
    key: str
    algorithm: str
    public: bytes
    from_batch: int


class UnitRow(msgspec.Struct, frozen=True):
    """A unit of the tree, as the parent keeps it."""

    id: UUID
    code: str
    name: str
    level: str
    kind: str
    parent_id: UUID | None
    path: str
    general_id: UUID | None = None


class EnrolRequest(msgspec.Struct, frozen=True):
    """A child presents its code and its key; signed with that key, which proves it holds it."""

    code: str
    node: UUID
    tier: str
    name: str
    public: bytes
    algorithm: str


class EnrolAnswer(msgspec.Struct, frozen=True):
    """Who the parent is, keys of the parent and its ancestors, and the tree: own roots, above and below."""

    node: UUID
    tier: str
    name: str
    keys: list[KeyRow]
    units: list[UnitRow]
    roots: list[UUID]
    parent_units: list[UUID]


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was refused, and the parent's time (a child whose clock is off signs again with it)."""

    message: str
    streams: list[str]
    now: datetime


class Claim(msgspec.Struct, frozen=True):
    """What a request's signature covers: used once, near the parent's time."""

    method: str
    path: str
    digest: bytes
    at: datetime
    nonce: bytes


class Answer(msgspec.Struct, frozen=True):
    """What an answer's signature covers: it belongs to one request only."""

    path: str
    request: bytes
    status: int
    body: bytes
