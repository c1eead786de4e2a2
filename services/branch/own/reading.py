"""A member's own year: what was posted, what waits, and how each claim counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.figures import bases
from services.branch.points.books import member_points
from services.branch.points.models import Claim, Statement, StatementLine
from services.branch.roster.models import Member
from services.branch.transfers.reading import arrivals
from shared.kit.errors import Absent
from shared.rules.points.year import Line, Month
from shared.sync.years import MemberYear


@dataclass(frozen=True)
class OwnYear:
    """Hundredths. `posted` is signed off month by month; `approved` is what all approved claims are worth.

    `base` is what the year before left, None where nothing was carried.
    """

    posted: int
    approved: int
    months: Mapping[int, int]
    lines: Mapping[Month, Sequence[Line]]
    base: int | None = None

    @property
    def total(self) -> int:
        """What the year comes to so far."""
        return (self.base or 0) + self.approved


def own_member(session: Session, unit_id: UUID, person_id: UUID | None) -> Member:
    """The signed-in person as a member of this branch; raises Absent for an account that is nobody's."""
    found = session.get(Member, (unit_id, person_id)) if person_id else None
    if found is None:
        raise Absent
    return found


def own_year(session: Session, member: Member, year: MemberYear) -> OwnYear:
    """What the member's year came to so far."""
    arrived = arrivals(session, member.unit_id)
    came = arrived.get(member.id)
    carried = came.year(year.year) if came else None
    query = (
        select(StatementLine.month, StatementLine.total)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(
            StatementLine.unit_id == member.unit_id,
            StatementLine.member_id == member.id,
            StatementLine.year == year.year,
            *([Statement.closed_at > datetime.fromisoformat(came.at)] if came else []),
        )
    )
    months: dict[int, int] = {}
    for (done, _category), points in (carried.sums() if carried else {}).items():
        months[done[1]] = months.get(done[1], 0) + points
    for month, total in session.execute(query):
        months[month] = months.get(month, 0) + total
    claims = session.scalars(
        select(Claim).where(
            Claim.unit_id == member.unit_id,
            Claim.member_id == member.id,
            Claim.year == year.year,
            Claim.state == "approved",
            *([Claim.handed_in.is_(None)] if came else []),
        )
    ).all()
    found = member_points(year, claims, carried)
    return OwnYear(
        posted=sum(months.values()),
        approved=sum(month.total for month in found.values()),
        months=months,
        lines={month: points.lines for month, points in found.items()},
        base=bases(session, year, member.unit_id, arrived).get(member.id),
    )


def last_witness(session: Session, member: Member) -> str:
    """Who bore witness last: most people have the same one again."""
    query = (
        select(Claim.witness)
        .where(Claim.unit_id == member.unit_id, Claim.member_id == member.id, Claim.witness != "")
        .order_by(Claim.filed_at.desc())
        .limit(1)
    )
    return session.scalar(query) or ""
