"""Commitments kept with evidence (践诺) and judged (评诺). One entry of progress is also the claim for it."""

from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.commitments.models import Commitment, Progress
from services.branch.commitments.proposing import Picked, held
from services.branch.points.filing import NewClaim, file_claims
from services.branch.points.over import require_open_years
from services.branch.roster.actions import member_of
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.rules.commitments import TaskItem, judge, judged
from shared.rules.points.claims import Claimed
from shared.rules.points.scheme_values import Scheme
from shared.rules.words import RuleError
from shared.sync.years import MemberYear


def commitment_of(session: Session, unit: Unit, commitment_id: UUID) -> Commitment:
    """One commitment of this branch; raises Absent."""
    found = session.get(Commitment, commitment_id)
    if found is None or found.unit_id != unit.id:
        raise Absent
    return found


def progress_of(session: Session, commitment_id: UUID) -> list[Progress]:
    """What was done on it, oldest first."""
    query = select(Progress).where(Progress.commitment_id == commitment_id)
    return list(session.scalars(query.order_by(Progress.day, Progress.at)))


def achieved(session: Session, commitment_id: UUID) -> int:
    """How much of the target has been reached."""
    query = select(func.coalesce(func.sum(Progress.achieved), 0)).where(
        Progress.commitment_id == commitment_id
    )
    return int(session.scalar(query) or 0)


def add_progress(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    commitment: Commitment,
    entry_id: UUID,
    day: date,
    amount: int,
    what: str,
    witness: str,
    now: datetime,
) -> Progress:
    """Note what was done; a member's entry files the claim as well. The same entry twice is one.

    Raises Refused where the commitment is not published, Unclaimable where the scheme refuses the claim.
    """
    if commitment.member_id != actor.person_id and not actor.may("commitment.review"):
        raise Absent
    known = session.get(Progress, entry_id)
    if known is not None:
        if known.commitment_id != commitment.id:
            raise Absent
        return known
    if commitment.handed_in is not None:
        raise Refused(N_("有承诺已经随组织关系转走，由现支部办理。"))
    require_open_years(session, [commitment.year])
    if commitment.state != "published":
        raise Refused(N_("承诺公布以后才能记进展。"))
    if day > civil(now).date():
        raise Refused(N_("日子还没到，请填做这件事的那一天。"))
    claim = _claim(session, actor, unit, year, commitment, entry_id, day, what, witness, now)
    made = Progress(
        id=entry_id,
        commitment_id=commitment.id,
        unit_id=unit.id,
        member_id=commitment.member_id,
        day=day,
        achieved=amount,
        what=what.strip(),
        witness=witness.strip(),
        claim_id=claim,
        by=actor.name,
        at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "commitment.progress", str(commitment.id))
    return made


def _claim(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    commitment: Commitment,
    entry_id: UUID,
    day: date,
    what: str,
    witness: str,
    now: datetime,
) -> UUID | None:
    """File the claim that this entry is worth by the member's scheme, if it has such an item."""
    if commitment.member_id is None:
        return None
    scheme = year.by_field[member_of(session, unit.id, commitment.member_id).field]
    item = _step_item(scheme)
    if item is None:
        return None
    new = NewClaim(uuid5(entry_id, "claim"), commitment.member_id, Claimed(item, day, 1, what, witness))
    file_claims(session, actor, unit, year, [new], now)
    return new.id


def _step_item(scheme: Scheme) -> str | None:
    """The smallest item of the scheme's commitments: what one step is worth."""
    found = [one for one in scheme.items if scheme.category[one.category].kind == "commitment"]
    return min(found, key=lambda one: one.points).code if found else None


def judge_commitment(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    picked: Picked,
    now: datetime,
    verdict: str = "",
    share: int | None = None,
    finished: date | None = None,
) -> Commitment:
    """Judge a published commitment: by its count, or by hand with `verdict` and `share` (100 % = 10000).

    Raises Refused: one's own, changed since, figures that do not go together.
    """
    commitment = held(session, actor, unit, [picked], ("published",))[0]
    today = civil(now).date()
    item = TaskItem(
        str(commitment.id),
        commitment.origin,
        commitment.what,
        commitment.target,
        commitment.due or date(commitment.year, 12, 31),
    )
    last = session.scalar(select(func.max(Progress.day)).where(Progress.commitment_id == commitment.id))
    try:
        if verdict:
            found = judged(item, verdict, share or 0, finished or last, today)
        else:
            found = judge(item, achieved(session, commitment.id), finished or last, today)
    except RuleError as error:
        raise Refused(N_("完成填 100，未完成填 0，部分完成填两者之间；没有数量的事项请选结果。")) from error
    commitment.state, commitment.verdict = "judged", found.verdict
    commitment.share, commitment.late_days = found.fulfilment, found.late_days
    commitment.decided_by, commitment.decided_at = actor.name, now
    commitment.version += 1
    audit.record(session, now, actor.account_id, unit.id, "commitment.judge", str(commitment.id))
    return commitment
