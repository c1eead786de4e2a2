"""Grades as upheld appeals left them, whether the appeal was this branch's or is told of by another tier."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.appraisal.models import GradeLine, MemberBase
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import BaseCorrection
from services.branch.outcomes.waiting import corrected_bases
from services.branch.transfers.models import BroughtGrade, ToldCorrection
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.kit.ids import new_id
from shared.outcomes.corrections import Corrected, Graded, corrections, one_at_a_time, right_bases
from shared.rules.appraisal import Rulebook
from shared.sync.years import year_of


def corrected(
    session: Session, members: Collection[UUID], year: int | None = None
) -> dict[tuple[UUID, int], Corrected]:
    """By member and year; of several the last one, the branch's own appeals before those it was told of."""
    query = select(ToldCorrection).where(among(ToldCorrection.member_id, members))
    if year is not None:
        query = query.where(ToldCorrection.year == year)
    found = {
        (one.member_id, one.year): Corrected(one.case_id, one.year, one.grade, one.points)
        for one in session.scalars(query.order_by(ToldCorrection.at))
    }
    return found | corrections(session, DESK, members, year)


def brought_grades(
    session: Session, unit_id: UUID, members: Collection[UUID] | None = None
) -> Sequence[BroughtGrade]:
    """Grades that others gave to those who moved here, by member and year."""
    query = select(BroughtGrade).where(BroughtGrade.unit_id == unit_id)
    if members is not None:
        query = query.where(among(BroughtGrade.member_id, members))
    return session.scalars(query.order_by(BroughtGrade.member_id, BroughtGrade.year)).all()


def brought_bases(
    session: Session, unit_id: UUID, members: Collection[UUID] | None = None
) -> dict[tuple[UUID, int], int]:
    """What the year after a grade brought along begins with, as appeals left it (hundredths)."""
    by_member: dict[UUID, list[BroughtGrade]] = {}
    for one in brought_grades(session, unit_id, members):
        by_member.setdefault(one.member_id, []).append(one)
    put_right = corrected(session, list(by_member)) if by_member else {}
    found = {}
    for member, grades in by_member.items():
        years = [_graded(one) for one in grades]
        points = {year: one.points for (who, year), one in put_right.items() if who == member}
        for year, base in _right(session, years, points).items():
            found[member, year] = base
    return found


def _graded(one: BroughtGrade) -> Graded:
    return Graded(one.year, one.base, one.total - one.base)


def _right(session: Session, years: Sequence[Graded], points: dict[int, int]) -> dict[int, int]:
    """As far as the rulebooks of these years are known here."""
    books = {one.year: book for one in years if (book := _book(session, one.year)) is not None}
    return right_bases(books, [one for one in years if one.year in books], points)


def _book(session: Session, year: int) -> Rulebook | None:
    try:
        return year_of(session, year).appraisal
    except Absent:
        return None


def keep_correction(session: Session, unit_id: UUID, member_id: UUID, one: Corrected, at: datetime) -> None:
    """Keep what an appeal elsewhere left of a year; a repeat changes nothing."""
    row = {
        "unit_id": unit_id,
        "case_id": one.case_id,
        "member_id": member_id,
        "year": one.year,
        "grade": one.grade,
        "points": one.points,
        "at": at,
    }
    keys = ["unit_id", "case_id"]
    session.execute(insert(ToldCorrection).on_conflict_do_nothing(index_elements=keys), [row])


def correct_bases(session: Session, unit_id: UUID, member_id: UUID, case_id: UUID, now: datetime) -> None:
    """Bring bases carried here to what upheld appeals against grades make of them, by counter-entries."""
    found = {year: one.points for (_member, year), one in corrected(session, [member_id]).items()}
    if not found:
        return
    one_at_a_time(session, member_id)
    query = (
        select(MemberBase, GradeLine)
        .join(
            GradeLine, (GradeLine.run_id == MemberBase.run_id) & (GradeLine.member_id == MemberBase.member_id)
        )
        .where(MemberBase.unit_id == unit_id, MemberBase.member_id == member_id, MemberBase.year > min(found))
    )
    rows = [(row[0], row[1]) for row in session.execute(query)]
    years = [Graded(line.year, line.base, line.total - line.base) for _base, line in rows]
    known = {one.year for one in years}
    # The chain begins where the member was graded first, at whichever branch.
    years += [_graded(one) for one in brought_grades(session, unit_id, [member_id]) if one.year not in known]
    right = _right(session, years, found)
    before = corrected_bases(session, unit_id, [member_id])
    for carried, _line in rows:
        change = right[carried.year] - carried.base - before.get((member_id, carried.year), 0)
        if change:
            row = {"id": new_id(), "case_id": case_id, "member_id": member_id, "year": carried.year}
            row |= {"unit_id": unit_id, "points": change, "at": now}
            session.execute(insert(BaseCorrection).inline(), [row])
