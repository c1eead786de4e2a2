"""Transfers pass through the township: to a branch of its own, else upward; what passed is kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.roster.models import KnownMember
from services.township.transfers.checking import check_record
from services.township.transfers.models import PASSAGES
from shared.contracts.transfers import TransferClosed, TransferOffered
from shared.kit.units import Unit, with_members
from shared.sync.outbox import pass_down, pass_up, publish_down
from shared.sync.passages import keep_passage, nobody_there, require_handed_over, speaks_for
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable
from shared.sync.streams import UP, parse


def relay(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand each word on, in the direction of the branch it is for."""
    for item in received:
        unit = session.get_one(Unit, item.unit)
        if parse(item.stream).way == UP:
            _from_below(session, item, unit, now)
        else:
            assert unit.parent_id is not None
            keep_passage(session, PASSAGES, item, unit.id)
            pass_down(session, unit.parent_id, unit.id, unit.id, item, now)


def _from_below(session: Session, item: Received, unit: Unit, now: datetime) -> None:
    body, township = item.body, unit.parent_id
    assert township is not None
    speaks_for(unit, body)
    if isinstance(body, TransferOffered) and not _ours(session, unit.id, body.card.member_id):
        raise Unacceptable("the member is not one of this branch")
    if isinstance(body, TransferClosed):
        check_record(session, unit, body)
    target = _below(session, township, body.target_code)
    if target is None:
        keep_passage(session, PASSAGES, item, unit.id)
        pass_up(session, township, unit.id, item, now)
        return
    keep_passage(session, PASSAGES, item, target.id)
    if isinstance(body, TransferOffered) and target.closed_on is not None:
        publish_down(session, township, unit.id, unit.id, nobody_there(body, now), now)
    else:
        pass_down(session, township, target.id, target.id, item, now)


def follow(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Hand on what follows a member who was handed over. Raises OutOfScope for anybody else."""
    for item in received:
        unit = session.get_one(Unit, item.unit)
        township, body = unit.parent_id, item.body
        assert township is not None
        target: Unit | None = unit
        if parse(item.stream).way == UP:
            speaks_for(unit, body)
            require_handed_over(session, PASSAGES, body)
            target = _below(session, township, body.target_code)
        if target is None:
            pass_up(session, township, unit.id, item, now)
        else:
            pass_down(session, township, target.id, target.id, item, now)


def _below(session: Session, township: UUID, code: str) -> Unit | None:
    query = select(Unit).where(Unit.code == code, Unit.parent_id == township, with_members())
    return session.scalars(query).one_or_none()


def _ours(session: Session, unit_id: UUID, member_id: UUID) -> bool:
    query = select(KnownMember.member_id).where(
        KnownMember.unit_id == unit_id, KnownMember.member_id == member_id, KnownMember.until.is_(None)
    )
    return session.scalar(query) is not None
