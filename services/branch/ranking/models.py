"""Ranking inside a branch (M9): what was put up for publicity, and the objections to it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped

PERIODS = ("q1", "q2", "q3", "q4", "year")


class Ranking(BranchBase):
    """One publicity (公示) of a quarter or a year: objections until the day `until`, then it may close."""

    __tablename__ = "ranking"
    __table_args__ = (
        Index("ix_ranking_unit", "unit_id", "year", "period"),
        CheckConstraint("period IN ('q1', 'q2', 'q3', 'q4', 'year')", name="period"),
        {"info": scoped()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    period: Mapped[str] = mapped_column(String(8))
    ranked: Mapped[int]
    until: Mapped[date]
    certain: Mapped[bool] = mapped_column(Boolean)
    started_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(64), default="")
    closed_at: Mapped[datetime | None]


class RankingLine(BranchBase):
    """One member's place (none: exempt), read by the branch and by that member alone. Insert-only."""

    __tablename__ = "ranking_line"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"), person="member_id")},)

    ranking_id: Mapped[UUID] = mapped_column(ForeignKey(Ranking.__table__.c.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(20))
    total: Mapped[int]
    place: Mapped[int | None]


class RankingShown(BranchBase):
    """A line of the upper half, which every member of the branch may read. Insert-only."""

    __tablename__ = "ranking_shown"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"))},)

    ranking_id: Mapped[UUID] = mapped_column(ForeignKey(Ranking.__table__.c.id), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(64))
    total: Mapped[int]
    place: Mapped[int]


class RankingObjection(BranchBase):
    """A member's objection, and the branch's answer; `member_id` keeps it to the branch and who raised it."""

    __tablename__ = "ranking_objection"
    __table_args__ = ({"info": scoped(person="member_id")},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ranking_id: Mapped[UUID] = mapped_column(ForeignKey(Ranking.__table__.c.id), index=True)
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    raised_by: Mapped[str] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    answered_at: Mapped[datetime | None]
