"""Rulebooks by content: a version is never edited, the next one is added with its date."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped
from shared.kit.units import Unit


class RulebookVersion(CountyBase):
    """A rulebook's exact text under the SHA-256 of its canonical form. Insert-only."""

    __tablename__ = "rulebook"
    __table_args__ = ({"info": scoped(ingest=("SELECT",), app=("SELECT", "INSERT"))},)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    effective_from: Mapped[date]
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
