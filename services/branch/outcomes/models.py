"""Cases of outcomes at the branch, what was said about them, and bases put right by an appeal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped
from shared.outcomes.batch_models import BatchColumns, BatchedColumns
from shared.outcomes.batches import Tables
from shared.outcomes.models import CaseColumns, RunColumns, WordColumns


class OutcomeCase(CaseColumns, BranchBase):
    """See CaseColumns."""


class OutcomeWord(WordColumns, BranchBase):
    """See WordColumns."""


class OutcomeRun(RunColumns, BranchBase):
    """See RunColumns."""


class NoticeBatch(BatchColumns, BranchBase):
    """See BatchColumns."""


class BatchedNotice(BatchedColumns, BranchBase):
    """See BatchedColumns."""


BATCHES = Tables(NoticeBatch, BatchedNotice)


class BaseCorrection(BranchBase):
    """A counter-entry to a member's base of `year` (hundredths) after an upheld appeal. Insert-only.

    One appeal may bring several; `case_id` is nobody's appeal where the branch settled its year anew.
    """

    __tablename__ = "base_correction"
    __table_args__ = (
        Index("ix_base_correction_member", "member_id", "year"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT", "INSERT"), person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    case_id: Mapped[UUID]
    member_id: Mapped[UUID]
    year: Mapped[int]
    unit_id: Mapped[UUID]
    points: Mapped[int]
    at: Mapped[datetime]
