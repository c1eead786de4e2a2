"""County documents pass through the township whole: kept here, and handed on with the county's signature."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.units import Unit
from shared.sync.handing_on import hand_down, to_branches
from shared.sync.outbox import publish_each_down
from shared.sync.publications import receive_publications
from shared.sync.records import Received
from shared.sync.unit_changes import receive_unit_changes


def pass_on_to_all(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what concerns everyone, and publish it to the branches of every township this node serves."""
    receive_publications(session, received, now)
    _hand_on(session, received, now)


def pass_on_unit_changes(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Follow the county's changes to the tree, then hand them on."""
    receive_unit_changes(session, received, now)
    _hand_on(session, received, now)


def _hand_on(session: Session, received: Sequence[Received], now: datetime) -> None:
    townships = session.scalars(select(Unit.id).where(Unit.level == "township").order_by(Unit.path)).all()
    publish_each_down(session, [(one, None, one, item.body) for item in received for one in townships], now)


def pass_on_to_village(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what concerns one unit, and hand it to that branch alone; what concerns a committee stays."""
    receive_publications(session, received, now)
    hand_down(session, to_branches(session, received), now)
