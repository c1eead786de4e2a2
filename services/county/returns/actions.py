"""Verified returns at the county: received, read, and given back with a reason."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.models import Contest
from services.county.returns.models import SentBack, VerifiedReturn
from shared.contracts.returns import Change, ReturnSentBack, ReturnVerified, Veto
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.sync.outbox import publish_down
from shared.sync.records import Received


def receive_verified(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep rolled-up returns as they came."""
    for item in received:
        body: ReturnVerified = item.body
        session.add(
            VerifiedReturn(
                id=new_id(),
                return_id=body.return_id,
                contest_id=body.contest_id,
                unit_id=item.unit,
                township_id=item.origin,
                attempt=body.attempt,
                filed=body.filed,
                verified=body.verified,
                changes=[_change(change) for change in body.changes],
                vetoes=[_veto(veto) for veto in body.vetoes],
                filed_by=body.filed_by,
                filed_at=datetime.fromisoformat(body.filed_at),
                verified_by=body.verified_by,
                verified_at=datetime.fromisoformat(body.verified_at),
                approved_by=body.approved_by,
                approved_at=datetime.fromisoformat(body.approved_at),
                original=body.original,
                received_at=now,
            )
        )
    session.flush()


def _change(change: Change) -> dict[str, str]:
    return {name: getattr(change, name) for name in change.__struct_fields__}


def _veto(veto: Veto) -> dict[str, str]:
    return {name: getattr(veto, name) for name in veto.__struct_fields__}


def counted(session: Session, contest_id: UUID) -> dict[UUID, VerifiedReturn]:
    """The return that counts for each village: the newest received, unless it was given back."""
    query = (
        select(VerifiedReturn, SentBack.verified_return_id)
        .outerjoin(SentBack, SentBack.verified_return_id == VerifiedReturn.id)
        .where(VerifiedReturn.contest_id == contest_id)
        .order_by(VerifiedReturn.approved_at, VerifiedReturn.id)
    )
    newest = {row[0].unit_id: (row[0], row[1]) for row in session.execute(query)}
    return {unit: row for unit, (row, back) in newest.items() if back is None}


def given_back(session: Session, contest_id: UUID) -> dict[UUID, tuple[VerifiedReturn, SentBack]]:
    """Villages whose newest return was given back and has not come again."""
    query = (
        select(VerifiedReturn, SentBack)
        .outerjoin(SentBack, SentBack.verified_return_id == VerifiedReturn.id)
        .where(VerifiedReturn.contest_id == contest_id)
        .order_by(VerifiedReturn.approved_at, VerifiedReturn.id)
    )
    newest = {row[0].unit_id: (row[0], row[1]) for row in session.execute(query)}
    return {unit: row for unit, row in newest.items() if row[1] is not None}


def returns_of_village(session: Session, contest_id: UUID, village_id: UUID) -> Sequence[VerifiedReturn]:
    """Every return received of a village, newest first."""
    query = (
        select(VerifiedReturn)
        .where(VerifiedReturn.contest_id == contest_id, VerifiedReturn.unit_id == village_id)
        .order_by(VerifiedReturn.approved_at.desc(), VerifiedReturn.id.desc())
    )
    return session.scalars(query).all()


def return_by_id(session: Session, return_id: UUID) -> VerifiedReturn:
    """One received return; raises Absent."""
    found = session.get(VerifiedReturn, return_id)
    if found is None:
        raise Absent
    return found


def give_back(
    session: Session, actor: SignedIn, contest: Contest, row: VerifiedReturn, reason: str, now: datetime
) -> None:
    """Give a rolled-up return back to its township: it counts no more until it comes again. Refused."""
    if not reason.strip():
        raise Refused("退回要写明理由，乡镇才知道怎么改。")
    if contest.id != row.contest_id:
        raise Absent
    if contest.state not in ("collecting", "verifying"):
        raise Refused("只有在收集、核实阶段才能退回申报；试算后请先退回核实。")
    if session.get(SentBack, row.id) is not None:
        raise Refused("这份申报已经退回过了。")
    newest = returns_of_village(session, contest.id, row.unit_id)[0]
    if newest.id != row.id:
        raise Refused("乡镇已经报来更新的一份，请看过最新的再办。")
    session.add(
        SentBack(verified_return_id=row.id, unit_id=row.unit_id, reason=reason.strip(), by=actor.name, at=now)
    )
    body = ReturnSentBack(
        return_id=row.return_id,
        contest_id=row.contest_id,
        village_id=row.unit_id,
        reason=reason.strip(),
        by=actor.name,
        at=now.isoformat(),
    )
    publish_down(session, actor.unit.id, row.township_id, row.unit_id, body, now)
    audit.record(session, now, actor.account_id, row.unit_id, "return.give_back", str(row.id))
    session.flush()
