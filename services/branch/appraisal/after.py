"""After the township's confirmation: feedback signed off, next year's base carried, problems put right."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import Feedback, GradeLine, MemberBase, Rectification
from services.branch.appraisal.state import hold_year, newest_run, require_turn, subjects
from services.branch.appraisal.steps import subject_of
from services.branch.commitments.models import Problem
from services.branch.outcomes.corrected import corrected
from services.branch.transfers.following import follow_grades
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import insert_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.rules.appraisal import next_base
from shared.sync.years import MemberYear


def sign_feedback(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, member_id: UUID, now: datetime
) -> None:
    """The member has been told grade, reasons, problems, and signs; the branch does for who cannot."""
    require_turn(session, unit.id, year, "feedback")
    subject_of(session, unit, year, member_id, now)
    if session.get(Feedback, (unit.id, year.year, member_id)):
        raise Refused(N_("已经签收过了。"))
    proxy = actor.person_id != member_id
    session.add(
        Feedback(
            unit_id=unit.id,
            year=year.year,
            member_id=member_id,
            signed_by=actor.name,
            proxy=proxy,
            signed_at=now,
        )
    )
    session.flush()
    follow_grades(session, unit, year.year, [member_id], actor.name, now)
    audit.record(session, now, actor.account_id, unit.id, "appraisal.feedback", str(member_id), proxy=proxy)


def sign_for(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, members: Collection[UUID], now: datetime
) -> int:
    """The branch notes who was told and signed on paper; how many had not yet. Raises Absent, Refused."""
    require_turn(session, unit.id, year, "feedback")
    if set(members) - {one.id for one in subjects(session, unit.id, year, now)}:
        raise Absent
    query = select(Feedback.member_id).where(Feedback.unit_id == unit.id, Feedback.year == year.year)
    known = set(session.scalars(query))
    rows = [
        {
            "unit_id": unit.id,
            "year": year.year,
            "member_id": member_id,
            "signed_by": actor.name,
            "proxy": actor.person_id != member_id,
            "signed_at": now,
        }
        for member_id in members
        if member_id not in known
    ]
    insert_rows(session, Feedback, rows)
    follow_grades(session, unit, year.year, [one for one in members if one not in known], actor.name, now)
    signed = [(unit.id, str(row["member_id"])) for row in rows]
    audit.record_each(session, now, actor.account_id, "appraisal.feedback", signed, proxy=True)
    return len(rows)


def carry_bases(session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime) -> int:
    """Write everybody's base for next year out of the confirmed run; how many. Raises Refused."""
    hold_year(session, unit.id, year.year)
    require_turn(session, unit.id, year, "next_base")
    run = newest_run(session, unit.id, year.year)
    assert run is not None, "the steps before are closed on a run"
    known = set(
        session.scalars(
            select(MemberBase.member_id).where(
                MemberBase.unit_id == unit.id, MemberBase.year == year.year + 1
            )
        )
    )
    graded = select(GradeLine.member_id, GradeLine.total, GradeLine.base).where(GradeLine.run_id == run.id)
    lines = [line for line in session.execute(graded) if line.member_id not in known]
    put_right = corrected(session, [line.member_id for line in lines], year.year)
    rows = []
    for line in lines:
        found = put_right.get((line.member_id, year.year))
        total = line.total + (found.points if found else 0)
        rows.append(
            {
                "unit_id": unit.id,
                "member_id": line.member_id,
                "year": year.year + 1,
                "base": next_base(year.appraisal, total, total - line.base),
                "from_total": total,
                "from_earned": total - line.base,
                "run_id": run.id,
                "at": now,
            }
        )
    if not rows:
        raise Refused(N_("已经结转过了。"))
    insert_rows(session, MemberBase, rows)
    audit.record(session, now, actor.account_id, unit.id, "appraisal.base", str(run.id), members=len(rows))
    return len(rows)


def put_right(
    session: Session, actor: SignedIn, unit: Unit, problem_id: UUID, done: str, now: datetime
) -> None:
    """What was done about a problem; its reporter may write it anew until somebody else finds it settled.

    Raises Absent, Refused.
    """
    problem = _problem(session, unit, problem_id)
    found = session.get(Rectification, problem_id, with_for_update=True, populate_existing=True)
    if found is not None and found.settled_at is not None:
        raise Refused(N_("这个问题已经销号了。"))
    if (
        found is not None
        and found.done_by_id
        and not same_person(session, actor, found.done_by_id, found.done_by)
    ):
        # Else the first reporter could settle what he reported.
        raise Refused(N_("%(name)s 已写了整改情况，由他本人修改，或者直接销号。"), name=found.done_by)
    session.merge(
        Rectification(
            problem_id=problem.id,
            unit_id=unit.id,
            year=problem.year,
            member_id=problem.member_id,
            done=done.strip(),
            done_by=actor.name,
            done_by_id=actor.account_id,
            done_at=now,
            settled_by="",
            settled_at=None,
        )
    )
    session.flush()


def settle(session: Session, actor: SignedIn, unit: Unit, problem_id: UUID, now: datetime) -> None:
    """Find that a problem is put right (销号); not one's own, not what one reported. Raises Refused."""
    problem = _problem(session, unit, problem_id)
    found = session.get(Rectification, problem_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused(N_("还没有写整改情况，不能销号。"))
    if found.settled_at is not None:
        raise Refused(N_("这个问题已经销号了。"))
    same = same_person(session, actor, found.done_by_id, found.done_by)
    if same or actor.person_id == problem.member_id:
        raise Refused(N_("整改和销号要由两个人分别办理。"))
    found.settled_by, found.settled_at = actor.name, now
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "appraisal.settle", str(problem_id))


def _problem(session: Session, unit: Unit, problem_id: UUID) -> Problem:
    found = session.get(Problem, problem_id)
    if found is None or found.unit_id != unit.id:
        raise Absent
    return found
