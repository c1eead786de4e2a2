"""The county decides which deeds are published to all, and may take one out again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.role_models.models import DeedDecision, ProposedDeed
from services.county.years.models import MemberYear
from shared.contracts.deeds import DeedDeclined, DeedProposed
from shared.contracts.documents import RoleModelPublished
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.sync.outbox import publish_down
from shared.sync.records import Received
from shared.sync.signer import Signer

REASON_LENGTH = 400


def receive_deeds(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep proposals; one that comes again changes nothing."""
    rows = []
    for item in received:
        body: DeedProposed = item.body
        rows.append(
            {
                "id": body.deed_id,
                "unit_id": item.unit,
                "township_id": item.origin,
                "member_id": body.member_id,
                "name": body.name,
                "title": body.title,
                "text": body.text,
                "by": body.by,
                "at": datetime.fromisoformat(body.at),
            }
        )
    session.execute(insert(ProposedDeed).on_conflict_do_nothing().inline(), rows)


def deeds(session: Session) -> list[tuple[ProposedDeed, DeedDecision | None, Unit]]:
    """Every deed with its decision and branch: the undecided first, then the newest."""
    query = (
        select(ProposedDeed, DeedDecision, Unit)
        .join(Unit, Unit.id == ProposedDeed.unit_id)
        .outerjoin(DeedDecision, DeedDecision.deed_id == ProposedDeed.id)
        .order_by(DeedDecision.deed_id.is_not(None), ProposedDeed.at.desc())
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def publish(session: Session, actor: SignedIn, sign: Signer, deed_id: UUID, now: datetime) -> None:
    """Publish a deed to all branches. Raises Absent, Refused where it is decided."""
    deed = _undecided(session, deed_id)
    _decide(session, actor, deed, "published", "", now)
    _announce(session, actor, sign, deed, now, withdrawn=False)


def decline(session: Session, actor: SignedIn, deed_id: UUID, reason: str, now: datetime) -> None:
    """Do not publish it; its branch reads the reason. Raises Absent, Refused."""
    if not reason.strip():
        raise Refused(N_("请写明理由，支部会看到。"))
    deed = _undecided(session, deed_id)
    _decide(session, actor, deed, "declined", reason.strip()[:REASON_LENGTH], now)
    body = DeedDeclined(
        deed_id=deed.id, branch_id=deed.unit_id, reason=reason.strip(), by=actor.name, at=now.isoformat()
    )
    publish_down(session, actor.unit.id, deed.township_id, deed.unit_id, body, now)


def withdraw(
    session: Session, actor: SignedIn, sign: Signer, deed_id: UUID, reason: str, now: datetime
) -> None:
    """Take a published deed out of the library again, with a reason. Raises Absent, Refused."""
    deed = session.get(ProposedDeed, deed_id)
    decision = session.get(DeedDecision, deed_id, with_for_update=True)
    if deed is None:
        raise Absent
    if decision is None or decision.state != "published":
        raise Refused(N_("这件事迹没有公布，不用撤下。"))
    if not reason.strip():
        raise Refused(N_("请写明撤下的理由。"))
    decision.state, decision.reason = "withdrawn", reason.strip()[:REASON_LENGTH]
    decision.by, decision.at = actor.name, now
    audit.record(session, now, actor.account_id, deed.unit_id, "deed.withdraw", str(deed.id))
    _announce(session, actor, sign, deed, now, withdrawn=True)


def _undecided(session: Session, deed_id: UUID) -> ProposedDeed:
    deed = session.get(ProposedDeed, deed_id)
    if deed is None:
        raise Absent
    if session.get(DeedDecision, deed_id, with_for_update=True) is not None:
        raise Refused(N_("这件事迹已经办理过。"))
    return deed


def _decide(
    session: Session, actor: SignedIn, deed: ProposedDeed, state: str, reason: str, now: datetime
) -> None:
    session.add(
        DeedDecision(deed_id=deed.id, unit_id=deed.unit_id, state=state, reason=reason, by=actor.name, at=now)
    )
    session.flush()
    audit.record(session, now, actor.account_id, deed.unit_id, f"deed.{state}", str(deed.id))


def _announce(
    session: Session, actor: SignedIn, sign: Signer, deed: ProposedDeed, now: datetime, *, withdrawn: bool
) -> None:
    note = session.scalars(
        select(MemberYear.synthetic_note).order_by(MemberYear.year.desc()).limit(1)
    ).one_or_none()
    document = RoleModelPublished(
        deed_id=deed.id,
        branch_id=deed.unit_id,
        name=deed.name,
        place=session.get_one(Unit, deed.unit_id).name,
        title=deed.title,
        text=deed.text,
        synthetic_note=note or "",
        withdrawn=withdrawn,
        published_at=now.isoformat(),
    )
    announce(session, sign, actor.unit.id, document, now)
