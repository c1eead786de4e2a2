"""Who stands where in a period: by what was posted for its months; equals share a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.points.models import Statement
from services.branch.points.posted import posted_entries
from services.branch.roster.models import Member
from services.branch.roster.reading import members

MONTHS = {
    "q1": (1, 2, 3),
    "q2": (4, 5, 6),
    "q3": (7, 8, 9),
    "q4": (10, 11, 12),
    "year": tuple(range(1, 13)),
}


@dataclass(frozen=True)
class Placed:
    """One member: hundredths of the period, and the place (None: exempt, not ranked)."""

    member: Member
    total: int
    place: int | None


def placed(session: Session, unit_id: UUID, year: int, period: str) -> list[Placed]:
    """The branch's members, those ranked first by place, then the exempt ones by number."""
    sums = _sums(session, unit_id, year, period)
    here = [one for one in members(session, unit_id) if one.until is None]
    ranked = sorted(
        (one for one in here if not one.exempt), key=lambda one: (-sums.get(one.id, 0), one.number)
    )
    totals = [sums.get(one.id, 0) for one in ranked]
    found = [Placed(one, total, totals.index(total) + 1) for one, total in zip(ranked, totals, strict=True)]
    return found + [Placed(one, sums.get(one.id, 0), None) for one in here if one.exempt]


def _sums(session: Session, unit_id: UUID, year: int, period: str) -> Mapping[UUID, int]:
    sums: dict[UUID, int] = {}
    for member_id, (_year, month), _category, points in posted_entries(session, unit_id, year):
        if month in MONTHS[period]:
            sums[member_id] = sums.get(member_id, 0) + points
    return sums


def upper_half(lines: Sequence[Placed]) -> list[Placed]:
    """The first half of those ranked, rounded up; who equals its last one is in it."""
    ranked = [one for one in lines if one.place is not None]
    if not ranked:
        return []
    last = ranked[(len(ranked) + 1) // 2 - 1].total
    return [one for one in ranked if one.total >= last]


def missing_month(session: Session, unit_id: UUID, year: int, period: str) -> int | None:
    """The first month of the period that is not closed, or None."""
    query = select(Statement.month).where(Statement.unit_id == unit_id, Statement.year == year)
    closed = set(session.scalars(query))
    return next((month for month in MONTHS[period] if month not in closed), None)
