"""Grades of a year over the whole county: corrected by appeals, with places, as the outcome rules ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.counting import counts
from services.county.grades.models import ConfirmedAppraisal, Grade
from services.county.outcomes.desk import READING
from services.county.outcomes.models import OutcomeCase
from services.county.roster.models import KnownMember
from shared.outcomes.corrections import Corrected, corrections
from shared.rules.outcomes import Rulebook


@dataclass(frozen=True)
class Graded:
    """One member's year: the grade as it stands, total in hundredths, what the roster says."""

    member_id: UUID
    unit_id: UUID
    name: str
    number: str
    grade: str | None
    total: int
    field: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Pool:
    """Everybody graded in the county that year, with places: 1 is the best of a grade, 1 the last leader."""

    year: int
    graded: dict[UUID, Graded]
    place_in_grade: dict[UUID, int]
    from_bottom: dict[UUID, int]
    history: dict[UUID, dict[int, str]]

    def of_branch(self, unit_id: UUID) -> list[Graded]:
        """Those of one branch, by number."""
        found = [one for one in self.graded.values() if one.unit_id == unit_id]
        return sorted(found, key=lambda one: (one.number, str(one.member_id)))


def all_corrections(session: Session) -> dict[tuple[UUID, int], Corrected]:
    """Every grade that an appeal has changed."""
    query = select(OutcomeCase.member_id).where(OutcomeCase.sort == "appeal", OutcomeCase.state == "in_force")
    return corrections(session, READING, session.scalars(query).unique().all())


def read_pool(session: Session, year: int) -> Pool:
    """Read a year. Where a branch was confirmed twice, the later confirmation counts."""
    corrected = all_corrections(session)
    graded = {one.member_id: one for one in _graded(session, year, corrected)}
    by_grade: dict[str, list[int]] = {}
    for one in graded.values():
        if one.grade:
            by_grade.setdefault(one.grade, []).append(one.total)
    ordered = {grade: _places(totals, best_first=True) for grade, totals in by_grade.items()}
    leaders = [one for one in graded.values() if "leading" in one.roles]
    bottom = _places([one.total for one in leaders], best_first=False)
    return Pool(
        year,
        graded,
        {one.member_id: ordered[one.grade][one.total] for one in graded.values() if one.grade},
        {one.member_id: bottom[one.total] for one in leaders},
        _history(session, year, corrected),
    )


def _places(totals: Sequence[int], *, best_first: bool) -> dict[int, int]:
    """Total → place; equals share one."""
    found: dict[int, int] = {}
    for place, total in enumerate(sorted(totals, reverse=best_first), 1):
        found.setdefault(total, place)
    return found


def _graded(session: Session, year: int, corrected: dict[tuple[UUID, int], Corrected]) -> list[Graded]:
    # Columns, not entities: it is the whole county, read for every run.
    query = (
        select(
            Grade.member_id,
            Grade.unit_id,
            KnownMember.name,
            KnownMember.number,
            Grade.grade,
            Grade.total,
            KnownMember.field,
            KnownMember.roles,
        )
        .join(ConfirmedAppraisal, ConfirmedAppraisal.id == Grade.filing_id)
        .join(
            KnownMember,
            (KnownMember.member_id == Grade.member_id) & (KnownMember.unit_id == Grade.unit_id),
        )
        .where(Grade.year == year, counts())
        .order_by(ConfirmedAppraisal.confirmed_at)
    )
    return [_one(*row, corrected.get((row.member_id, year))) for row in session.execute(query)]


def _one(
    member_id: UUID,
    unit_id: UUID,
    name: str,
    number: str,
    grade: str | None,
    total: int,
    field: str,
    roles: Sequence[str],
    put_right: Corrected | None,
) -> Graded:
    if put_right:
        grade, total = put_right.grade, total + put_right.points
    return Graded(member_id, unit_id, name, number, grade, total, field, tuple(roles))


def _history(
    session: Session, year: int, corrected: dict[tuple[UUID, int], Corrected]
) -> dict[UUID, dict[int, str]]:
    query = (
        select(Grade.member_id, Grade.year, Grade.grade)
        .join(ConfirmedAppraisal, ConfirmedAppraisal.id == Grade.filing_id)
        .where(Grade.year < year, Grade.grade.is_not(None), counts())
        .order_by(ConfirmedAppraisal.confirmed_at)
    )
    found: dict[UUID, dict[int, str]] = {}
    for row in session.execute(query):
        found.setdefault(row.member_id, {})[row.year] = row.grade
    for (member, of_year), one in corrected.items():
        if of_year < year:
            found.setdefault(member, {})[of_year] = one.grade
    return found


def year_book(session: Session, rulebooks: dict[str, str]) -> Rulebook:
    """The outcome rules a year runs under."""
    return READING.rulebook(session, rulebooks["outcomes"])
