"""Objecting to a result under publicity, and reading the county's answer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.contest.models import Objection, ObjectionAnswer
from shared.contracts.returns import ObjectionAnswered, ObjectionRaised
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import take_turn
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.contests import OpenContest
from shared.sync.outbox import send_up
from shared.sync.records import Received


def raise_objection(
    session: Session, actor: SignedIn, unit: Unit, contest: OpenContest, text: str, now: datetime
) -> Objection:
    """Object to the village's result; it goes up to the county. Raises Refused out of time.

    The same words by the same village are one objection, however often they are sent.
    """
    if not contest.course.may_object(civil(now).date()):
        raise Refused(
            "现在不在公示期内，不能提出异议。公示结束后仍有意见的，可以申诉，办法见页面底部“投诉建议”。"
        )
    words = text.replace("\r\n", "\n").strip()
    known = _same_words(session, contest.id, unit.id, words)
    if known is not None:
        return known
    objection = Objection(
        id=new_id(), contest_id=contest.id, unit_id=unit.id, text=words, by=actor.name, at=now
    )
    session.add(objection)
    body = ObjectionRaised(
        objection_id=objection.id,
        contest_id=contest.id,
        village_id=unit.id,
        raised_at_tier="branch",
        text=words,
        by=actor.name,
        at=now.isoformat(),
    )
    send_up(session, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "objection.raise", str(objection.id))
    return objection


def _same_words(session: Session, contest_id: UUID, unit_id: UUID, words: str) -> Objection | None:
    """What a second click would repeat; two clicks at once wait for each other."""
    key = f"objection/{contest_id}/{unit_id}"
    take_turn(session, key)
    query = select(Objection).where(
        Objection.contest_id == contest_id, Objection.unit_id == unit_id, Objection.text == words
    )
    return session.scalars(query).first()


def objections(
    session: Session, contest_id: UUID, unit_id: UUID
) -> Sequence[tuple[Objection, ObjectionAnswer | None]]:
    """A village's objections, newest first, each with its answer."""
    rows = session.execute(
        select(Objection, ObjectionAnswer)
        .outerjoin(ObjectionAnswer, ObjectionAnswer.objection_id == Objection.id)
        .where(Objection.contest_id == contest_id, Objection.unit_id == unit_id)
        .order_by(Objection.at.desc())
    )
    return [(row[0], row[1]) for row in rows]


def receive_answers(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the county's answers."""
    for item in received:
        body: ObjectionAnswered = item.body
        session.add(
            ObjectionAnswer(
                objection_id=body.objection_id,
                unit_id=item.unit,
                upheld=body.upheld,
                answer=body.answer,
                by=body.by,
                at=datetime.fromisoformat(body.at),
            )
        )
    session.flush()


def recover_objections(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild objections the township still holds, after this database was restored to before them."""
    for item in received:
        body: ObjectionRaised = item.body
        if session.get(Objection, body.objection_id) is None:
            session.add(
                Objection(
                    id=body.objection_id,
                    contest_id=body.contest_id,
                    unit_id=body.village_id,
                    text=body.text,
                    by=body.by,
                    at=datetime.fromisoformat(body.at),
                )
            )
    session.flush()
