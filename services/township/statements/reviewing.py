"""The township's decisions on months of points: accepted, sent back with a reason, approved and rolled up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.township.statements.models import ReceivedStatement, StatementReview
from shared.contracts.statements import StatementApproved, StatementVerdict
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import among, insert_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.sync.outbox import publish_each_down, send_each_up

REASON_LENGTH = 400
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key"
)


@dataclass(frozen=True)
class Seen:
    """A statement as the person saw it: version 0 where nobody had touched it."""

    id: UUID
    version: int


def accept(session: Session, actor: SignedIn, seen: Sequence[Seen], now: datetime) -> int:
    """Take statements up for review: the branch sees it, nothing is approved yet. Raises Refused, Absent."""
    held = [received for received, _none in _held(session, seen, (None,))]
    insert_rows(session, StatementReview, [_accepted(received, actor, now) for received in held])
    _tell(session, held, actor, "accepted", "", now)
    return len(seen)


def approve(session: Session, actor: SignedIn, seen: Sequence[Seen], now: datetime) -> int:
    """Approve accepted statements and roll them up, all or none.

    Raises Refused where somebody approves what they accepted themselves, it has changed since, or counting it
    again gives something else.
    """
    held = _held(session, seen, ("accepted",))
    for received, review in held:
        assert review is not None
        if same_person(session, actor, review.accepted_by_id, review.accepted_by):
            raise Refused(N_("受理和批准要由两个人分别办理。"))
        if received.differences:
            raise Refused(
                N_("%(branch)s %(month)s 月的月报重算与入账不符，不能批准，请退回。"),
                branch=session.get_one(Unit, received.unit_id).name,
                month=received.month,
            )
    _in_order(session, [received for received, _review in held])
    for _received, review in held:
        assert review is not None
        review.state, review.approved_by, review.approved_at = "approved", actor.name, now
    session.flush()
    approved = [received for received, _review in held]
    _tell(session, approved, actor, "approved", "", now)
    _roll_up(session, held, now)
    subjects = [(received.unit_id, str(received.id)) for received in approved]
    audit.record_each(session, now, actor.account_id, "statement.approve", subjects)
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
        _tell(session, [received], actor, "sent_back", review.reason, now)
        audit.record(
            session, now, actor.account_id, received.unit_id, "statement.send_back", str(received.id)
        )
    session.flush()
    return len(seen)


def _accepted(received: ReceivedStatement, actor: SignedIn, now: datetime) -> dict[str, Any]:
    return {
        "statement_id": received.id,
        "unit_id": received.unit_id,
        "state": "accepted",
        "version": 1,
        "accepted_by": actor.name,
        "accepted_by_id": actor.account_id,
        "accepted_at": now,
    }


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
    session.execute(_LOCK, {"keys": sorted(f"statement/{one.id}" for one in seen)})
    ids = [one.id for one in seen]
    query = select(ReceivedStatement).where(among(ReceivedStatement.id, ids))
    received = {one.id: one for one in session.scalars(query)}
    query_reviews = select(StatementReview).where(among(StatementReview.statement_id, ids))
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


def _in_order(session: Session, together: Sequence[ReceivedStatement]) -> None:
    """Months are approved one after the other, or `together`: the county's ledger has no holes."""
    approved = select(StatementReview.statement_id).where(StatementReview.state == "approved")
    open_ones = session.execute(
        select(
            ReceivedStatement.unit_id,
            ReceivedStatement.year,
            ReceivedStatement.month,
            ReceivedStatement.closed_at,
        )
        .where(
            among(ReceivedStatement.unit_id, {one.unit_id for one in together}),
            ReceivedStatement.id.not_in(approved),
            ~among(ReceivedStatement.id, [one.id for one in together]),
        )
        .order_by(ReceivedStatement.month)
    ).all()
    for one in together:
        before = (
            row.month
            for row in open_ones
            if (row.unit_id, row.year) == (one.unit_id, one.year) and row.closed_at < one.closed_at
        )
        # Parts of the same month are approved together.
        if (month := next(before, one.month)) != one.month:
            raise Refused(N_("请先办完 %(month)s 月的月报。"), month=month)


def _parts(session: Session, received: ReceivedStatement) -> Sequence[ReceivedStatement]:
    """The parts that go up with this approval: itself, and the parts of the month that it answers."""
    if received.part == 1:
        return [received]
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


def _parents(session: Session, received: Sequence[ReceivedStatement]) -> dict[UUID, UUID]:
    """The township of each branch."""
    query = select(Unit.id, Unit.parent_id).where(among(Unit.id, {one.unit_id for one in received}))
    return {row.id: row.parent_id for row in session.execute(query) if row.parent_id}


def _roll_up(
    session: Session, held: Sequence[tuple[ReceivedStatement, StatementReview | None]], now: datetime
) -> None:
    parents = _parents(session, [received for received, _review in held])
    messages = [
        (parents[received.unit_id], received.unit_id, body)
        for received, review in held
        if review is not None
        for body in _risen(session, received, review, parents[received.unit_id], now)
    ]
    send_each_up(session, messages, now)


def _risen(
    session: Session, received: ReceivedStatement, review: StatementReview, township: UUID, now: datetime
) -> Iterator[StatementApproved]:
    for part in _parts(session, received):
        answered = review if part is received else session.get(StatementReview, part.id)
        if answered is not None and answered.state == "approved" and part.id != received.id:
            continue  # it has gone up by an approval of its own
        if answered is not None:
            # A part sent back before is settled by the one that answers it.
            answered.state = "approved"
        else:
            # So is one that its general branch had sent back: it came up together with its answer.
            session.add(_settled(part, review))
        yield StatementApproved(
            statement_id=part.id,
            branch_id=part.unit_id,
            township_id=township,
            accepted_by=review.accepted_by,
            approved_by=review.approved_by,
            approved_at=now.isoformat(),
            original=part.original,
        )


def _tell(
    session: Session,
    received: Sequence[ReceivedStatement],
    actor: SignedIn,
    verdict: str,
    reason: str,
    now: datetime,
) -> None:
    parents = _parents(session, received)
    messages = [
        (parents[one.unit_id], one.unit_id, one.unit_id, _verdict(one, actor, verdict, reason, now))
        for one in received
    ]
    publish_each_down(session, messages, now)


def _verdict(
    received: ReceivedStatement, actor: SignedIn, verdict: str, reason: str, now: datetime
) -> StatementVerdict:
    return StatementVerdict(
        verdict_id=new_id(),
        statement_id=received.id,
        branch_id=received.unit_id,
        verdict=verdict,
        reason=reason,
        by=actor.name,
        at=now.isoformat(),
    )
