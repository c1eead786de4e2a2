"""Telling the branch to which somebody has gone from here what follows him."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.branch.roster.models import MOVED, Member
from services.branch.transfers.reading import transfers
from shared.contracts.transfers import (
    CarriedCase,
    CarriedCommitment,
    CarriedCorrection,
    CarriedGrade,
    MemberFollowed,
)
from shared.sync.outbox import send_up


def say_on(
    session: Session,
    unit_id: UUID,
    member_id: UUID,
    *,
    grades: Sequence[CarriedGrade] = (),
    corrections: Sequence[CarriedCorrection] = (),
    commitments: Sequence[CarriedCommitment] = (),
    cases: Sequence[CarriedCase] = (),
    by: str = "",
    now: datetime,
) -> None:
    """Tell the branch to which the member has gone from here; nothing where the member is still here."""
    member = session.get(Member, (unit_id, member_id))
    if member is None or member.left_why != MOVED or not (grades or corrections or commitments or cases):
        return
    gone = (one for one in transfers(session, unit_id, member_id) if one.out and one.state == "closed")
    last = max(gone, key=lambda one: one.at, default=None)
    if last is None or last.closed is None:
        return
    record = last.closed
    body = MemberFollowed(
        transfer_id=last.id,
        origin_code=record.origin_code,
        origin_name=record.origin_name,
        target_code=record.target_code,
        member_id=member_id,
        grades=list(grades),
        corrections=list(corrections),
        commitments=list(commitments),
        cases=list(cases),
        by=by,
        at=now.isoformat(),
    )
    send_up(session, unit_id, unit_id, body, now)
