"""Commitments (承诺) of members and of the branch itself, what was done on them, problems to be solved."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped
from shared.kit.units import Unit

STATES = ("proposed", "returned", "published", "judged")
SPANS = ("year", "quarter", "month")


class Commitment(BranchBase):
    """One line of a task sheet. `member_id` is None where the branch itself commits.

    `target` is in whole `measure`s, None where it is not counted. `findings` are the codes of what the checks
    pointed out when it was proposed; `fit` holds the branch's tests. `share` in hundredths of percent.
    `came_from` is the branch that handed it on with its member, `handed_in` the transfer that took it on.
    """

    __tablename__ = "commitment"
    __table_args__ = (
        Index("ix_commitment_member", "unit_id", "member_id", "year"),
        Index("ix_commitment_state", "unit_id", "year", "state"),
        CheckConstraint("state IN ('proposed', 'returned', 'published', 'judged')", name="state"),
        CheckConstraint("origin IN ('own', 'people', 'unit_plan', 'organisation')", name="origin"),
        CheckConstraint("span IN ('year', 'quarter', 'month')", name="span"),
        {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    member_id: Mapped[UUID | None]
    year: Mapped[int]
    span: Mapped[str] = mapped_column(String(8))
    origin: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(400))
    for_whom: Mapped[str] = mapped_column(String(120))
    target: Mapped[int | None]
    measure: Mapped[str] = mapped_column(String(16))
    due: Mapped[date | None]
    findings: Mapped[list[str]] = mapped_column(JSONB, default=list)
    hollow: Mapped[bool]
    fit: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    verdict: Mapped[str] = mapped_column(String(8), default="")
    share: Mapped[int | None]
    late_days: Mapped[int | None]
    problem_id: Mapped[UUID | None]
    came_from: Mapped[str] = mapped_column(String(120), default="", server_default="")
    handed_in: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)


class Progress(BranchBase):
    """Something done on a commitment; `claim_id` is the claim the same entry filed. Insert-only."""

    __tablename__ = "progress"
    __table_args__ = (
        Index("ix_progress_commitment", "commitment_id", "day"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT", "INSERT"), person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    commitment_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    day: Mapped[date]
    achieved: Mapped[int]
    what: Mapped[str] = mapped_column(String(400))
    witness: Mapped[str] = mapped_column(String(64))
    claim_id: Mapped[UUID | None]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Problem(BranchBase):
    """A problem found in a year's appraisal; it becomes next year's draft unless the branch lets it drop."""

    __tablename__ = "problem"
    __table_args__ = (
        Index("ix_problem_member", "unit_id", "member_id", "year"),
        CheckConstraint("found_by IN ('self', 'organisation', 'people')", name="found_by"),
        {"info": scoped(ingest=("SELECT", "INSERT"), person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    member_id: Mapped[UUID | None]
    year: Mapped[int]
    text: Mapped[str] = mapped_column(String(400))
    found_by: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    drop_reason: Mapped[str] = mapped_column(String(400), default="")
    drop_asked_by: Mapped[str] = mapped_column(String(64), default="")
    drop_accepted_by: Mapped[str] = mapped_column(String(64), default="")
