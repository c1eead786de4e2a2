"""Proposing the branch's outcomes out of the confirmed grades."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import AppraisalFiling, AppraisalVerdict, GradeLine, GradingRun
from services.branch.appraisal.settling import counted_elsewhere
from services.branch.appraisal.state import newest_filing, newest_run
from services.branch.outcomes.corrected import brought_grades, corrected
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.outcomes.referring import refer
from services.branch.roster.models import Member
from shared.kit.accounts import SignedIn
from shared.kit.db import take_turn
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.outcomes.barring import shields
from shared.outcomes.drawing_up import draw_up, flags_of, help_periods, open_codes
from shared.outcomes.reading import Told, told
from shared.rules.outcomes import Subject
from shared.sync.years import MemberYear

HELP_PERIOD = "help_period"


def propose_outcomes(session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime) -> int:
    """Draw up what the rules propose and no case is open for; how many. Raises Refused too early."""
    found = newest_filing(session, unit.id, year.year)
    if found is None or found[1] is None or found[1].verdict != "confirmed":
        raise Refused(N_("格次还没有经上级审定，不能生成结果运用建议。"))
    hold(session, unit.id, year.year)
    subjects = subjects_of(session, unit.id, year)
    made = len(draw_up(session, DESK, actor, unit.id, year.outcomes, year.year, subjects, now))
    refer(session, now, unit.id)
    return made


def hold(session: Session, unit_id: UUID, year: int) -> None:
    """Nobody else proposes for this branch until we commit."""
    key = f"outcomes/{unit_id}/{year}"
    take_turn(session, key)


def subjects_of(session: Session, unit_id: UUID, year: MemberYear) -> list[Subject]:
    """Everybody graded in the newest run, as the rules ask about them."""
    run = newest_run(session, unit_id, year.year)
    elsewhere = {one.member_id for one in counted_elsewhere(session, unit_id, year.year)}
    lines = [one for one in _lines(session, run) if one.id not in elsewhere] if run else []
    members = [one.id for one in lines]
    put_right_by = corrected(session, members)
    history = _history(session, unit_id, year.year)
    known = open_codes(session, DESK, members, year.year)
    held = shields(session, DESK, members)
    helped = help_periods(year.outcomes, _help(session, members))
    grades = {}
    for one in lines:
        put_right = put_right_by.get((one.id, year.year))
        grade = put_right.grade if put_right else one.grade
        grades[one.id] = (grade, one.total + (put_right.points if put_right else 0))
    places = _places(grades)
    return [
        Subject(
            member=str(one.id),
            name=one.name,
            year=year.year,
            grade=grades[one.id][0],
            total=grades[one.id][1],
            flags=flags_of(one.roles),
            field=one.field,
            history={
                **history.get(one.id, {}),
                **{of: put.grade for (who, of), put in put_right_by.items() if who == one.id},
            },
            place_in_grade=places.get(one.id),
            help=helped.get(one.id, ()),
            open_cases=known.get(one.id, frozenset()),
            shields=tuple(held.get(one.id, ())),
        )
        for one in lines
    ]


def _lines(session: Session, run: GradingRun) -> Sequence[Any]:
    """`id`, `name`, `roles` and `field` of those graded, `total` and `grade`: by rank, then by number."""
    query = (
        select(Member.id, Member.name, Member.roles, Member.field, GradeLine.total, GradeLine.grade)
        .join(Member, (Member.unit_id == GradeLine.unit_id) & (Member.id == GradeLine.member_id))
        .where(GradeLine.run_id == run.id)
        .order_by(GradeLine.rank.nulls_last(), Member.number)
    )
    return session.execute(query).all()


def _history(session: Session, unit_id: UUID, year: int) -> dict[UUID, dict[int, str]]:
    """Grades of earlier years as they were confirmed, by member."""
    query = (
        select(GradeLine.member_id, GradeLine.year, GradeLine.grade)
        .join(AppraisalFiling, AppraisalFiling.run_id == GradeLine.run_id)
        .join(AppraisalVerdict, AppraisalVerdict.filing_id == AppraisalFiling.id)
        .where(
            GradeLine.unit_id == unit_id,
            GradeLine.year < year,
            GradeLine.grade.is_not(None),
            AppraisalVerdict.verdict == "confirmed",
        )
    )
    found: dict[UUID, dict[int, str]] = {}
    for row in session.execute(query):
        found.setdefault(row.member_id, {})[row.year] = row.grade
    for one in brought_grades(session, unit_id):
        if one.year < year and one.grade is not None:
            found.setdefault(one.member_id, {}).setdefault(one.year, one.grade)
    return found


def _help(session: Session, members: Sequence[UUID]) -> Sequence[Told]:
    query = select(OutcomeCase).where(OutcomeCase.member_id.in_(members), OutcomeCase.code == HELP_PERIOD)
    came = [one for one in DESK.brought(session, members) if one.case.code == HELP_PERIOD]
    return [*told(session, DESK, session.scalars(query).all()), *came]


def _places(grades: Mapping[UUID, tuple[str | None, int]]) -> dict[UUID, int]:
    """1 for the best total of each grade; equals share a place."""
    totals: dict[str, list[int]] = {}
    for grade, total in grades.values():
        if grade:
            totals.setdefault(grade, []).append(total)
    return {
        member: 1 + sum(other > total for other in totals[grade])
        for member, (grade, total) in grades.items()
        if grade
    }
