"""Objections on their way up, and the county's answers on their way down."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.township.base import TownshipBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped


class Objection(TownshipBase):
    """An objection on its way up: a branch's, as received, or the township's own."""

    __tablename__ = "objection"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT", "INSERT"))},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(index=True)
    raised_at_tier: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ObjectionAnswer(TownshipBase):
    """The county's answer, as received. Insert-only; the application inserts what a restore had lost."""

    __tablename__ = "objection_answer"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT", "INSERT"))},)

    objection_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(index=True)
    upheld: Mapped[bool]
    answer: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
