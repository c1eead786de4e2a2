"""Grades as appeals that were upheld left them, and what that changes in later bases (M13)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shared.kit.db import among
from shared.outcomes.desk import GRADE, Desk
from shared.outcomes.reading import told
from shared.rules.appraisal import Rulebook, next_base

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('base_correction' || :member, 0))")


def one_at_a_time(session: Session, member_id: UUID) -> None:
    """Hold a member's bases until the end of this transaction: two at once would each add the whole change.

    Whoever holds several takes them in the order of their ids.
    """
    session.execute(_ONE_AT_A_TIME, {"member": str(member_id)})


@dataclass(frozen=True)
class Corrected:
    """What an appeal left of a year: the grade, and what is added to the total (hundredths, or less)."""

    case_id: UUID
    year: int
    grade: str
    points: int


def against_grades(session: Session, desk: Desk, case_ids: Collection[UUID]) -> set[UUID]:
    """Which of these cases are appeals against grades: no other changes a base."""
    cases = desk.cases
    query = select(cases.id).where(among(cases.id, case_ids), cases.sort == "appeal", cases.code == GRADE)
    return set(session.scalars(query))


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
class Graded:
    """A year as it was graded: the base it stood on, and what was earned on top of it (hundredths)."""

    year: int
    base: int
    earned: int


def right_bases(
    rulebooks: Mapping[int, Rulebook], years: Sequence[Graded], points: Mapping[int, int]
) -> dict[int, int]:
    """The base each following year ought to begin with, when `points` are added to what these years earned.

    The first year's base stands as graded. A later year's is the one worked out here, whatever it was graded
    on: that may have been put right before, or not.
    """
    right: dict[int, int] = {}
    for one in sorted(years, key=lambda row: row.year):
        base = right.get(one.year, one.base)
        earned = one.earned + points.get(one.year, 0)
        right[one.year + 1] = next_base(rulebooks[one.year], base + earned, earned)
    return right
