"""Closing and skipping steps, in the rulebook's order; and what is said of members on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import AppraisalStep, MemberWord, SelfReport
from services.branch.appraisal.settling import settle
from services.branch.appraisal.state import (
    RuleRefused,
    box_at,
    course_of,
    facts,
    hold_year,
    require_turn,
    subjects,
)
from services.branch.ballots.boxes import hold_boxes
from services.branch.commitments.models import Problem
from services.branch.roster.models import Member
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import among, insert_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rules.appraisal import may_close, may_skip
from shared.sync.years import MemberYear

# Until the ballots are over somebody may still find a problem.
PROBLEM_STEPS = ("self_report", "organisation_check", "members_ballot", "mass_review", "opinion")


@dataclass(frozen=True)
class Said:
    """A finding or a grade, by its code, and why."""

    code: str
    reason: str


def close_step(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, code: str, now: datetime
) -> None:
    """Close a step under the actor's name. Raises RuleRefused naming what is missing, Absent."""
    _known(year, code)
    hold_year(session, unit.id, year.year)
    course = course_of(session, unit.id, year.year)
    if refusal := may_close(year.appraisal, code, facts(session, unit.id, year, code, now, course.closed)):
        raise RuleRefused(refusal)
    _write(session, actor, unit, year, course.round, code, now)
    if code == "next_base":
        settle(session, actor, unit, year, now)


def skip_step(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, code: str, reason: str, now: datetime
) -> None:
    """Leave a step out, with its reason on record. Raises RuleRefused, Absent."""
    _known(year, code)
    hold_year(session, unit.id, year.year)
    # No box is opened meanwhile.
    hold_boxes(session, unit.id)
    course = course_of(session, unit.id, year.year)
    box = box_at(session, unit.id, year, code)
    if refusal := may_skip(year.appraisal, code, reason, course.closed, box=box):
        raise RuleRefused(refusal)
    _write(session, actor, unit, year, course.round, code, now, reason.strip())


def _known(year: MemberYear, code: str) -> None:
    if code not in year.appraisal.step:
        raise Absent


def _write(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    now_round: int,
    code: str,
    now: datetime,
    reason: str = "",
) -> None:
    row = {
        "unit_id": unit.id,
        "year": year.year,
        "round": now_round,
        "code": code,
        "skipped": bool(reason),
        "reason": reason,
        "by": actor.name,
        "by_id": actor.account_id,
        "at": now,
    }
    insert_rows(session, AppraisalStep, [row])
    act = "appraisal.skip" if reason else "appraisal.close"
    audit.record(session, now, actor.account_id, unit.id, act, code, year=year.year)


def subject_of(session: Session, unit: Unit, year: MemberYear, member_id: UUID, now: datetime) -> Member:
    """One of those appraised; raises Absent."""
    for one in subjects(session, unit.id, year, now):
        if one.id == member_id:
            return one
    raise Absent


def report_for(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    texts: Mapping[UUID, str],
    now: datetime,
) -> int:
    """The branch writes down the self-reports given at its meeting, for all who gave one; how many."""
    require_turn(session, unit.id, year, "december_statement", "self_report")
    if texts.keys() - {one.id for one in subjects(session, unit.id, year, now)}:
        raise Absent
    rows = [
        {
            "unit_id": unit.id,
            "year": year.year,
            "member_id": member_id,
            "text": text.strip(),
            "proxy": actor.person_id != member_id,
            "by": actor.name,
            "at": now,
        }
        for member_id, text in texts.items()
    ]
    if rows:
        _written(session, SelfReport, rows)
    return len(rows)


def _written(
    session: Session,
    table: type[SelfReport | MemberWord],
    rows: Sequence[Mapping[str, Any]],
    *same: ColumnElement[bool],
) -> None:
    """Rows written anew over what was there of these members."""
    gone = delete(table).where(
        table.unit_id == rows[0]["unit_id"],
        table.year == rows[0]["year"],
        among(table.member_id, [row["member_id"] for row in rows]),
        *same,
    )
    session.execute(gone, execution_options={"synchronize_session": False})
    insert_rows(session, table, rows)
    for one in list(session.identity_map.values()):
        if isinstance(one, table):
            session.expire(one)


def report(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, member_id: UUID, text: str, now: datetime
) -> None:
    """A member's self-report, by the member or by the branch for them; may be written anew until closed."""
    require_turn(session, unit.id, year, "december_statement", "self_report")
    subject_of(session, unit, year, member_id, now)
    session.merge(
        SelfReport(
            unit_id=unit.id,
            year=year.year,
            member_id=member_id,
            text=text.strip(),
            proxy=actor.person_id != member_id,
            by=actor.name,
            at=now,
        )
    )
    session.flush()


def found_problem(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    member_id: UUID,
    text: str,
    found_by: str,
    now: datetime,
) -> Problem:
    """A problem of the year, found by the member, the organisation or the people; the same words are one."""
    require_turn(session, unit.id, year, "december_statement", *PROBLEM_STEPS)
    subject_of(session, unit, year, member_id, now)
    own = actor.person_id == member_id
    if own != (found_by == "self"):
        raise Refused(N_("自己查摆的问题由本人填，组织和群众提的由别人填。"))
    hold_year(session, unit.id, year.year)
    same = select(Problem).where(
        Problem.unit_id == unit.id,
        Problem.member_id == member_id,
        Problem.year == year.year,
        Problem.text == text.strip(),
        Problem.found_by == found_by,
    )
    if known := session.scalars(same).first():
        return known
    problem = Problem(
        id=new_id(),
        unit_id=unit.id,
        member_id=member_id,
        year=year.year,
        text=text.strip(),
        found_by=found_by,
        by=actor.name,
        at=now,
    )
    session.add(problem)
    session.flush()
    return problem


def say(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    kind: str,
    said: Mapping[UUID, Said],
    now: datetime,
) -> int:
    """Findings of the organisation check, or the branch's opinions; all or none. Raises Refused, Absent."""
    require_turn(session, unit.id, year, "organisation_check" if kind == "check" else "opinion")
    codes = set(year.appraisal.check.by_code if kind == "check" else year.appraisal.places)
    known = {one.id: one for one in subjects(session, unit.id, year, now)}
    if not said:
        raise Refused(N_("还没有填。"))
    for member_id, one in said.items():
        if member_id not in known or one.code not in codes:
            raise Absent
        if member_id == actor.person_id:
            raise Refused(N_("不能评自己，请由另一位支部委员来填。"))
        if not one.reason.strip():
            raise Refused(N_("%(name)s：请写一句理由。"), name=known[member_id].name)
    rows = [
        {
            "unit_id": unit.id,
            "year": year.year,
            "member_id": member_id,
            "kind": kind,
            "code": one.code,
            "reason": one.reason.strip(),
            "by": actor.name,
            "by_id": actor.account_id,
            "at": now,
        }
        for member_id, one in said.items()
    ]
    _written(session, MemberWord, rows, MemberWord.kind == kind)
    audit.record(
        session, now, actor.account_id, unit.id, f"appraisal.{kind}", str(unit.id), members=len(said)
    )
    return len(said)
