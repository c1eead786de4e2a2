"""Verified returns as received from townships."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped


class VerifiedReturn(CountyBase):
    """A return as its township rolled it up; the latest received of a village counts. Insert-only."""

    __tablename__ = "verified_return"
    __table_args__ = (
        Index("ix_verified_return_unit", "contest_id", "unit_id", "received_at"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    return_id: Mapped[UUID]
    contest_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    township_id: Mapped[UUID]
    attempt: Mapped[int]
    filed: Mapped[dict[str, str]] = mapped_column(JSONB)
    verified: Mapped[dict[str, str]] = mapped_column(JSONB)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    vetoes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    filed_by: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime]
    verified_by: Mapped[str] = mapped_column(String(64))
    verified_at: Mapped[datetime]
    approved_by: Mapped[str] = mapped_column(String(64))
    approved_at: Mapped[datetime]
    original: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class SentBack(CountyBase):
    """A rolled-up return the county gave back to its township, with the reason. Insert-only."""

    __tablename__ = "sent_back"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"))},)

    verified_return_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
