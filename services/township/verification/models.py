"""Returns as received from branches, and what the township found of them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.township.base import TownshipBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped
from shared.kit.units import Unit

# received → accepted (frozen for the branch) → verified → approved (locked, rolled up); or sent back.
STATES = ("accepted", "verified", "approved", "sent_back")


class ReceivedReturn(TownshipBase):
    """A branch's return, as received; `original` are its exact payload bytes. Insert-only."""

    __tablename__ = "received_return"
    __table_args__ = (
        Index("ix_received_return_unit", "unit_id", "contest_id", "attempt"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contest_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    attempt: Mapped[int]
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text)
    filed_by: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime]
    original: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class ReceivedWithdrawal(TownshipBase):
    """A branch took a return back, as received; void where the township had accepted it. Insert-only."""

    __tablename__ = "received_withdrawal"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT",))},)

    return_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ReturnedByCounty(TownshipBase):
    """The county gave a rolled-up return back, as received. Insert-only."""

    __tablename__ = "returned_by_county"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT",))},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    return_id: Mapped[UUID] = mapped_column(index=True)
    unit_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Verification(TownshipBase):
    """What the township found of one received return; the row appears with the acceptance."""

    __tablename__ = "verification"
    __table_args__ = (
        CheckConstraint("state IN ('accepted', 'verified', 'approved', 'sent_back')", name="state"),
        {"info": scoped()},
    )

    # No foreign key: after a restore the verdicts may come back before the branch has sent the return again.
    return_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), index=True)
    contest_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column()
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    vetoes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    accepted_by: Mapped[str] = mapped_column(String(64), default="")
    accepted_at: Mapped[datetime | None]
    verified_by: Mapped[str] = mapped_column(String(64), default="")
    verified_by_id: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]
    approved_by: Mapped[str] = mapped_column(String(64), default="")
    approved_at: Mapped[datetime | None]
    sent_back_by: Mapped[str] = mapped_column(String(64), default="")
    sent_back_at: Mapped[datetime | None]

    # Two people on one row: the second to save is told, nothing is overwritten.
    __mapper_args__: ClassVar = {"version_id_col": version}


class PriorFigure(TownshipBase):
    """Last year's verified figures, imported for the first contest year; later years read their own."""

    __tablename__ = "prior_figure"
    __table_args__ = ({"info": scoped()},)

    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(String(120))
