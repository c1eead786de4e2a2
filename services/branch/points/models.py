"""Claims (积分申报), what the branch decided on them, and the months closed as statements (积分月报)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped

STATES = ("waiting", "approved", "returned", "withdrawn", "struck")


class Claim(BranchBase):
    """One thing done. `id` is made by whoever enters it, so that sending it twice files it once.

    `asked` and `points` are hundredths before caps. `stated_in` is the statement that carried it upward, and
    `struck_in` the one that took it back: an approved claim is struck, never edited. `handed_in` is the
    transfer that carried it on to another branch, which counts it from then on.
    """

    __tablename__ = "claim"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "member_id"], ["member.unit_id", "member.id"]),
        UniqueConstraint("unit_id", "year", "number"),
        Index("ix_claim_member", "unit_id", "member_id", "year"),
        CheckConstraint("state IN ('waiting', 'approved', 'returned', 'withdrawn', 'struck')", name="state"),
        # Filed, decided, stated: a claim is written three times. No index holds what changes, and its page
        # has room for all three (they grow a little), so that PostgreSQL writes it in place.
        {"info": scoped(person="member_id"), "postgresql_with": {"fillfactor": 30}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    year: Mapped[int]
    number: Mapped[int]
    scheme: Mapped[str] = mapped_column(String(64))
    item: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    times: Mapped[int]
    what: Mapped[str] = mapped_column(String(400))
    witness: Mapped[str] = mapped_column(String(64), default="")
    asked: Mapped[int]
    points: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16))
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    proxy: Mapped[bool] = mapped_column(default=False)
    filed_by: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[str] = mapped_column(String(400), default="")
    stated_in: Mapped[UUID | None]
    struck_in: Mapped[UUID | None]
    handed_in: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)


class CarriedStrike(BranchBase):
    """A claim that a transfer carried here, struck here by two persons: one asks with a reason, one decides.

    `branch_id` and `number` name the claim as the branch of its approval did; `struck_in` is the statement
    that took it back. Item, day and points (hundredths before caps) are those of the record.
    """

    __tablename__ = "carried_strike"
    __table_args__ = (
        Index("ix_carried_strike_member", "unit_id", "member_id", "year"),
        CheckConstraint("state IN ('asked', 'confirmed', 'declined')", name="state"),
        {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), person="member_id")},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    branch_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    scheme: Mapped[str] = mapped_column(String(64))
    item: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None]
    struck_in: Mapped[UUID | None]


class ClaimCount(BranchBase):
    """The last number a branch has given to a claim of the year."""

    __tablename__ = "claim_count"
    __table_args__ = ({"info": scoped()},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Statement(BranchBase):
    """A closed month of one branch. Insert-only: what was wrong is put right by a later posting.

    `part` 1 closes the month; where the township sends it back, a further part carries the differences.
    """

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", "month", "part"),
        {"info": scoped(app=("SELECT", "INSERT"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    month: Mapped[int]
    part: Mapped[int]
    note: Mapped[str] = mapped_column(String(400), default="")
    total: Mapped[int]
    members: Mapped[int]
    figures: Mapped[dict[str, int]] = mapped_column(JSONB)
    closed_by: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime]


class StatementLine(BranchBase):
    """One member's line: `posted` is a list of [month done, category, hundredths, kind]. Insert-only."""

    __tablename__ = "statement_line"
    __table_args__ = (
        Index("ix_statement_line_member", "unit_id", "member_id", "year"),
        {"info": scoped(app=("SELECT", "INSERT"), person="member_id")},
    )

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    month: Mapped[int]
    scheme: Mapped[str] = mapped_column(String(64))
    exempt: Mapped[bool]
    total: Mapped[int]
    attendance: Mapped[int]
    posted: Mapped[list[list[Any]]] = mapped_column(JSONB)


class StatementVerdict(BranchBase):
    """What the township decided on a statement, as received. Insert-only."""

    __tablename__ = "statement_verdict"
    __table_args__ = (
        Index("ix_statement_verdict_statement", "statement_id", "at"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
