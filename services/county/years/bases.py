"""Bases as branches carried them, and what upheld appeals against grades make of them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from services.county.grades.reading import grades_of
from services.county.outcomes.desk import READING
from services.county.years.books import stored_book
from services.county.years.models import BaseCorrection, CarriedBase, MemberYear
from shared.kit.ids import new_id
from shared.outcomes.corrections import Corrected, Graded, corrections, one_at_a_time, right_bases


def correct_bases(session: Session, members: Iterable[UUID], now: datetime) -> set[UUID]:
    """Bring the bases already carried to what is right, by counter-entries; whose grades appeals changed."""
    by_member: dict[UUID, dict[int, Corrected]] = {}
    for (member, year), one in corrections(session, READING, members).items():
        by_member.setdefault(member, {})[year] = one
    for member, found in sorted(by_member.items()):
        _correct(session, member, found, now)
    return set(by_member)


def _correct(session: Session, member_id: UUID, found: dict[int, Corrected], now: datetime) -> None:
    one_at_a_time(session, member_id)
    query = select(CarriedBase).where(CarriedBase.member_id == member_id, CarriedBase.year > min(found))
    carried = {row.year: row for row in session.scalars(query)}
    graded = {row.year: row for row in grades_of(session, member_id) if row.year + 1 in carried}
    years = [Graded(row.year, row.base, row.total - row.base) for row in graded.values()]
    books = {
        one.year: stored_book(session, session.get_one(MemberYear, one.year).rulebooks["appraisal"]).parsed
        for one in years
    }
    right = right_bases(books, years, {year: one.points for year, one in found.items()})
    before = corrections_of(session, member_id)
    last = found[max(found)]
    for year, row in carried.items():
        change = right[year] - row.base - before.get(year, 0) if year in right else 0
        if change:
            made = {
                "id": new_id(),
                "case_id": last.case_id,
                "member_id": member_id,
                "year": year,
                "unit_id": row.unit_id,
            }
            session.execute(insert(BaseCorrection), [made | {"points": change, "at": now}])


def corrections_of(session: Session, member_id: UUID) -> dict[int, int]:
    """What has been added to a member's carried bases so far, hundredths by year."""
    query = (
        select(BaseCorrection.year, func.sum(BaseCorrection.points))
        .where(BaseCorrection.member_id == member_id)
        .group_by(BaseCorrection.year)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}
