"""Deeds proposed by branches, and what the county decided on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped


class ProposedDeed(CountyBase):
    """A deed as it came up. Insert-only."""

    __tablename__ = "proposed_deed"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT",))},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    township_id: Mapped[UUID]
    member_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class DeedDecision(CountyBase):
    """Published, declined, or published and withdrawn again, each by a named person with a reason."""

    __tablename__ = "deed_decision"
    __table_args__ = (
        CheckConstraint("state IN ('published', 'declined', 'withdrawn')", name="state"),
        {"info": scoped()},
    )

    deed_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
