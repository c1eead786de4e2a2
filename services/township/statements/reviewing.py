"""The township's decisions on months of points: accepted, sent back with a reason, approved and rolled up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.township.statements.models import ReceivedStatement, StatementReview
from shared.contracts.statements import StatementApproved, StatementVerdict
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.outbox import publish_down, send_up

REASON_LENGTH = 400


@dataclass(frozen=True)
class Seen:
    """A statement as the person saw it: version 0 where nobody had touched it."""

    id: UUID
    version: int


def accept(session: Session, actor: SignedIn, seen: Sequence[Seen], now: datetime) -> int:
    """Take statements up for review: the branch sees it, nothing is approved yet. Raises Refused, Absent."""
    for received, review in _held(session, seen, (None,)):
        assert review is None
        made = _new(received, "accepted", actor, now)
        session.add(made)
        _tell(session, received, actor, "accepted", "", now)
    session.flush()
    return len(seen)


def approve(session: Session, actor: SignedIn, seen: Sequence[Seen], now: datetime) -> int:
    """Approve accepted statements and roll them up, all or none.

    Raises Refused where somebody approves what they accepted themselves, or it has changed since.
    """
    held = _held(session, seen, ("accepted",))
    for received, review in held:
        assert review is not None
        if review.accepted_by_id == actor.account_id:
            raise Refused(N_("受理和批准要由两个人分别办理。"))
        _in_order(session, received, [one.id for one in seen])
    for received, review in held:
        assert review is not None
        review.state, review.approved_by, review.approved_at = "approved", actor.name, now
        _tell(session, received, actor, "approved", "", now)
        _roll_up(session, received, review, now)
        audit.record(session, now, actor.account_id, received.unit_id, "statement.approve", str(received.id))
    session.flush()
    return len(seen)


def send_back(session: Session, actor: SignedIn, seen: Sequence[Seen], reason: str, now: datetime) -> int:
    """Send statements back with a reason; the branch answers with a further part. Raises Refused, Absent."""
    if not reason.strip():
        raise Refused(N_("请写明退回理由，支部会看到。"))
    for received, review in _held(session, seen, (None, "accepted")):
        if review is None:
            review = _new(received, "sent_back", actor, now)
            session.add(review)
        review.state, review.reason = "sent_back", reason.strip()[:REASON_LENGTH]
        review.sent_back_by, review.sent_back_at = actor.name, now
        _tell(session, received, actor, "sent_back", review.reason, now)
        audit.record(
            session, now, actor.account_id, received.unit_id, "statement.send_back", str(received.id)
        )
    session.flush()
    return len(seen)


def _new(received: ReceivedStatement, state: str, actor: SignedIn, now: datetime) -> StatementReview:
    return StatementReview(
        statement_id=received.id,
        unit_id=received.unit_id,
        state=state,
        accepted_by=actor.name,
        accepted_by_id=actor.account_id,
        accepted_at=now,
    )


def _settled(part: ReceivedStatement, review: StatementReview) -> StatementReview:
    return StatementReview(
        statement_id=part.id,
        unit_id=part.unit_id,
        state="approved",
        accepted_by=review.accepted_by,
        accepted_by_id=review.accepted_by_id,
        accepted_at=review.accepted_at,
        approved_by=review.approved_by,
        approved_at=review.approved_at,
    )


def _held(
    session: Session, seen: Sequence[Seen], states: Sequence[str | None]
) -> list[tuple[ReceivedStatement, StatementReview | None]]:
    """Statements in scope with their reviews locked, unless one is not as it was seen."""
    if not seen:
        raise Refused(N_("请先勾选要办理的月报。"))
    # One decision at a time per statement, also where there is no review row to lock yet.
    for one in sorted(seen, key=lambda one: one.id):
        key = func.hashtextextended(f"statement/{one.id}", 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))
    ids = [one.id for one in seen]
    query = select(ReceivedStatement).where(ReceivedStatement.id.in_(ids))
    received = {one.id: one for one in session.scalars(query)}
    query_reviews = select(StatementReview).where(StatementReview.statement_id.in_(ids))
    reviews = {one.statement_id: one for one in session.scalars(query_reviews)}
    if len(received) < len(set(ids)):
        raise Absent
    for one in seen:
        review = reviews.get(one.id)
        if (review.state if review else None) not in states or (
            review.version if review else 0
        ) != one.version:
            raise Refused(N_("有月报刚刚被别人办理过，没有改动任何一份。请刷新后再办。"))
    return [(received[one.id], reviews.get(one.id)) for one in seen]


def _in_order(session: Session, received: ReceivedStatement, together: Sequence[UUID]) -> None:
    """Months are approved one after the other, or `together`: the county's ledger has no holes."""
    approved = select(StatementReview.statement_id).where(StatementReview.state == "approved")
    earlier = session.scalars(
        select(ReceivedStatement)
        .where(
            ReceivedStatement.unit_id == received.unit_id,
            ReceivedStatement.year == received.year,
            ReceivedStatement.closed_at < received.closed_at,
            ReceivedStatement.id.not_in(approved),
            ReceivedStatement.id.not_in(together),
        )
        .order_by(ReceivedStatement.month)
        .limit(1)
    ).one_or_none()
    # Parts of the same month are approved together.
    if earlier is not None and earlier.month != received.month:
        raise Refused(N_("请先办完 %(month)s 月的月报。"), month=earlier.month)


def _parts(session: Session, received: ReceivedStatement) -> Sequence[ReceivedStatement]:
    """The parts that go up with this approval: itself, and the parts of the month that it answers."""
    return session.scalars(
        select(ReceivedStatement)
        .where(
            ReceivedStatement.unit_id == received.unit_id,
            ReceivedStatement.year == received.year,
            ReceivedStatement.month == received.month,
            ReceivedStatement.part <= received.part,
        )
        .order_by(ReceivedStatement.part)
    ).all()


def _roll_up(session: Session, received: ReceivedStatement, review: StatementReview, now: datetime) -> None:
    unit = session.get_one(Unit, received.unit_id)
    assert unit.parent_id is not None
    for part in _parts(session, received):
        answered = session.get(StatementReview, part.id)
        if answered is not None and answered.state == "approved" and part.id != received.id:
            continue  # it has gone up by an approval of its own
        if answered is not None:
            # A part sent back before is settled by the one that answers it.
            answered.state = "approved"
        else:
            # So is one that its general branch had sent back: it came up together with its answer.
            session.add(_settled(part, review))
        body = StatementApproved(
            statement_id=part.id,
            branch_id=part.unit_id,
            township_id=unit.parent_id,
            accepted_by=review.accepted_by,
            approved_by=review.approved_by,
            approved_at=now.isoformat(),
            original=part.original,
        )
        send_up(session, unit.parent_id, part.unit_id, body, now)


def _tell(
    session: Session, received: ReceivedStatement, actor: SignedIn, verdict: str, reason: str, now: datetime
) -> None:
    unit = session.get_one(Unit, received.unit_id)
    assert unit.parent_id is not None
    body = StatementVerdict(
        verdict_id=new_id(),
        statement_id=received.id,
        branch_id=received.unit_id,
        verdict=verdict,
        reason=reason,
        by=actor.name,
        at=now.isoformat(),
    )
    publish_down(session, unit.parent_id, received.unit_id, received.unit_id, body, now)
