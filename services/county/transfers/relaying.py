"""Transfers between townships pass through the county: it knows every branch by its code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.transfers.models import PASSAGES
from shared.contracts.transfers import TransferOffered
from shared.kit.units import Unit, with_members
from shared.sync.outbox import pass_down, publish_down
from shared.sync.passages import keep_passage, nobody_there, require_handed_over, speaks_for
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable


def follow(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand on what follows a member who was handed over. Raises OutOfScope for anybody else."""
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    for item in received:
        body = item.body
        speaks_for(session.get_one(Unit, item.unit), body)
        require_handed_over(session, PASSAGES, body)
        target = session.scalars(
            select(Unit).where(Unit.code == body.target_code, with_members())
        ).one_or_none()
        if target is None:
            raise Unacceptable("the branch it follows to is not there any more")
        pass_down(session, county, target.parent_id, target.id, item, now)


def relay(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand each word down to the township of the branch it is for; an offer to nobody is answered."""
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    for item in received:
        body, origin = item.body, session.get_one(Unit, item.unit)
        speaks_for(origin, body)
        target = session.scalars(
            select(Unit).where(Unit.code == body.target_code, with_members())
        ).one_or_none()
        keep_passage(session, PASSAGES, item, target.id if target else origin.id)
        if isinstance(body, TransferOffered) and (target is None or target.closed_on is not None):
            publish_down(session, county, origin.parent_id, origin.id, nobody_there(body, now), now)
        elif target is not None:
            pass_down(session, county, target.parent_id, target.id, item, now)
