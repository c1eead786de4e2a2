"""Objections pass through the township unchanged: it sees them, adds its own, and cannot hold them back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.township.base import TownshipBase
from services.township.objections.models import Objection, ObjectionAnswer
from shared.contracts.returns import ObjectionAnswered, ObjectionRaised
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.contests import OpenContest
from shared.sync.outbox import publish_down, send_up
from shared.sync.records import Received

OUT_OF_TIME = N_("现在不在公示期内，不能提出异议。公示结束后仍有意见的，可以申诉，办法见页面底部“投诉建议”。")


def raise_objection(
    session: Session,
    actor: SignedIn,
    village: Unit,
    contest: OpenContest,
    text: str,
    now: datetime,
    objection_id: UUID | None = None,
) -> Objection:
    """The township objects on a village's behalf; the same `objection_id` twice is one objection.

    Raises Refused out of time.
    """
    if objection_id and (known := session.get(Objection, objection_id)):
        return known
    if not contest.course.may_object(civil(now).date()):
        raise Refused(OUT_OF_TIME)
    objection = Objection(
        id=objection_id or new_id(),
        contest_id=contest.id,
        unit_id=village.id,
        raised_at_tier="township",
        text=text,
        by=actor.name,
        at=now,
    )
    session.add(objection)
    session.flush()
    assert village.parent_id is not None
    send_up(session, village.parent_id, village.id, _message(objection), now)
    audit.record(session, now, actor.account_id, village.id, "objection.raise", str(objection.id))
    return objection


def _message(objection: Objection) -> ObjectionRaised:
    return ObjectionRaised(
        objection_id=objection.id,
        contest_id=objection.contest_id,
        village_id=objection.unit_id,
        raised_at_tier=objection.raised_at_tier,
        text=objection.text,
        by=objection.by,
        at=objection.at.isoformat(),
    )


def objections(
    session: Session, contest_id: UUID
) -> Sequence[tuple[Objection, ObjectionAnswer | None, Unit]]:
    """Objections in scope, newest first, each with its answer and village."""
    found = session.execute(
        select(Objection, ObjectionAnswer, Unit)
        .join(Unit, Unit.id == Objection.unit_id)
        .outerjoin(ObjectionAnswer, ObjectionAnswer.objection_id == Objection.id)
        .where(Objection.contest_id == contest_id)
        .order_by(Objection.at.desc())
    )
    return [(row[0], row[1], row[2]) for row in found]


def receive_objections(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep a branch's objections and pass each on to the county in the same transaction.

    One that is here already (rebuilt after a restore, then sent again) has been passed on before.
    """
    for item in received:
        body: ObjectionRaised = item.body
        if _added(session, Objection, _objection(body, item.unit)):
            send_up(session, _township(session, item.unit), item.unit, body, now)


def receive_answers(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the county's answers and hand each down to its village, once."""
    for item in received:
        body: ObjectionAnswered = item.body
        if _added(session, ObjectionAnswer, _answer(body, item.unit)):
            publish_down(session, _township(session, item.unit), item.unit, item.unit, body, now)


def recover_objections(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild objections the county still holds, after this database was restored to before them."""
    for item in received:
        _added(session, Objection, _objection(item.body, item.unit))


def recover_answers(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild answers the branches still hold the same way."""
    for item in received:
        _added(session, ObjectionAnswer, _answer(item.body, item.unit))


def _added(session: Session, table: type[TownshipBase], row: dict[str, Any]) -> bool:
    """Insert a row unless it is there. Inline: the ingest role may add such rows, but not read them."""
    statement = insert(table).values(row).on_conflict_do_nothing().inline()
    counted = statement.execution_options(preserve_rowcount=True)  # else -1 for an insert
    return session.connection().execute(counted).rowcount == 1


def _objection(body: ObjectionRaised, unit: UUID) -> dict[str, Any]:
    return {
        "id": body.objection_id,
        "contest_id": body.contest_id,
        "unit_id": unit,
        "raised_at_tier": body.raised_at_tier,
        "text": body.text,
        "by": body.by,
        "at": datetime.fromisoformat(body.at),
    }


def _answer(body: ObjectionAnswered, unit: UUID) -> dict[str, Any]:
    return {
        "objection_id": body.objection_id,
        "unit_id": unit,
        "upheld": body.upheld,
        "answer": body.answer,
        "by": body.by,
        "at": datetime.fromisoformat(body.at),
    }


def _township(session: Session, village_id: UUID) -> UUID:
    return session.scalars(select(Unit.parent_id).where(Unit.id == village_id)).one() or village_id
