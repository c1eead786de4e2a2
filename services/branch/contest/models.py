"""Objections a branch raises to a published result, and the county's answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped
from shared.kit.units import Unit


class Objection(BranchBase):
    """An objection while the result is under publicity."""

    __tablename__ = "objection"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"))},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), index=True)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ObjectionAnswer(BranchBase):
    """The county's answer, as received; insert-only."""

    __tablename__ = "objection_answer"
    __table_args__ = ({"info": scoped(ingest=("INSERT",), app=("SELECT",))},)

    objection_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(index=True)
    upheld: Mapped[bool]
    answer: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
