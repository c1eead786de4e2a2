"""Rosters as they arrive from the townships."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.county.grades.counting import graded_by_several, look_again
from services.county.roster.models import COPY
from shared.sync.records import Received
from shared.sync.rosters import keep_cards


def receive_rosters(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the newest card of every member told about; whose grade counts may hang on it."""
    keep_cards(session, COPY, received)
    members = graded_by_several(session, {card.member_id for item in received for card in item.body.cards})
    if members:
        look_again(session, members, now)
