"""Transfers of members (组织关系转接) as this branch knows them: what was said and what was heard."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped


class TransferWord(BranchBase):
    """One word about a transfer, own or received; states are read from the words. Insert-only.

    `out`: whether this branch is the one the member leaves. One word of each kind: a repeat changes nothing.
    `body` are the exact bytes of the contract of that kind.
    """

    __tablename__ = "transfer_word"
    __table_args__ = (
        Index("ix_transfer_word_member", "unit_id", "member_id"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT", "INSERT"), person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[UUID]
    out: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class BroughtGrade(BranchBase):
    """A grade that another branch gave to somebody who moved here, as it followed: the newest counts.

    Hundredths; `lines` [Chinese, English, clause] say how it came about, `signed_at` when he was told.
    """

    __tablename__ = "brought_grade"
    __table_args__ = (
        {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), app=("SELECT",), person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    branch_code: Mapped[str] = mapped_column(String(32))
    branch_name: Mapped[str] = mapped_column(String(120))
    base: Mapped[int]
    months: Mapped[int]
    bonus: Mapped[int]
    deductions: Mapped[int]
    appraisal: Mapped[int]
    total: Mapped[int]
    grade: Mapped[str | None] = mapped_column(String(40))
    lines: Mapped[list[list[str]]] = mapped_column(JSONB)
    signed_by: Mapped[str] = mapped_column(String(64))
    proxy: Mapped[bool]
    signed_at: Mapped[datetime]
    at: Mapped[datetime]


class BroughtCase(BranchBase):
    """A case of somebody who moved here, as it stands at the branch that settles it; the newest counts.

    Columns are named as those of a case; `words` are CarriedWords, `name` and `clause` the rulebook's.
    """

    __tablename__ = "brought_case"
    __table_args__ = (
        Index("ix_brought_case_member", "member_id", "year"),
        {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), app=("SELECT",), person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    year: Mapped[int]
    sort: Mapped[str] = mapped_column(String(12))
    tier: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40))
    against: Mapped[UUID | None]
    rulebook: Mapped[str] = mapped_column(String(64))
    reasons: Mapped[list[list[str]]] = mapped_column(JSONB)
    text: Mapped[str] = mapped_column(Text)
    codes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    branch_code: Mapped[str] = mapped_column(String(32))
    branch_name: Mapped[str] = mapped_column(String(120))
    name: Mapped[list[str]] = mapped_column(JSONB)
    clause: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    until: Mapped[date | None]
    appeal_by: Mapped[date | None]
    words: Mapped[list[list[Any]]] = mapped_column(JSONB)
    at: Mapped[datetime]


class ToldOn(BranchBase):
    """A transfer out of here along which the member's cases were told; not `whole`: some could not be yet."""

    __tablename__ = "told_on"
    __table_args__ = (
        {
            "info": scoped(
                ingest=("SELECT", "INSERT", "UPDATE"), app=("SELECT", "INSERT", "UPDATE"), person="member_id"
            )
        },
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    whole: Mapped[bool]
    at: Mapped[datetime]


class ToldCorrection(BranchBase):
    """What an appeal that is not this branch's left of a member's year, as it was told. Insert-only."""

    __tablename__ = "told_correction"
    __table_args__ = (
        Index("ix_told_correction_member", "unit_id", "member_id"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",), person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    year: Mapped[int]
    grade: Mapped[str] = mapped_column(String(40))
    points: Mapped[int]
    at: Mapped[datetime]
