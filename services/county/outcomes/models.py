"""Cases of outcomes at the county, what was said about them, and what the county marks about members."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped
from shared.outcomes.batch_models import BatchColumns, BatchedColumns
from shared.outcomes.batches import Tables
from shared.outcomes.models import CaseColumns, RunColumns, WordColumns

MARKS = ("candidate", "discipline_breach", "law_breach")


class OutcomeCase(CaseColumns, CountyBase):
    """See CaseColumns."""


class OutcomeWord(WordColumns, CountyBase):
    """See WordColumns."""


class OutcomeRun(RunColumns, CountyBase):
    """See RunColumns."""


class NoticeBatch(BatchColumns, CountyBase):
    """See BatchColumns."""


class BatchedNotice(BatchedColumns, CountyBase):
    """See BatchedColumns."""


BATCHES = Tables(NoticeBatch, BatchedNotice)


class MemberMark(CountyBase):
    """What the rules ask and no roster says: a candidate, a breach on record. Ended, never deleted."""

    __tablename__ = "member_mark"
    __table_args__ = (
        Index("ix_member_mark_member", "member_id"),
        CheckConstraint(f"mark IN {MARKS}", name="mark"),
        {"info": scoped()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    mark: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    ended_by: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[datetime | None]
