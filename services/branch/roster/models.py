"""Members of a branch (党员): what their work is measured by, and no more; codes and files on their way."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped
from shared.kit.units import Unit

STATUSES = ("full", "probationary")
ROLES = ("leading", "in_post", "reserve")
# Why a membership ended here; `moved` is written by a transfer alone.
MOVED = "moved"
REASONS = ("died", "left", "mistake")


class Member(BranchBase):
    """A member at one branch. `id` goes with the person through transfers; `until` ends the membership here.

    `exempt` says that hard requirements do not apply; why is nobody's business and not kept.
    """

    __tablename__ = "member"
    __table_args__ = (
        Index("ix_member_id", "id"),
        Index("uq_member_number", "unit_id", "number", unique=True),
        CheckConstraint("status IN ('full', 'probationary')", name="status"),
        # A transfer that is closed makes the member here, as it arrives.
        {"info": scoped(ingest=("SELECT", "INSERT", "UPDATE"), person="id")},
    )

    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    field: Mapped[str] = mapped_column(String(24))
    post: Mapped[str] = mapped_column(String(60), default="")
    # The Party group (党小组) inside the branch; stays here, no tier above needs it.
    party_group: Mapped[str] = mapped_column(String(40), default="", server_default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(16)), default=list)
    exempt: Mapped[bool] = mapped_column(default=False)
    floating: Mapped[bool] = mapped_column(default=False)
    joined_on: Mapped[date | None]
    since: Mapped[date]
    until: Mapped[date | None]
    left_why: Mapped[str] = mapped_column(String(16), default="")
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class LoginCode(BranchBase):
    """A one-time code with which a member sets a password; only its hash is kept, the newest one counts."""

    __tablename__ = "login_code"
    __table_args__ = ({"info": scoped(person="member_id")},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    issued_by: Mapped[str] = mapped_column(String(64))


class RosterUpload(BranchBase):
    """An Excel file between its preview and its confirmation; one per branch, gone afterwards."""

    __tablename__ = "roster_upload"
    __table_args__ = ({"info": scoped()},)

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(120))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[UUID]
    at: Mapped[datetime]


ASK_REASON = 400


class RosterAsk(BranchBase):
    """A change of what counts towards a year, kept until another person confirms it; one open per member.

    `said`: name → [from, to], days in ISO; `version`: the member's as it was seen, 0 of somebody new.
    """

    __tablename__ = "roster_ask"
    __table_args__ = (
        Index(
            "uq_roster_ask_open", "unit_id", "member_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        CheckConstraint("kind IN ('edit', 'leave', 'back', 'enter')", name="kind"),
        CheckConstraint("state IN ('open', 'confirmed', 'declined', 'withdrawn')", name="state"),
        {"info": scoped(person="member_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    member_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    year: Mapped[int]
    version: Mapped[int]
    said: Mapped[dict[str, list[Any]]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(String(ASK_REASON))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[UUID]
    asked_person: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    answer: Mapped[str] = mapped_column(String(ASK_REASON), default="")
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
