"""The branch's desk for cases: what is said here goes up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.outcomes.models import OutcomeCase, OutcomeRun, OutcomeWord
from shared.contracts.outcomes import CasesTold
from shared.outcomes.desk import Desk
from shared.sync.outbox import send_up
from shared.sync.years import outcomes_book


def _tell(session: Session, unit_id: UUID, told: CasesTold, now: datetime) -> None:
    send_up(session, unit_id, unit_id, told, now)


DESK = Desk("branch", OutcomeCase, OutcomeWord, OutcomeRun, outcomes_book, _tell)
