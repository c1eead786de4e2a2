"""Settled years on their way up, and what the county asks about them on its way down."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.outcomes.passing import hand_up
from services.township.roster.models import COPY
from shared.kit.units import Unit
from shared.sync.outbox import publish_down
from shared.sync.records import Received
from shared.sync.rosters import require_members


def pass_settled(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand a settled year up. Raises OutOfScope where it has a base for somebody not the branch's."""
    told = ((item.unit, item.body.year, one.member_id) for item in received for one in item.body.bases)
    require_members(session, COPY, told)
    hand_up(session, received, now)


def pass_asked(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand the county's question, or a grade it corrected, to the branch it is for."""
    for item in received:
        township = session.get_one(Unit, item.unit).parent_id
        assert township is not None
        publish_down(session, township, item.unit, item.unit, item.body, now)
