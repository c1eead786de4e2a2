"""Verdicts and roll-ups that peers still hold, put back after this database was restored to before them.

The two come back on different streams in any order, and before or after the branch sends the return again;
the newest word about a return is its state, older ones only fill in who and when.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.township.verification.models import STATES, Verification
from shared.contracts.returns import ReturnVerdict, ReturnVerified
from shared.kit import audit
from shared.sync.records import Received


def recover_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild acceptances, findings and returns to the branch from what the branches still hold."""
    for item in received:
        body: ReturnVerdict = item.body
        if body.verdict not in STATES:
            continue
        found = _row(session, body.return_id, body.village_id, body.contest_id)
        at = datetime.fromisoformat(body.at)
        newest = _newest(found)
        _sign(found, body.verdict, body.by, at)
        if newest is None or at >= newest:
            _take_back_later(found, body.verdict)
            found.state, found.reason = body.verdict, body.reason
            if body.verdict != "accepted":
                found.changes = [_values(change) for change in body.changes]
        _keep(session, found, now, body.verdict)


def recover_rolled_up(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild approvals, with changes and vetoes, from what the county still holds."""
    for item in received:
        body: ReturnVerified = item.body
        found = _row(session, body.return_id, body.village_id, body.contest_id)
        approved = datetime.fromisoformat(body.approved_at)
        newest = _newest(found)
        if newest is None or approved >= newest:
            found.state, found.reason = "approved", ""
            found.changes = [_values(change) for change in body.changes]
            found.vetoes = [_values(veto) for veto in body.vetoes]
            _sign(found, "verified", body.verified_by, datetime.fromisoformat(body.verified_at))
            _sign(found, "approved", body.approved_by, approved)
        _keep(session, found, now, "approved")


def _row(session: Session, return_id: UUID, village: UUID, contest: UUID) -> Verification:
    return session.get(Verification, return_id) or Verification(
        return_id=return_id,
        unit_id=village,
        contest_id=contest,
        state="",
        changes=[],
        vetoes=[],
        reason="",
        accepted_by="",
        verified_by="",
        approved_by="",
        sent_back_by="",
    )


def _newest(found: Verification) -> datetime | None:
    moments = (found.accepted_at, found.verified_at, found.approved_at, found.sent_back_at)
    return max((moment for moment in moments if moment), default=None)


def _sign(found: Verification, verdict: str, by: str, at: datetime) -> None:
    """Who and when of one verdict, unless a later one of the same kind is known."""
    known: datetime | None = getattr(found, f"{verdict}_at")
    if known is None or at >= known:
        setattr(found, f"{verdict}_by", by)
        setattr(found, f"{verdict}_at", at)
        if verdict == "verified" and known != at:
            found.verified_by_id = None  # the account does not travel: see refusing.own


def _take_back_later(found: Verification, verdict: str) -> None:
    """A finding anew ends the approval before it; an acceptance anew ends the finding too."""
    if verdict in ("accepted", "verified"):
        found.approved_by, found.approved_at = "", None
    if verdict == "accepted":
        found.verified_by, found.verified_by_id, found.verified_at = "", None, None


def _values(part: Any) -> dict[str, str]:
    return {name: getattr(part, name) for name in part.__struct_fields__}


def _keep(session: Session, found: Verification, now: datetime, verdict: str) -> None:
    session.add(found)
    session.flush()
    audit.record(session, now, None, found.unit_id, "return.recovered", str(found.return_id), verdict=verdict)
