"""Telling the branches to which somebody has gone from here what follows him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.roster.models import MOVED, Member
from services.branch.transfers.reading import transfers
from shared.contracts.transfers import (
    CarriedCase,
    CarriedCommitment,
    CarriedCorrection,
    CarriedGrade,
    MemberFollowed,
    TransferClosed,
)
from shared.sync.outbox import send_up

# With which words a proposal is told to the member it is about.
TOLD = ("called", "heard", "confirmed", "undone")


@dataclass(frozen=True)
class Way:
    """The newest record with which somebody was handed to a branch.

    `live`: he is there, or went on from there. `back`: when he came here again after it; None: he did not.
    """

    record: TransferClosed
    live: bool
    back: datetime | None


def ways(session: Session, unit_id: UUID, member_id: UUID) -> list[Way]:
    """Where the member has gone from here, each branch once, the last first; none for who never went."""
    left_why = session.scalar(
        select(Member.left_why).where(Member.unit_id == unit_id, Member.id == member_id)
    )
    done = [one for one in transfers(session, unit_id, member_id) if one.state == "closed"]
    came = [_moment(one.closed) for one in done if one.closed and not one.out]
    gone = sorted((one.closed for one in done if one.closed and one.out), key=_moment)
    found = []
    for record in {one.target_code: one for one in gone}.values():
        back = min((one for one in came if one > _moment(record)), default=None)
        found.append(Way(record, left_why == MOVED and record is gone[-1], back))
    return sorted(found, key=lambda one: _moment(one.record), reverse=True)


def _moment(record: TransferClosed) -> datetime:
    return datetime.fromisoformat(record.at)


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
    if not (grades or corrections or commitments or cases):
        return
    for way in ways(session, unit_id, member_id):
        others = [one for one in cases if one.branch_code != way.record.target_code]
        if way.live and (grades or corrections or commitments or others):
            body = _followed(way.record, member_id, now, by, grades, corrections, commitments, others)
            send_up(session, unit_id, unit_id, body, now)


def _followed(
    record: TransferClosed,
    member_id: UUID,
    now: datetime,
    by: str,
    grades: Sequence[CarriedGrade],
    corrections: Sequence[CarriedCorrection],
    commitments: Sequence[CarriedCommitment],
    cases: Sequence[CarriedCase],
) -> MemberFollowed:
    return MemberFollowed(
        transfer_id=record.transfer_id,
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


def say_cases(
    session: Session,
    unit_id: UUID,
    member_id: UUID,
    cases: Sequence[CarriedCase],
    now: datetime,
    *,
    by: str = "",
    heard_from: str = "",
) -> None:
    """Tell cases to every branch that keeps them: where the member is, and where he was and came back from.

    A branch he came back from hears of what it was told then, and of nothing that he learnt since. Neither
    the branch of a case is told of it, nor that from which it was `heard_from` (a code).
    """
    for way in ways(session, unit_id, member_id) if cases else ():
        record = way.record
        told = [
            one
            for one in cases
            if record.target_code not in (one.branch_code, heard_from)
            and (way.live or (way.back is not None and known_since(one) < way.back))
        ]
        if told:
            body = _followed(record, member_id, now, by, (), (), (), told)
            send_up(session, unit_id, unit_id, body, now)


def known_since(one: CarriedCase) -> datetime:
    """Since when the member knows of it: what he asked for at once, a proposal when he was told."""
    told = [word.at for word in one.words if word.kind in TOLD] if one.case.sort == "outcome" else []
    return min(map(datetime.fromisoformat, told), default=datetime.fromisoformat(one.case.opened_at))
