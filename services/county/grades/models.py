"""Confirmed grades of members, received; insert-only. An appeal adds rows, it changes none."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped


class ConfirmedAppraisal(CountyBase):
    """A branch's year as its township confirmed it; `original` are the branch's exact bytes."""

    __tablename__ = "confirmed_appraisal"
    __table_args__ = (
        Index("ix_confirmed_appraisal_unit", "unit_id", "year"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    township_id: Mapped[UUID]
    year: Mapped[int]
    members: Mapped[int]
    rulebook: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    accepted_by: Mapped[str] = mapped_column(String(64))
    confirmed_by: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[datetime]
    original: Mapped[bytes] = mapped_column(LargeBinary)


class Grade(CountyBase):
    """One member's grade of a year, hundredths."""

    __tablename__ = "grade"
    __table_args__ = (
        Index("ix_grade_member", "member_id", "year"),
        Index("ix_grade_unit", "unit_id", "year"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",))},
    )

    filing_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    base: Mapped[int]
    appraisal: Mapped[int]
    total: Mapped[int]
    grade: Mapped[str | None] = mapped_column(String(40))
    rank: Mapped[int | None]
    exempt: Mapped[bool]


class GradeAside(CountyBase):
    """A branch whose grade of a member and year does not count, because `counts_id` graded the member too.

    Brought up to what has arrived each time that something about the member arrives (`counting.look_again`).
    """

    __tablename__ = "grade_aside"
    __table_args__ = ({"info": scoped(ingest=("SELECT", "INSERT", "UPDATE", "DELETE"), app=("SELECT",))},)

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    counts_id: Mapped[UUID]
    at: Mapped[datetime]
