"""Points and grades before the branch's members for some working days, objections answered; then sent up."""

import secrets
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.appraisal.grading import still_stands
from services.branch.appraisal.models import (
    AppraisalFiling,
    GradeLine,
    GradeObjection,
    GradingRun,
    Publicity,
)
from services.branch.appraisal.state import hold_year, newest_filing, newest_run, publicity_of, require_turn
from services.branch.ballots.slips import told_slips
from services.branch.generals.submitting import submit
from services.branch.roster.models import Member
from shared.contracts.appraisal import AppraisalFiled, AppraisedLine, GradedLine, TieWord
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rulebooks import holidays
from shared.rules.calendar import add_working_days, parse_calendar
from shared.sync.years import MemberYear

_GRADED = (GradeLine.member_id, GradeLine.appraisal, GradeLine.total, GradeLine.grade, GradeLine.rank)


def begin_publicity(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime
) -> Publicity:
    """Show the newest run to the branch's members for the rulebook's working days. Raises Refused."""
    hold_year(session, unit.id, year.year)
    require_turn(session, unit.id, year, "publicity")
    run = newest_run(session, unit.id, year.year)
    assert run is not None, "the step before is closed on a run"
    if publicity_of(session, run):
        raise Refused(N_("已经在公示了。"))
    if not still_stands(session, unit.id, year, run, now):
        raise Refused(N_("核算以后名册或者积分有变动，和要公示的结果对不上。请先重新核算，看过结果再公示。"))
    if run.undecided:
        raise Refused(N_("还有同分没有定出先后，请先记录会议决定。"))
    until = add_working_days(civil(now).date(), year.appraisal.publicity_days, parse_calendar(holidays()))
    # Names, totals and grades in the roster's order: no list of the last ones, no reasons, no ballots.
    query = (
        select(Member.name, Member.number, GradeLine.total, GradeLine.grade)
        .join(Member, (Member.unit_id == GradeLine.unit_id) & (Member.id == GradeLine.member_id))
        .where(GradeLine.run_id == run.id)
    )
    shown = [row._asdict() for row in sorted(session.execute(query), key=lambda row: row.number)]
    made = Publicity(
        unit_id=unit.id, year=year.year, run_id=run.id, until=until, shown=shown, by=actor.name, at=now
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "appraisal.publish", str(run.id))
    return made


def object_to(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, text: str, now: datetime
) -> GradeObjection:
    """A member objects while the publicity runs; the same words are one objection. Raises Refused."""
    if actor.person_id is None:
        raise Absent
    run = newest_run(session, unit.id, year.year)
    shown = publicity_of(session, run)
    if run is None or shown is None or civil(now).date() > shown.until:
        raise Refused(N_("现在不在公示期内。公示结束后仍有意见的，可以申诉，办法见页面底部“投诉建议”。"))
    key = f"grade-objection/{run.id}/{actor.person_id}"
    take_turn(session, key)
    query = select(GradeObjection).where(
        GradeObjection.run_id == run.id,
        GradeObjection.member_id == actor.person_id,
        GradeObjection.text == text.strip(),
    )
    if known := session.scalars(query).first():
        return known
    made = GradeObjection(
        id=new_id(),
        unit_id=unit.id,
        year=year.year,
        run_id=run.id,
        member_id=actor.person_id,
        text=text.strip(),
        at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "appraisal.object", str(made.id))
    return made


def answer(
    session: Session, actor: SignedIn, unit: Unit, objection_id: UUID, text: str, now: datetime
) -> None:
    """Answer an objection; not one's own. Raises Refused, Absent."""
    found = session.get(GradeObjection, objection_id, with_for_update=True, populate_existing=True)
    if found is None or found.unit_id != unit.id:
        raise Absent
    if found.member_id == actor.person_id:
        raise Refused(N_("自己提的异议要由别人答复。"))
    if found.answered_at is not None:
        raise Refused(N_("这条异议已经答复过了。"))
    found.answer, found.answered_by, found.answered_at = text.strip(), actor.name, now
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "appraisal.answer", str(found.id))


def file_up(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime
) -> AppraisalFiling:
    """Send the published run to the township, or to its general branch.

    Raises Refused out of turn or when it is up there already.
    """
    hold_year(session, unit.id, year.year)
    require_turn(session, unit.id, year, "township_confirmation")
    run = newest_run(session, unit.id, year.year)
    shown = publicity_of(session, run)
    assert run is not None and shown is not None, "the steps before are closed on them"
    before = newest_filing(session, unit.id, year.year)
    if before and before[0].run_id == run.id:
        raise Refused(N_("已经报上去了，等上级审定。"))
    filing = AppraisalFiling(
        id=new_id(), unit_id=unit.id, year=year.year, run_id=run.id, by=actor.name, at=now
    )
    session.add(filing)
    session.flush()
    submit(session, actor, unit, _message(session, run, shown, filing), now)
    audit.record(session, now, actor.account_id, unit.id, "appraisal.file", str(filing.id))
    return filing


def _message(session: Session, run: GradingRun, shown: Publicity, filing: AppraisalFiling) -> AppraisalFiled:
    query = (
        select(GradeLine.given, *_GRADED)
        .join(Member, (Member.unit_id == GradeLine.unit_id) & (Member.id == GradeLine.member_id))
        .where(GradeLine.run_id == run.id)
        .order_by(GradeLine.rank.nulls_last(), Member.number)
    )
    lines = session.execute(query).all()
    inputs = [msgspec.convert(line.given, AppraisedLine) for line in lines]
    objections = select(func.count()).where(GradeObjection.run_id == run.id)
    return AppraisalFiled(
        filing_id=filing.id,
        branch_id=filing.unit_id,
        year=run.year,
        rulebook=run.rulebook,
        rule_version=run.rule_version,
        digest=run.digest,
        skip_reason=run.skip_reason,
        inputs=inputs,
        decisions=msgspec.convert(run.decisions, list[TieWord]),
        grades=[GradedLine(*line[1:]) for line in lines],
        publicity_until=shown.until.isoformat(),
        objections=session.scalar(objections) or 0,
        slips=told_slips(session, run.unit_id, run.year),
        filed_by=filing.by,
        filed_at=filing.at.isoformat(),
        salt=secrets.token_hex(16),
    )
