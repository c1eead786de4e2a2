"""Who did what, written in the business transaction; sealed and chained by the worker within seconds."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, Identity, LargeBinary, String, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.kit.db import Base, insert_rows
from shared.kit.scope import open_table, scoped

GENESIS = b"\0" * 32


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
    """The chain over audit events: each hash covers the event and the hash before."""

    __tablename__ = "audit_seal"
    __table_args__ = ({"info": open_table("hashes only; written by the worker", app=("SELECT", "INSERT"))},)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


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


def seal(session: Session, limit: int = 1000) -> int:
    """Chain the events not yet sealed, oldest first; returns how many. One sealer at a time."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))"))
    tail = session.scalars(select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1)).one_or_none()
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id).exists()
    events = session.scalars(select(AuditEvent).where(~sealed).order_by(AuditEvent.id).limit(limit)).all()
    seq, previous = (tail.seq, tail.hash) if tail else (0, GENESIS)
    for event in events:
        seq, previous = seq + 1, link(previous, event)
        session.add(AuditSeal(seq=seq, event_id=event.id, hash=previous))
    return len(events)


def verify(session: Session) -> str | None:
    """Recompute the chain from the first row; None when whole, else the first bad row in words."""
    previous, expected = GENESIS, 1
    query = (
        select(AuditSeal, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .order_by(AuditSeal.seq)
    )
    for row in session.execute(query):
        stone = row[0]
        event = cast("AuditEvent | None", row[1])
        if stone.seq != expected:
            return f"seal {expected} is missing"
        if event is None:
            return f"event {stone.event_id} (seal {stone.seq}) is missing"
        previous = link(previous, event)
        if previous != stone.hash:
            return f"event {event.id} (seal {stone.seq}) does not match its seal"
        expected += 1
    return None


def link(previous: bytes, event: AuditEvent) -> bytes:
    """The chain's next hash: SHA-256 over the hash before and the event's canonical JSON."""
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
