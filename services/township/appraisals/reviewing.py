"""The township's decisions on graded years: accepted, returned with a reason, confirmed and rolled up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from shared.contracts.appraisal import AppraisalConfirmed, AppraisalVerdict
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.sync.outbox import publish_down, send_up

REASON_LENGTH = 400
CHANGED = N_("这份评议刚刚被别人办理过，没有改动。请刷新后再办。")


def filing_of(session: Session, filing_id: UUID) -> tuple[ReceivedAppraisal, AppraisalReview | None]:
    """A filing in scope with its review; raises Absent."""
    received = session.get(ReceivedAppraisal, filing_id)
    if received is None:
        raise Absent
    return received, session.get(AppraisalReview, filing_id)


def accept(session: Session, actor: SignedIn, filing_id: UUID, version: int, now: datetime) -> None:
    """Take a filing up for review: the branch sees it, nothing is confirmed yet. Raises Refused, Absent."""
    received, _review = _held(session, filing_id, version, (None,))
    session.add(_new(received, "accepted", actor, now))
    session.flush()
    _tell(session, received, actor, "accepted", "", now)
    audit.record(session, now, actor.account_id, received.unit_id, "appraisal.accept", str(filing_id))


def confirm(session: Session, actor: SignedIn, filing_id: UUID, version: int, now: datetime) -> None:
    """Confirm an accepted filing and roll it up. Raises Refused: by who accepted it, or it differs."""
    received, review = _held(session, filing_id, version, ("accepted",))
    assert review is not None
    if same_person(session, actor, review.accepted_by_id, review.accepted_by):
        raise Refused(N_("受理和审定要由两个人分别办理。"))
    if received.differences or received.fault:
        raise Refused(N_("重算结果和支部报的不一致，不能审定，请退回。"))
    if received.otherwise:
        raise Refused(N_("支部报的和乡镇掌握的不一致，不能审定，请退回。"))
    review.state, review.decided_by, review.decided_at = "confirmed", actor.name, now
    session.flush()
    _tell(session, received, actor, "confirmed", "", now)
    unit = session.get_one(Unit, received.unit_id)
    assert unit.parent_id is not None
    body = AppraisalConfirmed(
        filing_id=received.id,
        branch_id=received.unit_id,
        township_id=unit.parent_id,
        accepted_by=review.accepted_by,
        confirmed_by=actor.name,
        confirmed_at=now.isoformat(),
        original=received.original,
    )
    send_up(session, unit.parent_id, received.unit_id, body, now)
    audit.record(session, now, actor.account_id, received.unit_id, "appraisal.confirm", str(filing_id))


def give_back(
    session: Session, actor: SignedIn, filing_id: UUID, version: int, reason: str, now: datetime
) -> None:
    """Return a filing with a reason; the branch does it again from its opinion on. Raises Refused, Absent."""
    if not reason.strip():
        raise Refused(N_("请写明退回理由，支部会看到。"))
    received, review = _held(session, filing_id, version, (None, "accepted"))
    if review is None:
        review = _new(received, "returned", actor, now)
        session.add(review)
    review.state, review.reason = "returned", reason.strip()[:REASON_LENGTH]
    review.decided_by, review.decided_at = actor.name, now
    session.flush()
    _tell(session, received, actor, "returned", review.reason, now)
    audit.record(session, now, actor.account_id, received.unit_id, "appraisal.return", str(filing_id))


def _held(
    session: Session, filing_id: UUID, version: int, states: tuple[str | None, ...]
) -> tuple[ReceivedAppraisal, AppraisalReview | None]:
    """The filing, nobody else deciding on it, unless it is not as it was seen."""
    take_turn(session, f"appraisal/{filing_id}")
    received, review = filing_of(session, filing_id)
    if review is None and None not in states:
        raise Refused(N_("这份评议还没有受理，先由一位同志受理，再由另一位审定。"))
    if (review.state if review else None) not in states or (review.version if review else 0) != version:
        raise Refused(CHANGED)
    return received, review


def _new(received: ReceivedAppraisal, state: str, actor: SignedIn, now: datetime) -> AppraisalReview:
    return AppraisalReview(
        filing_id=received.id,
        unit_id=received.unit_id,
        state=state,
        accepted_by=actor.name,
        accepted_by_id=actor.account_id,
        accepted_at=now,
    )


def _tell(
    session: Session, received: ReceivedAppraisal, actor: SignedIn, verdict: str, reason: str, now: datetime
) -> None:
    unit = session.get_one(Unit, received.unit_id)
    assert unit.parent_id is not None
    body = AppraisalVerdict(
        verdict_id=new_id(),
        filing_id=received.id,
        branch_id=received.unit_id,
        verdict=verdict,
        reason=reason,
        by=actor.name,
        at=now.isoformat(),
    )
    publish_down(session, unit.parent_id, received.unit_id, received.unit_id, body, now)
