"""Branches' graded years as received, and what the township decided on them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.township.base import TownshipBase
from shared.kit.scope import scoped
from shared.kit.units import Unit


class ReceivedAppraisal(TownshipBase):
    """One filing. `differences` are members graded otherwise here (shown, never changed). Insert-only.

    `otherwise` are figures that are not those held here: [member id, what, filed, held] (contracts.inputs).
    `original` are the exact payload bytes; `fault` says why it could not be graded again, else ''.
    """

    __tablename__ = "received_appraisal"
    __table_args__ = (
        Index("ix_received_appraisal_unit", "unit_id", "year", "filed_at"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    members: Mapped[int]
    grades: Mapped[dict[str, int]] = mapped_column(JSONB)
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    otherwise: Mapped[list[list[Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    fault: Mapped[str] = mapped_column(Text)
    filed_by: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    original: Mapped[bytes] = mapped_column(LargeBinary)


class AppraisalReview(TownshipBase):
    """What the township decided on a filing; the row appears with the first decision."""

    __tablename__ = "appraisal_review"
    __table_args__ = (
        CheckConstraint("state IN ('accepted', 'confirmed', 'returned')", name="state"),
        {"info": scoped()},
    )

    filing_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), index=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column()
    reason: Mapped[str] = mapped_column(Text, default="")
    accepted_by: Mapped[str] = mapped_column(String(64), default="")
    accepted_by_id: Mapped[UUID | None]
    accepted_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None]

    # Two people on one row: the second to save is told, nothing is overwritten.
    __mapper_args__: ClassVar = {"version_id_col": version}
