"""Rosters pass through the township to the county: the same cards, about the same branch."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.roster.models import COPY
from shared.kit.units import Unit
from shared.sync.outbox import send_up
from shared.sync.records import Received
from shared.sync.rosters import keep_cards


def receive_and_pass_on(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the cards here and tell the county."""
    keep_cards(session, COPY, received)
    branches = [item.unit for item in received]
    rows = session.execute(select(Unit.id, Unit.parent_id).where(Unit.id.in_(branches)))
    parents = {row.id: row.parent_id for row in rows}
    for item in received:
        send_up(session, parents[item.unit], item.unit, item.body, now)
