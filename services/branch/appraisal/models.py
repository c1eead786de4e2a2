"""A year's appraisal: reports, words on members, steps closed, the grading, publicity, what follows."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped

OUR_OWN = ("SELECT", "INSERT")


class AppraisalStep(BranchBase):
    """A step closed, or skipped with its reason. Insert-only; a return by the township begins a `round`."""

    __tablename__ = "appraisal_step"
    __table_args__ = ({"info": scoped(app=OUR_OWN)},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    skipped: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]


class SelfReport(BranchBase):
    """A member's word on the year (述职); by the branch for who cannot write (`proxy`)."""

    __tablename__ = "self_report"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "member_id"], ["member.unit_id", "member.id"]),
        {"info": scoped(person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    proxy: Mapped[bool]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class MemberWord(BranchBase):
    """What the organisation says of a member and why: `kind` check (a finding) or opinion (a grade)."""

    __tablename__ = "member_word"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "member_id"], ["member.unit_id", "member.id"]),
        CheckConstraint("kind IN ('check', 'opinion')", name="kind"),
        {"info": scoped(person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]


class TieDecision(BranchBase):
    """A meeting's word on equals at the cut, best first. Insert-only."""

    __tablename__ = "tie_decision"
    __table_args__ = ({"info": scoped(app=OUR_OWN)},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(index=True)
    year: Mapped[int]
    members: Mapped[list[str]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class GradingRun(BranchBase):
    """One working out of points and grades under pinned inputs (`digest`). Insert-only; the newest counts.

    `undecided` are equals who wait for a meeting: [{members, seats}].
    """

    __tablename__ = "grading_run"
    __table_args__ = (UniqueConstraint("unit_id", "year", "number"), {"info": scoped(app=OUR_OWN)})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    number: Mapped[int]
    round: Mapped[int]
    rulebook: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    graded: Mapped[int]
    seats: Mapped[int]
    undecided: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    decisions: Mapped[list[Any]] = mapped_column(JSONB)
    skip_reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]


class GradeLine(BranchBase):
    """One member in a run: parts of the total (hundredths), grade, rank, reasons; `given` is what went in."""

    __tablename__ = "grade_line"
    __table_args__ = (
        Index("ix_grade_line_member", "unit_id", "member_id", "year"),
        {"info": scoped(ingest=("SELECT",), app=OUR_OWN, person="member_id")},
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    base: Mapped[int]
    months: Mapped[int]
    bonus: Mapped[int]
    deductions: Mapped[int]
    appraisal: Mapped[int]
    total: Mapped[int]
    grade: Mapped[str | None] = mapped_column(String(40))
    rank: Mapped[int | None]
    lines: Mapped[list[list[str]]] = mapped_column(JSONB)
    given: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Publicity(BranchBase):
    """A run before the branch's members until a day; `shown` is the least data: name, total, grade, rank."""

    __tablename__ = "appraisal_publicity"
    __table_args__ = ({"info": scoped(app=OUR_OWN)},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[date]
    shown: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class GradeObjection(BranchBase):
    """A member's objection under publicity, and the branch's answer."""

    __tablename__ = "grade_objection"
    __table_args__ = (
        Index("ix_grade_objection_unit", "unit_id", "year"),
        {"info": scoped(person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    run_id: Mapped[UUID]
    member_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(400), default="")
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    answered_at: Mapped[datetime | None]


class AppraisalFiling(BranchBase):
    """A run sent up to the township. Insert-only."""

    __tablename__ = "appraisal_filing"
    __table_args__ = ({"info": scoped(app=OUR_OWN)},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(index=True)
    year: Mapped[int]
    run_id: Mapped[UUID]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class AppraisalVerdict(BranchBase):
    """What the township decided on a filing, as received: accepted, confirmed or returned. Insert-only."""

    __tablename__ = "appraisal_verdict"
    __table_args__ = (
        Index("ix_appraisal_verdict_filing", "filing_id", "at"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    filing_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Feedback(BranchBase):
    """The organisation's word to a member after the confirmation, and that the member has signed it off."""

    __tablename__ = "appraisal_feedback"
    __table_args__ = ({"info": scoped(person="member_id")},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    signed_by: Mapped[str] = mapped_column(String(64), default="")
    proxy: Mapped[bool] = mapped_column(default=False)
    signed_at: Mapped[datetime | None]


class Rectification(BranchBase):
    """A problem being put right: what was done, and who found that it is (not whoever did it)."""

    __tablename__ = "rectification"
    __table_args__ = ({"info": scoped(person="member_id")},)

    problem_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(index=True)
    year: Mapped[int]
    member_id: Mapped[UUID | None]
    done: Mapped[str] = mapped_column(String(400))
    done_by: Mapped[str] = mapped_column(String(64))
    done_by_id: Mapped[UUID]
    done_at: Mapped[datetime]
    settled_by: Mapped[str] = mapped_column(String(64), default="")
    settled_at: Mapped[datetime | None]


class MemberBase(BranchBase):
    """The base a member begins a year with, hundredths, and how it came about. Insert-only."""

    __tablename__ = "member_base"
    __table_args__ = ({"info": scoped(ingest=("SELECT",), app=OUR_OWN, person="member_id")},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    base: Mapped[int]
    from_total: Mapped[int]
    from_earned: Mapped[int]
    run_id: Mapped[UUID]
    at: Mapped[datetime]


class YearAsk(BranchBase):
    """What the county asked about a year graded here, as received: one row per member named. Insert-only.

    `sort`: elsewhere (the member's year counts at `counts_name`), counts (here after all), again (settle
    anew, for `reason`; `member_id` is then the branch's own id).
    """

    __tablename__ = "year_ask"
    __table_args__ = (
        Index("ix_year_ask_unit", "unit_id", "year", "at"),
        CheckConstraint("sort IN ('elsewhere', 'counts', 'again')", name="sort"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    sort: Mapped[str] = mapped_column(String(12))
    counts_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class YearSettlement(BranchBase):
    """That the branch told the county its year is settled: first, or anew for a `reason`. Insert-only."""

    __tablename__ = "year_settlement"
    __table_args__ = ({"info": scoped(app=OUR_OWN)},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(index=True)
    year: Mapped[int]
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID]
    at: Mapped[datetime]
