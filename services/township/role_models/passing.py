"""Deeds pass through the township: up as proposed, the county's refusals down to that branch alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.units import Unit
from shared.sync.outbox import publish_down, send_up
from shared.sync.records import Received


def pass_up(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand proposals to the county."""
    for item in received:
        send_up(session, _township(session, item), item.unit, item.body, now)


def pass_down(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand the county's refusal to its branch."""
    for item in received:
        publish_down(session, _township(session, item), item.unit, item.unit, item.body, now)


def _township(session: Session, item: Received) -> UUID:
    parent = session.scalars(select(Unit.parent_id).where(Unit.id == item.unit)).one()
    assert parent is not None
    return parent
