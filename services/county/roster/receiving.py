"""Rosters as they arrive from the townships."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.county.roster.models import COPY
from shared.sync.records import Received
from shared.sync.rosters import keep_cards


def receive_rosters(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the newest card of every member told about."""
    keep_cards(session, COPY, received)
