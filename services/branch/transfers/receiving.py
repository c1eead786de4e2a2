"""Words about transfers as they arrive; a member who is handed over becomes one of this branch."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.roster.actions import card_of, hold_roster
from services.branch.roster.models import MOVED, Member
from services.branch.roster.reading import next_number
from services.branch.transfers.actions import Word, keep_word
from services.branch.transfers.carrying import hand_on
from services.branch.transfers.reading import transfer_of
from shared.contracts.roster import RosterChanged
from shared.contracts.transfers import TransferAnswered, TransferClosed, TransferOffered
from shared.sync.outbox import send_up
from shared.sync.records import Received


def _member_of(body: Word) -> UUID:
    return body.card.member_id if isinstance(body, TransferOffered) else body.member_id


def receive_words(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the other branch said, by way of the tiers above."""
    for item in received:
        out = isinstance(item.body, TransferAnswered)
        keep_word(session, item.unit, item.body, _member_of(item.body), out)
        if isinstance(item.body, TransferClosed):
            _arrive(session, item.unit, item.body, now)


def _arrive(session: Session, unit_id: UUID, record: TransferClosed, now: datetime) -> None:
    """The member belongs here from the day agreed; a record nobody here agreed to does nothing."""
    if transfer_of(session, unit_id, record.transfer_id).state != "closed":
        return
    hold_roster(session, unit_id)
    member = session.get(Member, (unit_id, record.member_id))
    if member is not None and member.until is None:
        return
    if member is None:
        member = Member(
            unit_id=unit_id, id=record.member_id, number=_number(session, unit_id, record), version=0
        )
        session.add(member)
    card = record.card
    member.name, member.status, member.field = card.name, card.status, card.field
    member.post, member.roles, member.exempt, member.floating = (
        card.post,
        card.roles,
        card.exempt,
        card.floating,
    )
    member.joined_on = date.fromisoformat(record.joined_on) if record.joined_on else None
    member.since, member.until, member.left_why = date.fromisoformat(record.since), None, ""
    member.version, member.changed_at = member.version + 1, now
    session.flush()
    body = RosterChanged(branch_id=unit_id, cards=[card_of(member)], by=record.by, at=now.isoformat())
    send_up(session, unit_id, unit_id, body, now)


def _number(session: Session, unit_id: UUID, record: TransferClosed) -> str:
    """The number the member had, unless somebody here has it."""
    wished = record.card.number
    taken = session.scalar(select(Member.number).where(Member.unit_id == unit_id, Member.number == wished))
    return next_number(session, unit_id) if taken else wished


def recover_words(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that come back after a restore: what was said stands again, who was handed over has left."""
    for item in received:
        out = not isinstance(item.body, TransferAnswered)
        keep_word(session, item.unit, item.body, _member_of(item.body), out)
        if isinstance(item.body, TransferClosed):
            member = session.get(Member, (item.unit, item.body.member_id))
            if member is not None:
                member.until, member.left_why = date.fromisoformat(item.body.since), MOVED
                hand_on(session, member, item.body.transfer_id)
    session.flush()
