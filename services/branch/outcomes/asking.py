"""Applying for fault tolerance, and appealing against a grade or an outcome."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.appraisal.models import Feedback, GradeLine
from services.branch.appraisal.state import newest_run
from services.branch.outcomes.corrected import corrected
from services.branch.outcomes.desk import DESK
from services.branch.points.over import require_open_years
from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from services.branch.transfers.models import BroughtGrade
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.outcomes.desk import calendar
from shared.outcomes.drawing_up import ask, flags_of
from shared.outcomes.voice import case_for
from shared.rules.calendar import add_working_days
from shared.rules.outcomes import shieldable_for
from shared.sync.years import MemberYear


def apply_for_tolerance(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    case_id: UUID,
    member_id: UUID,
    codes: list[str],
    text: str,
    now: datetime,
) -> None:
    """Ask that outcomes be held back, for a member of this branch. Raises Absent, CaseRefused, Refused."""
    member = member_of(session, unit.id, member_id)
    if session.get(DESK.cases, case_id) is None:
        require_open_years(session, [year.year])
        if not may_be_shielded(session, member, year).issuperset(codes):
            raise Refused(N_("所选的结果里，有的不会因本人的格次和身份产生，不用申请。请重新选。"))
    ask(
        session,
        DESK,
        actor,
        unit.id,
        member.id,
        case_id,
        year.outcomes,
        year.year,
        "tolerance",
        text,
        now,
        codes=codes,
    )


def may_be_shielded(session: Session, member: Member, year: MemberYear) -> frozenset[str]:
    """Outcomes that may follow for this member and may be held back; a grade not told yet narrows nothing."""
    run = newest_run(session, member.unit_id, year.year)
    told = session.get(Feedback, (member.unit_id, year.year, member.id))
    line = session.get(GradeLine, (run.id, member.id)) if told is not None and run is not None else None
    given = line or session.get(BroughtGrade, (member.unit_id, member.id, year.year))
    put_right = corrected(session, [member.id], year.year).get((member.id, year.year)) if given else None
    grade = (put_right or given).grade if given else None
    return frozenset(shieldable_for(year.outcomes, grade, flags_of(member.roles), member.field))


def appeal_grade(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    case_id: UUID,
    member_id: UUID,
    text: str,
    now: datetime,
) -> None:
    """Appeal against the grade, within the rulebook's days after it was fed back. Raises Absent, Refused."""
    member = member_of(session, unit.id, member_id)
    told = session.get(Feedback, (unit.id, year.year, member.id)) or session.get(
        BroughtGrade, (unit.id, member.id, year.year)
    )
    if told is None or told.signed_at is None:
        raise Refused(N_("评议结果还没有反馈签收，签收之后才能申诉。公示期内有意见的，可以提异议。"))
    last = add_working_days(civil(told.signed_at).date(), year.outcomes.appeals.grade_days, calendar())
    if civil(now).date() > last:
        raise Refused(N_("申诉期限到 %(day)s 为止，已经过了。"), day=last)
    ask(session, DESK, actor, unit.id, member.id, case_id, year.outcomes, year.year, "appeal", text, now)


def appeal_outcome(
    session: Session, actor: SignedIn, unit: Unit, case_id: UUID, against: UUID, text: str, now: datetime
) -> None:
    """Appeal against an outcome in force. Raises Absent, CaseRefused."""
    found = case_for(session, DESK, actor, against)
    rulebook = DESK.rulebook(session, found.case.rulebook)
    ask(
        session,
        DESK,
        actor,
        unit.id,
        found.case.member_id,
        case_id,
        rulebook,
        found.case.year,
        "appeal",
        text,
        now,
        against=found,
    )
