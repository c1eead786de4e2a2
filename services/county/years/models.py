"""A year of points (积分年度): which rulebooks it runs under."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func
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
        {"info": scoped(ingest=("SELECT",))},
    )

    year: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    state: Mapped[str] = mapped_column(String(16))
    rulebooks: Mapped[dict[str, str]] = mapped_column(JSONB)
    ranked: Mapped[bool]
    synthetic_note: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]


class SettledYear(CountyBase):
    """A branch with nothing of a year left to decide, as it told last; earlier words are in the inbox."""

    __tablename__ = "settled_year"
    __table_args__ = ({"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), app=("SELECT",))},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    filing_id: Mapped[UUID]
    members: Mapped[int]
    open_problems: Mapped[int]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class CarriedBase(CountyBase):
    """The base a member begins `year` with, hundredths: of what branches told, the one that counts."""

    __tablename__ = "carried_base"
    __table_args__ = (
        Index("ix_carried_base_unit", "unit_id", "year"),
        {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE", "DELETE"), app=("SELECT",))},
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    base: Mapped[int]
    from_total: Mapped[int]
    from_earned: Mapped[int]


class ToldBase(CountyBase):
    """A base as a branch told it with the year it settled at `settled_at`. Insert-only; see CarriedBase."""

    __tablename__ = "told_base"
    __table_args__ = (
        Index("ix_told_base_member", "member_id", "year"),
        {"info": scoped(ingest=("SELECT", "INSERT"), app=("SELECT",))},
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    settled_at: Mapped[datetime] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    base: Mapped[int]
    from_total: Mapped[int]
    from_earned: Mapped[int]


class BaseCorrection(CountyBase):
    """A counter-entry to a carried base, hundredths, that an upheld appeal brought. Insert-only.

    One appeal may bring several: when what was carried is told anew, or another year is put right.
    """

    __tablename__ = "base_correction"
    __table_args__ = (
        Index("ix_base_correction_member", "member_id", "year"),
        {"info": scoped(app=("SELECT", "INSERT"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    case_id: Mapped[UUID]
    member_id: Mapped[UUID]
    year: Mapped[int]
    unit_id: Mapped[UUID]
    points: Mapped[int]
    at: Mapped[datetime]


class YearClosing(CountyBase):
    """Closing a year, branch by branch: begun by somebody, gone on with by the worker, ended when all are.

    `fault` is why the worker could not go on when it tried last; '' where it could.
    """

    __tablename__ = "year_closing"
    __table_args__ = ({"info": scoped(ingest=("SELECT",))},)

    year: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    begun_by: Mapped[str] = mapped_column(String(64))
    begun_by_id: Mapped[UUID]
    begun_at: Mapped[datetime]
    branches: Mapped[int]
    ended_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(String(200), server_default="")


class ClosedBranch(CountyBase):
    """One branch of a year being closed: its grades graded again, its bases worked out again. Insert-only.

    `fault` says what did not come out the same; '' where all did.
    """

    __tablename__ = "closed_branch"
    __table_args__ = ({"info": scoped(ingest=("SELECT", "DELETE"), app=("SELECT", "INSERT", "DELETE"))},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    members: Mapped[int]
    fault: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class SettlementAsk(CountyBase):
    """The county asked a branch to settle a year anew, and why. Insert-only."""

    __tablename__ = "settlement_ask"
    __table_args__ = (
        Index("ix_settlement_ask_unit", "year", "unit_id", "at"),
        {"info": scoped(app=("SELECT", "INSERT"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    year: Mapped[int]
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
