"""Who did what, written in the business transaction; sealed and chained by the worker within seconds.

What the chain proves and what not: docs/audit.md. It is checked in `shared/sync/proving.py`.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Select, String, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.kit.db import Base, insert_rows
from shared.kit.scope import open_table, scoped

GENESIS = b"\0" * 32
PRINT = 8
"""Bytes of each seal's hash that the signed run repeats: enough to say which row of it was changed."""
AT_ONCE = 1000
"""Events that are sealed as one run."""
GRACE = timedelta(minutes=15)
"""Whoever wrote while a later event was sealed has ended by then: an event that still comes was put in."""

Hand = Callable[[bytes], bytes]
"""Signs bytes with a key outside the database; gives the signed document, bytes and signature in one."""


class Stone(msgspec.Struct, frozen=True, array_like=True):
    """What is signed at the end of a run of seals: its first and last number, the last one's hash, the time.

    `prints` is the SHA-256 of the run's prints; `watching`: since when the sealer has looked without a pause
    (None: sealed before that was told).
    """

    first: int
    seq: int
    hash: bytes
    at: datetime
    prints: bytes
    watching: datetime | None = None


class AuditEvent(Base):
    """One act. People appear by account id only; the app role may insert and read, never change."""

    __tablename__ = "audit_event"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT", "INSERT"))},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    unit_id: Mapped[UUID] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AuditSeal(Base):
    """The chain over audit events: each hash covers the event and the hash before.

    The last seal of a run carries the run's signed Stone (`proof`), its time and its prints.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (
        Index("ix_audit_seal_at", "at", postgresql_where=text("proof IS NOT NULL")),
        {"info": open_table("hashes only; written by the worker", app=("SELECT", "INSERT"))},
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime | None]
    prints: Mapped[bytes | None] = mapped_column(LargeBinary)
    proof: Mapped[bytes | None] = mapped_column(LargeBinary)


EVENT = (
    *(AuditEvent.id, AuditEvent.at, AuditEvent.account_id, AuditEvent.unit_id, AuditEvent.action),
    *(AuditEvent.subject, AuditEvent.detail),
)
"""What `link` needs of an event."""

_ADD = text(
    "INSERT INTO audit_seal (seq, event_id, hash) SELECT :after + place, event, hash"
    " FROM unnest(CAST(:events AS bigint[]), CAST(:hashes AS bytea[])) WITH ORDINALITY u (event, hash, place)"
)


def record(
    session: Session,
    at: datetime,
    account_id: UUID | None,
    unit_id: UUID,
    action: str,
    subject: str,
    **detail: Any,
) -> None:
    """Write one audit event in the caller's transaction. `detail` is JSON without personal data."""
    record_each(session, at, account_id, action, [(unit_id, subject)], **detail)


def record_each(
    session: Session,
    at: datetime,
    account_id: UUID | None,
    action: str,
    subjects: Sequence[tuple[UUID, str]],
    **detail: Any,
) -> None:
    """The same act on several subjects, each (unit, subject) an event of its own."""
    rows = [
        {
            "at": at,
            "account_id": account_id,
            "unit_id": unit_id,
            "action": action,
            "subject": subject,
            "detail": detail,
        }
        for unit_id, subject in subjects
    ]
    insert_rows(session, AuditEvent, rows)


def seal(session: Session, hand: Hand, now: datetime, watching: datetime, limit: int = AT_ONCE) -> int:
    """Chain events not yet sealed, oldest first, and sign the run; returns how many. One sealer at a time.

    `watching`: since when this sealer has looked without a pause. An event that turns up below what was
    sealed long ago was put in: it gets no seal, and `shared/sync/proving.py` names it. After a pause
    "long ago" counts from the last run: who wrote then may have ended while nobody looked.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))"))
    tail = session.scalars(select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1)).one_or_none()
    seen = now if now >= watching + GRACE else tail.at if tail else None
    closed = floor(session, seen) if seen else 0
    query = unsealed(closed).with_only_columns(*EVENT).order_by(AuditEvent.id)
    events = session.execute(query.limit(limit)).all()
    if not events:
        return 0
    seq, previous = (tail.seq, tail.hash) if tail else (0, GENESIS)
    bare = _bare(session) if tail and tail.proof is None else []
    first, made = seq + 1 - len(bare), []
    for event in events:
        previous = link(previous, event)
        made.append(previous)
    last = seq + len(made)
    prints = b"".join(one[:PRINT] for one in (*bare, *made))
    stone = Stone(first, last, previous, now, hashlib.sha256(prints).digest(), watching)
    numbers = [event.id for event in events]
    session.execute(_ADD, {"after": seq, "events": numbers[:-1], "hashes": made[:-1]})
    proof = hand(msgspec.msgpack.encode(stone))
    end = {
        "seq": last,
        "event_id": numbers[-1],
        "hash": previous,
        "at": now,
        "prints": prints,
        "proof": proof,
    }
    session.execute(insert(AuditSeal), end)
    return len(events)


def _bare(session: Session) -> Sequence[bytes]:
    """Hashes of the last seals, made before seals were signed: the next run's signature is theirs too."""
    signed = select(func.max(AuditSeal.seq)).where(AuditSeal.proof.is_not(None)).scalar_subquery()
    query = select(AuditSeal.hash).where(AuditSeal.seq > func.coalesce(signed, 0))
    return session.scalars(query.order_by(AuditSeal.seq)).all()


def floor(session: Session, now: datetime) -> int:
    """Number of an event sealed so long ago that nobody is still writing one below it; 0 if there is none."""
    old = select(AuditSeal.event_id).where(AuditSeal.proof.is_not(None), AuditSeal.at < now - GRACE)
    return session.scalar(old.order_by(AuditSeal.at.desc()).limit(1)) or 0


def unsealed(above: int = 0) -> Select[AuditEvent]:
    """Events without a seal, of those numbered higher than `above` (0: of all)."""
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id).exists()
    query = select(AuditEvent).where(~sealed)
    return query.where(AuditEvent.id > above) if above else query


def link(previous: bytes, event: Any) -> bytes:
    """The chain's next hash: SHA-256 over the hash before and the event's canonical JSON.

    `event`: an AuditEvent, or a row of the columns EVENT.
    """
    body = [
        event.id,
        event.at.timestamp().hex(),
        str(event.account_id),
        str(event.unit_id),
        event.action,
        event.subject,
        event.detail,
    ]
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + canonical.encode()).digest()
