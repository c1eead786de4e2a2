"""Settled years on their way up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.roster.models import COPY
from shared.sync.handing_on import hand_up
from shared.sync.records import Received
from shared.sync.rosters import require_members


def pass_settled(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand a settled year up. Raises OutOfScope where it has a base for somebody not the branch's."""
    told = ((item.unit, item.body.year, one.member_id) for item in received for one in item.body.bases)
    require_members(session, COPY, told)
    hand_up(session, received, now)
