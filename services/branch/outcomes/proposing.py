"""Proposing the branch's outcomes out of the confirmed grades."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.grading import run_lines
from services.branch.appraisal.models import AppraisalFiling, AppraisalVerdict, GradeLine
from services.branch.appraisal.settling import counted_elsewhere
from services.branch.appraisal.state import newest_filing, newest_run
from services.branch.outcomes.corrected import brought_grades, corrected
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.outcomes.referring import refer
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
    lines = [one for one in run_lines(session, run) if one[1].id not in elsewhere] if run else []
    members = [member.id for _line, member in lines]
    put_right_by = corrected(session, members)
    history = _history(session, unit_id, year.year)
    known = open_codes(session, DESK, members, year.year)
    held = shields(session, DESK, members)
    helped = help_periods(year.outcomes, _help(session, members))
    grades = {}
    for line, member in lines:
        put_right = put_right_by.get((member.id, year.year))
        grade = put_right.grade if put_right else line.grade
        grades[member.id] = (grade, line.total + (put_right.points if put_right else 0))
    places = _places(grades)
    return [
        Subject(
            member=str(member.id),
            name=member.name,
            year=year.year,
            grade=grades[member.id][0],
            total=grades[member.id][1],
            flags=flags_of(member.roles),
            field=member.field,
            history={
                **history.get(member.id, {}),
                **{of: one.grade for (who, of), one in put_right_by.items() if who == member.id},
            },
            place_in_grade=places.get(member.id),
            help=helped.get(member.id, ()),
            open_cases=known.get(member.id, frozenset()),
            shields=tuple(held.get(member.id, ())),
        )
        for _line, member in lines
    ]


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
