"""Members of a branch (党员): what their work is measured by, and no more."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped
from shared.kit.units import Unit

STATUSES = ("full", "probationary")
ROLES = ("leading", "in_post", "reserve")


class Member(BranchBase):
    """A member at one branch. `id` goes with the person through transfers; `until` ends the membership here.

    `exempt` says that hard requirements do not apply; why is nobody's business and not kept.
    """

    __tablename__ = "member"
    __table_args__ = (
        Index("ix_member_id", "id"),
        Index("uq_member_number", "unit_id", "number", unique=True),
        CheckConstraint("status IN ('full', 'probationary')", name="status"),
        {"info": scoped(person="id")},
    )

    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    field: Mapped[str] = mapped_column(String(24))
    post: Mapped[str] = mapped_column(String(60), default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(16)), default=list)
    exempt: Mapped[bool] = mapped_column(default=False)
    floating: Mapped[bool] = mapped_column(default=False)
    joined_on: Mapped[date | None]
    since: Mapped[date]
    until: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
