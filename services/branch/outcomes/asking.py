"""Applying for fault tolerance, and appealing against a grade or an outcome."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.appraisal.models import Feedback
from services.branch.outcomes.desk import DESK
from services.branch.roster.actions import member_of
from services.branch.transfers.models import BroughtGrade
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.outcomes.desk import calendar
from shared.outcomes.drawing_up import ask
from shared.outcomes.voice import case_for
from shared.rules.calendar import add_working_days
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
    """Ask that outcomes be held back, for a member of this branch. Raises Absent, CaseRefused."""
    member = member_of(session, unit.id, member_id)
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
