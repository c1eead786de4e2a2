"""A year of points (积分年度): which rulebooks it runs under."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped
from shared.kit.units import Unit


class MemberYear(CountyBase):
    """`rulebooks` by kind ('points/rural' …) → hash; fixed when the year opens."""

    __tablename__ = "member_year"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        {"info": scoped()},
    )

    year: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    state: Mapped[str] = mapped_column(String(16))
    rulebooks: Mapped[dict[str, str]] = mapped_column(JSONB)
    ranked: Mapped[bool]
    synthetic_note: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
