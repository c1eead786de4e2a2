"""Tables of the streams, the same in every tier."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Identity, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.kit.db import Base
from shared.kit.scope import open_table, scoped

PROTOCOL = "protocol state without personal data, worked by jobs and peers for all units at once"
KEEP = ("SELECT", "INSERT", "UPDATE")
ADD = ("SELECT", "INSERT")


def _open(**grants: tuple[str, ...]) -> dict[str, Any]:
    return {"info": open_table(PROTOCOL, **grants)}


class StreamHead(Base):
    """The end of a stream: sealed here (side 'out') or received (side 'in')."""

    __tablename__ = "stream_head"
    __table_args__ = (_open(app=KEEP, ingest=KEEP),)

    stream: Mapped[str] = mapped_column(String(96), primary_key=True)
    side: Mapped[str] = mapped_column(String(3))
    origin_unit: Mapped[UUID] = mapped_column(index=True)
    target_unit: Mapped[UUID | None]
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    acked_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    applied_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    state: Mapped[str] = mapped_column(String(12), server_default="open")
    held_reason: Mapped[str | None] = mapped_column(String(300))
    since: Mapped[datetime | None]
    wanted_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Outbox(Base):
    """What business code wants sent: a draft until sealed under the locked head, then never changed."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_place", "stream", "seq", unique=True, postgresql_where=text("seq IS NOT NULL")),
        Index("ix_outbox_drafts", "stream", "id", postgresql_where=text("seq IS NULL")),
        {"info": scoped(app=KEEP, ingest=("INSERT",))},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    stream: Mapped[str] = mapped_column(String(96))
    epoch: Mapped[int | None]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[bytes | None]
    kind: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    unit_id: Mapped[UUID]
    header: Mapped[bytes | None]
    payload: Mapped[bytes]
    created_at: Mapped[datetime]
    rejected: Mapped[str | None] = mapped_column(String(300))


class Inbox(Base):
    """Every envelope received, byte for byte; `state` is applied, held or quarantined."""

    __tablename__ = "inbox"
    __table_args__ = ({"info": scoped(app=KEEP, ingest=KEEP)},)

    stream: Mapped[str] = mapped_column(String(96), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    epoch: Mapped[int]
    hash: Mapped[bytes]
    kind: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    unit_id: Mapped[UUID]
    header: Mapped[bytes]
    payload: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(12))
    manifest_id: Mapped[UUID]
    received_at: Mapped[datetime]


class Quarantine(Base):
    """Why a received envelope could not be applied; the stream went on without it."""

    __tablename__ = "quarantine"
    __table_args__ = ({"info": scoped(app=KEEP, ingest=KEEP)},)

    stream: Mapped[str] = mapped_column(String(96), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(300))
    detail: Mapped[str]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Recovered(Base):
    """An own envelope that came back from a peer after a restore, and whether its fact was rebuilt."""

    __tablename__ = "recovered"
    __table_args__ = ({"info": scoped(app=KEEP)},)

    stream: Mapped[str] = mapped_column(String(96), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[UUID]
    rebuilt: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime]


class Manifest(Base):
    """Evidence: the signed manifest under which envelopes arrived."""

    __tablename__ = "manifest"
    __table_args__ = (_open(app=ADD, ingest=ADD),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    node_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class ReceiptKept(Base):
    """A signed receipt: received from a peer (side 'in'), or given and not yet delivered (side 'out')."""

    __tablename__ = "receipt"
    __table_args__ = (_open(app=(*KEEP, "DELETE"), ingest=ADD),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    node_id: Mapped[UUID]
    side: Mapped[str] = mapped_column(String(3))
    document: Mapped[bytes]
    at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class PeerNode(Base):
    """This node itself, its parent, its children, and the nodes above the parent.

    `read_at`: when a child last said how far it has read. `cluster` and `restored_at` are this node's own:
    the database it last ran on, and since when it asks its children what a restore took from it.
    """

    __tablename__ = "peer"
    __table_args__ = (_open(app=KEEP, ingest=KEEP),)

    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    relation: Mapped[str] = mapped_column(String(12), index=True)
    last_batch: Mapped[int] = mapped_column(BigInteger, server_default="0")
    registered_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    cluster: Mapped[str | None] = mapped_column(String(64))
    restored_at: Mapped[datetime | None]


class PeerKey(Base):
    """A node's public key and the batch numbers it may sign. Own keys live in the key file."""

    __tablename__ = "peer_key"
    __table_args__ = (_open(app=KEEP, ingest=("SELECT",)),)

    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    public_key: Mapped[bytes]
    from_batch: Mapped[int] = mapped_column(BigInteger)
    until_batch: Mapped[int | None] = mapped_column(BigInteger)
    change: Mapped[bytes | None]
    learned_at: Mapped[datetime]


class PeerUnit(Base):
    """Which node speaks for a unit. One at a time: a fact has a single writer."""

    __tablename__ = "peer_unit"
    __table_args__ = (_open(ingest=("SELECT",)),)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    node_id: Mapped[UUID] = mapped_column(index=True)


class Cursor(Base):
    """How far a child has read a downward stream, as it last said."""

    __tablename__ = "stream_cursor"
    __table_args__ = (_open(app=KEEP),)

    stream: Mapped[str] = mapped_column(String(96), primary_key=True)
    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[datetime]


class Enrolment(Base):
    """A code with which one child may register, once."""

    __tablename__ = "enrolment"
    __table_args__ = (_open(app=KEEP),)

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    unit_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    expires_at: Mapped[datetime]
    replaces: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[UUID | None]


class Nonce(Base):
    """A request signature already used; kept as long as its time window."""

    __tablename__ = "nonce"
    __table_args__ = (_open(app=("SELECT", "INSERT", "DELETE")),)

    nonce: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class AuditAnchor(Base):
    """A head of an audit chain as a node countersigned it: of our own chain, or of one we keep.

    `document` is the countersigned statement (`shared/sync/anchors.py`); the columns repeat it for looking.
    """

    __tablename__ = "audit_anchor"
    __table_args__ = (_open(app=ADD),)

    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    by_node: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    document: Mapped[bytes]


class AuditBreak(Base):
    """An audit chain that no longer holds a head which `by_node` has countersigned.

    `seq` is the anchored number, `found` what the chain holds there now (null: nothing), `head` its signed
    end at number `ends` (0: none). It stays open until `by_node` accepts the chain in a new epoch.
    """

    __tablename__ = "audit_break"
    __table_args__ = (_open(app=ADD),)

    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    by_node: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ends: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]
    found: Mapped[bytes | None]
    head: Mapped[bytes | None]
    at: Mapped[datetime]
