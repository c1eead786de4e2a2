"""What townships send of organisations: classings, requests for review, what was put right, own words."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.county.organisations.models import TABLES
from services.county.organisations.room import ROOM, member_year
from shared.contracts.classing import RectificationJudged, ReviewAsked, UnitSaid
from shared.organisations.classings import keep_filed
from shared.organisations.entering import keep_entries, keep_words
from shared.organisations.year_end import keep_said, keep_words_said
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable


def receive_filed(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Classings that two people of a township signed for. Raises Unacceptable for another's pool."""
    if any(one.body.pool_id != one.unit for one in received):
        raise Unacceptable("a township classes its own branches")
    keep_filed(session, ROOM, received, now)


def receive_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """A township's words of itself; of its branches: requests for review, and what it found put right."""
    keep_said(session, ROOM.said, _own(received), above=False)
    for one in received:
        if one.unit == one.origin:
            continue
        body: UnitSaid = one.body
        if not isinstance(body.body, ReviewAsked | RectificationJudged) or body.unit_id != one.unit:
            raise Unacceptable("this word is not theirs to say")
        keep_words_said(session, ROOM.said, [body])


def receive_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What committees file of themselves, each looked at again by the rule."""
    keep_entries(session, TABLES, _own(received), above=False, read=member_year)


def receive_replies(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What committees say to deductions."""
    keep_words(session, TABLES, _own(received), "reply")


def _own(received: Sequence[Received]) -> list[Received]:
    """What units say of themselves: a township speaks here for nobody else."""
    return [one for one in received if one.unit == one.origin]
