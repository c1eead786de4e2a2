"""Branches' months of points as received, and what the township decided on them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.township.base import TownshipBase
from shared.kit.scope import scoped
from shared.kit.units import Unit

# received → accepted (frozen) → approved (rolled up); or sent back, answered by a further part.
STATES = ("accepted", "approved", "sent_back")


class ReceivedStatement(TownshipBase):
    """One part of a month. `differences` are members whose sum counts otherwise here (shown, never changed).

    `original` are the exact payload bytes. Insert-only.
    """

    __tablename__ = "received_statement"
    __table_args__ = (
        Index("ix_received_statement_unit", "unit_id", "year", "month", "part"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    month: Mapped[int]
    part: Mapped[int]
    note: Mapped[str] = mapped_column(String(400))
    total: Mapped[int]
    members: Mapped[int]
    attendance: Mapped[int]
    figures: Mapped[dict[str, int]] = mapped_column(JSONB)
    categories: Mapped[dict[str, int]] = mapped_column(JSONB)
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    closed_by: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    original: Mapped[bytes] = mapped_column(LargeBinary)


class StatementReview(TownshipBase):
    """What the township decided on one part; the row appears with the acceptance."""

    __tablename__ = "statement_review"
    __table_args__ = (
        CheckConstraint("state IN ('accepted', 'approved', 'sent_back')", name="state"),
        # A filing that arrives is held against what was approved.
        {"info": scoped(ingest=("SELECT",))},
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), index=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column()
    reason: Mapped[str] = mapped_column(Text, default="")
    accepted_by: Mapped[str] = mapped_column(String(64), default="")
    accepted_by_id: Mapped[UUID | None]
    accepted_at: Mapped[datetime | None]
    approved_by: Mapped[str] = mapped_column(String(64), default="")
    approved_at: Mapped[datetime | None]
    sent_back_by: Mapped[str] = mapped_column(String(64), default="")
    sent_back_at: Mapped[datetime | None]

    # Two people on one row: the second to save is told, nothing is overwritten.
    __mapper_args__: ClassVar = {"version_id_col": version}


class SpotLook(TownshipBase):
    """Somebody looked at a claim that the spot check had drawn; `number` is the branch's own. Insert-only."""

    __tablename__ = "spot_look"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"))},)

    statement_id: Mapped[UUID] = mapped_column(ForeignKey(ReceivedStatement.__table__.c.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
