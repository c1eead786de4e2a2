"""The branch's desk for cases: what is said here goes up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.outcomes.models import OutcomeCase, OutcomeRun, OutcomeWord
from services.branch.outcomes.people import offices
from services.branch.roster.models import Member
from services.branch.transfers.brought import brought_told
from services.branch.transfers.cases import follow_cases
from shared.contracts.outcomes import CasesTold
from shared.outcomes.desk import Desk
from shared.sync.outbox import send_up
from shared.sync.years import outcomes_book


def _tell(session: Session, unit_id: UUID, told: CasesTold, now: datetime) -> None:
    send_up(session, unit_id, unit_id, told, now)
    # Who has moved on since is told of where he is now.
    follow_cases(session, DESK, [told], now)


def _name(session: Session, case: Any) -> str:
    query = select(Member.name).where(Member.id == case.member_id, Member.unit_id == case.unit_id)
    return session.scalars(query).first() or ""


DESK = Desk(
    "branch",
    OutcomeCase,
    OutcomeWord,
    OutcomeRun,
    outcomes_book,
    _tell,
    offices=offices,
    name_of=_name,
    brought=brought_told,
)
