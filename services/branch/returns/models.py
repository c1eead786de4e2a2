"""The village return as its branch writes it, and the verdicts that come back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped
from shared.kit.units import Unit

STATES = ("draft", "filed", "withdrawn")


class VillageReturn(BranchBase):
    """One attempt at a contest's return. `values` are decimal texts by indicator, as typed.

    At most one attempt per village is open at a time; a filed one is never edited, the next attempt
    starts from it.
    """

    __tablename__ = "village_return"
    __table_args__ = (
        UniqueConstraint("unit_id", "contest_id", "attempt"),
        Index(
            "uq_village_return_draft",
            "unit_id",
            "contest_id",
            unique=True,
            postgresql_where=text("state = 'draft'"),
        ),
        CheckConstraint("state IN ('draft', 'filed', 'withdrawn')", name="state"),
        {"info": scoped(ingest=("SELECT", "INSERT"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    attempt: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, default="")
    filed_by: Mapped[str] = mapped_column(String(64), default="")
    filed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Verdict(BranchBase):
    """What the township decided on a return, as received; insert-only."""

    __tablename__ = "verdict"
    __table_args__ = (
        Index("ix_verdict_return", "return_id", "at"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    return_id: Mapped[UUID]
    contest_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    verdict: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
