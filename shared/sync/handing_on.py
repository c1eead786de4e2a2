"""What only passes through a township: handed up for its branch, or down to it, as it came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.db import among
from shared.kit.units import Unit
from shared.sync.outbox import publish_each_down, send_each_up
from shared.sync.records import Received


def hand_up(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand to the tier above what branches said. Raises KeyError for a unit that is no branch here."""
    above = _townships(session, received)
    send_each_up(session, [(above[item.unit], item.unit, item.body) for item in received], now)


def hand_down(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand to each branch what is said to it. Raises KeyError for a unit that is no branch here."""
    above = _townships(session, received)
    down = [(above[item.unit], item.unit, item.unit, item.body) for item in received]
    publish_each_down(session, down, now)


def to_branches(session: Session, received: Sequence[Received]) -> list[Received]:
    """Those that are about a branch here: what is about a committee goes no further."""
    above = _townships(session, received)
    return [item for item in received if item.unit in above]


def _townships(session: Session, received: Sequence[Received]) -> Mapping[UUID, UUID]:
    """The township of every branch among them."""
    asked = among(Unit.id, {item.unit for item in received})
    rows = session.execute(select(Unit.id, Unit.parent_id).where(Unit.level == "branch", asked))
    return {row.id: row.parent_id for row in rows}
