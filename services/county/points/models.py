"""The county's ledger of points: every approved statement, and a line per member and month."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.scope import scoped


class ApprovedStatement(CountyBase):
    """A branch's month as its township approved it; `original` are the branch's exact bytes. Insert-only."""

    __tablename__ = "approved_statement"
    __table_args__ = (
        Index("ix_approved_statement_unit", "unit_id", "year", "month", "part"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    township_id: Mapped[UUID]
    year: Mapped[int]
    month: Mapped[int]
    part: Mapped[int]
    total: Mapped[int]
    members: Mapped[int]
    attendance: Mapped[int]
    figures: Mapped[dict[str, int]] = mapped_column(JSONB)
    categories: Mapped[dict[str, int]] = mapped_column(JSONB)
    accepted_by: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[str] = mapped_column(String(64))
    approved_at: Mapped[datetime]
    original: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerLine(CountyBase):
    """What one statement posted for one member, hundredths; `posted` as in the statement. Insert-only."""

    __tablename__ = "ledger_line"
    __table_args__ = (
        Index("ix_ledger_line_member", "member_id", "year"),
        Index("ix_ledger_line_unit", "unit_id", "year", "month"),
        {"info": scoped(ingest=("INSERT",), app=("SELECT",))},
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
