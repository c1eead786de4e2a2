"""Rosters pass through the township to the county: the same cards, about the same branch."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.roster.models import COPY
from shared.sync.handing_on import hand_up
from shared.sync.records import Received
from shared.sync.rosters import keep_cards


def receive_and_pass_on(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the cards here and tell the county."""
    keep_cards(session, COPY, received)
    hand_up(session, received, now)
