"""Grades as appeals that were upheld left them, and what that changes in later bases (M13)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.outcomes.desk import GRADE, Desk
from shared.outcomes.reading import told
from shared.rules.appraisal import Rulebook, next_base


@dataclass(frozen=True)
class Corrected:
    """What an appeal left of a year: the grade, and what is added to the total (hundredths, or less)."""

    case_id: UUID
    year: int
    grade: str
    points: int


def corrections(
    session: Session, desk: Desk, members: Iterable[UUID], year: int | None = None
) -> dict[tuple[UUID, int], Corrected]:
    """Appeals against grades that were upheld, by member and year; of several the last one."""
    query = select(desk.cases).where(
        desk.cases.sort == "appeal",
        desk.cases.code == GRADE,
        desk.cases.state == "in_force",
        desk.cases.member_id.in_(list(members)),
    )
    if year is not None:
        query = query.where(desk.cases.year == year)
    found = told(session, desk, session.scalars(query.order_by(desk.cases.opened_at)).all())
    return {
        (one.case.member_id, one.case.year): _corrected(one.case, one.stands.decision.data)
        for one in found
        if one.stands.decision is not None
    }


def _corrected(case: Any, data: Mapping[str, Any]) -> Corrected:
    return Corrected(case.id, case.year, str(data["grade"]), int(data.get("points", 0)))


@dataclass(frozen=True)
class Carried:
    """A year as it was carried on: the base it began with and its total, hundredths."""

    year: int
    base: int
    total: int


def base_changes(
    rulebooks: Mapping[int, Rulebook], years: Sequence[Carried], points: Mapping[int, int]
) -> dict[int, int]:
    """What each later base must be changed by, when `points` are added to the totals of these years.

    A changed base changes the total of its own year, and with it the base after that. Years in order.
    """
    changes: dict[int, int] = {}
    for one in sorted(years, key=lambda row: row.year):
        before = next_base(rulebooks[one.year], one.total, one.total - one.base)
        moved = changes.get(one.year, 0)
        base, total = one.base + moved, one.total + moved + points.get(one.year, 0)
        change = next_base(rulebooks[one.year], total, total - base) - before
        if change:
            changes[one.year + 1] = change
    return changes
