"""The township's desk for cases: it looks at what others decide, and stands in for branches that cannot."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.outcomes.models import OutcomeCase, OutcomeWord
from services.township.roster.models import KnownMember
from shared.contracts.outcomes import CasesTold
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from shared.outcomes.desk import Desk, Offices
from shared.sync.outbox import publish_down, send_up
from shared.sync.years import outcomes_book


def _tell(session: Session, unit_id: UUID, told: CasesTold, now: datetime) -> None:
    """What is said here goes down to the branch it is about, and up to the county."""
    township = session.get_one(Unit, unit_id).parent_id
    assert township is not None
    publish_down(session, township, unit_id, unit_id, told, now)
    send_up(session, township, unit_id, told, now)


def _offices(_session: Session, _actor: SignedIn) -> Offices:
    """It has no cases of its own; it stands in for any branch below it that hands one up."""
    return Offices(frozenset(), "township", None)


def _name(session: Session, case: Any) -> str:
    query = select(KnownMember.name).where(
        KnownMember.member_id == case.member_id, KnownMember.unit_id == case.unit_id
    )
    return session.scalars(query).first() or ""


DESK = Desk("township", OutcomeCase, OutcomeWord, None, outcomes_book, _tell, offices=_offices, name_of=_name)
