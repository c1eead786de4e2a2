"""What arrives about branches' year-ends: their words, and the county's word on classings."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.organisations.actions import of_themselves
from services.township.organisations.classing import ROOM
from shared.contracts.classing import ClassingVerdict, ReviewAsked, UnitSaid, Unshown
from shared.kit.ids import new_id
from shared.kit.units import Unit, with_members
from shared.organisations.classings import keep_filed, keep_verdict_words, keep_verdicts
from shared.organisations.year_end import keep_said, keep_words_said
from shared.sync.outbox import publish_each_down, send_each_up
from shared.sync.records import Received


def receive_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Words of branches, and of the county about this township; a branch's request for review goes on up."""
    below = of_themselves(received, own=True)
    keep_said(session, ROOM.said, below, above=False)
    keep_said(session, ROOM.said, of_themselves(received, own=False), above=True)
    asked = [one for one in below if isinstance(one.body.body, ReviewAsked)]
    parents = dict(session.execute(select(Unit.id, Unit.parent_id).where(Unit.level == "branch")).all())
    send_each_up(session, [(parents[one.unit], one.unit, one.body) for one in asked], now)


def receive_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """The county's words; where it returned a classing, its branches are told that the publicity is off."""
    keep_verdicts(session, ROOM, received)
    for item in received:
        body: ClassingVerdict = item.body
        if body.verdict != "returned":
            continue
        query = select(Unit.id).where(Unit.parent_id == item.unit, with_members()).order_by(Unit.path)
        words = [
            UnitSaid(new_id(), unit, body.year, Unshown(body.classing_id, body.reason), body.by, body.at)
            for unit in session.scalars(query)
        ]
        keep_words_said(session, ROOM.said, words)
        publish_each_down(session, [(item.unit, one.unit_id, one.unit_id, one) for one in words], now)


def recover_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words and what was passed on, after this database was restored to before them."""
    keep_words_said(session, ROOM.said, [one.body for one in received])


def recover_filed(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own classings that the county still holds, confirmed as they went up."""
    keep_filed(session, ROOM, received, now)
    words = [
        (one.unit, ClassingVerdict(new_id(), body.classing_id, body.pool_id, body.year, "confirmed", *said))
        for one in received
        for body in [one.body]
        for said in [(body.publicity_until, body.confirmed_by, body.confirmed_at)]
    ]
    keep_verdict_words(session, ROOM, words)
