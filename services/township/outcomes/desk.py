"""The township's desk for cases: it looks at what others decide, and says nothing itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.township.outcomes.models import OutcomeCase, OutcomeWord
from shared.contracts.outcomes import CasesTold
from shared.outcomes.desk import Desk
from shared.sync.years import outcomes_book


def _tell(_session: Session, _unit_id: UUID, _told: CasesTold, _now: datetime) -> None:
    raise AssertionError("the township decides no case")


DESK = Desk("township", OutcomeCase, OutcomeWord, None, outcomes_book, _tell)
