"""Deeds this branch has proposed for the county's role-model library, and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped
from shared.kit.units import Unit


class Deed(BranchBase):
    """A deed as proposed. Insert-only: what the county says of it arrives beside it."""

    __tablename__ = "deed"
    __table_args__ = (
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT", "INSERT"), person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    member_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class DeedRefusal(BranchBase):
    """The county does not publish a deed, as received. Insert-only."""

    __tablename__ = "deed_refusal"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT",))},)

    deed_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
