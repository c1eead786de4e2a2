"""Leave for one village to file late: given with a reason for a time, ended by the clock or taken back."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.contest.models import Contest
from services.county.exceptions.models import FilingLeave
from services.county.returns.progress import counted_ids
from shared.contracts.documents import FilingException
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.signer import Signer

OPEN_STAGES = ("collecting", "verifying")
LONGEST = timedelta(days=30)


def grant(
    session: Session,
    actor: SignedIn,
    contest: Contest,
    village_id: UUID,
    until: datetime,
    reason: str,
    sign: Signer,
    now: datetime,
) -> FilingLeave:
    """Let one village file until `until`, and tell its township and branch. Raises Absent, Refused.

    The caller holds the contest's row, so that two grants for one village follow each other.
    """
    village = village_of(session, village_id)
    if contest.state not in OPEN_STAGES:
        raise Refused("只有在收集、核实阶段才能准予延期。")
    if not now < until <= now + LONGEST:
        raise Refused("延期的截止时间要在现在之后，最长 %(days)s 天。", days=LONGEST.days)
    if village.id in counted_ids(session, contest):
        raise Refused("这个村的核实数已经上报，不用延期；要改请退回乡镇。")
    if any(one.unit_id == village.id for one, _unit in current_exceptions(session, contest, now)):
        raise Refused("这个村的延期还没有到期，要改请先收回。")
    leave = FilingLeave(
        id=new_id(),
        contest_id=contest.id,
        unit_id=village.id,
        until=until,
        reason=reason,
        by=actor.name,
        by_id=actor.account_id,
        at=now,
        revoked_at=None,
        revoked_by="",
        revoke_reason="",
    )
    session.add(leave)
    session.flush()
    _tell(session, contest, village, leave, sign, now)
    audit.record(
        session,
        now,
        actor.account_id,
        village.id,
        "exception.grant",
        str(leave.id),
        until=until.isoformat(),
        reason=reason,
    )
    return leave


def revoke(
    session: Session,
    actor: SignedIn,
    contest: Contest,
    leave_id: UUID,
    reason: str,
    sign: Signer,
    now: datetime,
) -> None:
    """Take leave back while it lasts. Raises Absent, Refused."""
    leave = session.get(FilingLeave, leave_id)
    if leave is None or leave.contest_id != contest.id:
        raise Absent
    if leave.revoked_at is not None or leave.until <= now:
        raise Refused("这项延期已经收回或到期。")
    leave.revoked_at, leave.revoked_by, leave.revoke_reason = now, actor.name, reason
    session.flush()
    village = session.get_one(Unit, leave.unit_id)
    _tell(session, contest, village, leave, sign, now)
    audit.record(session, now, actor.account_id, village.id, "exception.revoke", str(leave.id), reason=reason)


def _tell(
    session: Session, contest: Contest, village: Unit, leave: FilingLeave, sign: Signer, now: datetime
) -> None:
    document = FilingException(
        exception_id=leave.id,
        contest_id=contest.id,
        village_id=village.id,
        until=leave.until.isoformat(),
        reason=leave.reason,
        by=leave.by,
        at=now.isoformat(),
        revoked_at=leave.revoked_at.isoformat() if leave.revoked_at else "",
        revoke_reason=leave.revoke_reason,
    )
    announce(session, sign, contest.unit_id, document, now, to=village.parent_id, about=village.id)


def village_of(session: Session, village_id: UUID) -> Unit:
    """An open village of this county's tree; raises Absent for anything else."""
    village = session.get(Unit, village_id)
    if village is None or village.level != "branch" or village.is_general or village.closed_on is not None:
        raise Absent
    return village


def exceptions_of(session: Session, contest: Contest) -> list[tuple[FilingLeave, Unit]]:
    """Every leave given in a contest with its village, newest first."""
    query = (
        select(FilingLeave, Unit)
        .join(Unit, Unit.id == FilingLeave.unit_id)
        .where(FilingLeave.contest_id == contest.id)
        .order_by(FilingLeave.at.desc(), FilingLeave.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def current_exceptions(session: Session, contest: Contest, now: datetime) -> list[tuple[FilingLeave, Unit]]:
    """Those that open a form now: not revoked, not expired, in a stage that still takes returns."""
    if contest.state not in OPEN_STAGES:
        return []
    every = exceptions_of(session, contest)
    return [(one, unit) for one, unit in every if one.revoked_at is None and now < one.until]
