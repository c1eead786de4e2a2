"""Leave to file late, as the county gave it and took it back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped


class FilingLeave(CountyBase):
    """One village may file after the deadline until a moment; taken back at most once."""

    __tablename__ = "filing_leave"
    __table_args__ = (
        Index("ix_filing_leave_unit", "contest_id", "unit_id"),
        {"info": scoped(app=("SELECT", "INSERT", "UPDATE"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id"))
    unit_id: Mapped[UUID]
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(64), default="")
    revoke_reason: Mapped[str] = mapped_column(Text, default="")
