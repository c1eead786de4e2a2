"""Proposing a member's deed to the county, with that member's consent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.role_models.models import Deed, DeedRefusal
from services.branch.roster.actions import member_of
from shared.contracts.deeds import DeedDeclined, DeedProposed
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.sync.outbox import send_up
from shared.sync.records import Received


def propose(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    deed_id: UUID,
    member_id: UUID,
    title: str,
    text: str,
    consent: bool,
    now: datetime,
) -> Deed:
    """Propose a deed; the same id twice is one. Raises Refused without consent, Absent for a stranger."""
    known = session.get(Deed, deed_id)
    if known is not None:
        if (known.unit_id, known.member_id) != (unit.id, member_id):
            raise Absent
        return known
    if not consent:
        raise Refused(N_("要先征得本人同意，才能公开姓名和事迹。"))
    member = member_of(session, unit.id, member_id)
    made = Deed(
        id=deed_id,
        unit_id=unit.id,
        member_id=member.id,
        name=member.name,
        title=title.strip(),
        text=text.strip(),
        by=actor.name,
        at=now,
    )
    session.add(made)
    session.flush()
    send_up(session, unit.id, unit.id, _message(made), now)
    audit.record(session, now, actor.account_id, unit.id, "deed.propose", str(made.id))
    return made


def _message(deed: Deed) -> DeedProposed:
    return DeedProposed(
        deed_id=deed.id,
        branch_id=deed.unit_id,
        member_id=deed.member_id,
        name=deed.name,
        title=deed.title,
        text=deed.text,
        by=deed.by,
        at=deed.at.isoformat(),
    )


def deeds(session: Session, unit_id: UUID) -> list[tuple[Deed, DeedRefusal | None]]:
    """What this branch has proposed, newest first, each with the county's refusal where there is one."""
    query = (
        select(Deed, DeedRefusal)
        .outerjoin(DeedRefusal, DeedRefusal.deed_id == Deed.id)
        .where(Deed.unit_id == unit_id)
        .order_by(Deed.at.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def receive_refusals(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the county does not publish."""
    for item in received:
        body: DeedDeclined = item.body
        at = datetime.fromisoformat(body.at)
        session.add(
            DeedRefusal(deed_id=body.deed_id, unit_id=item.unit, reason=body.reason, by=body.by, at=at)
        )
    session.flush()


def recover_deeds(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild proposals the township still holds, after this database was restored to before them."""
    for item in received:
        body: DeedProposed = item.body
        row = {
            "id": body.deed_id,
            "unit_id": body.branch_id,
            "member_id": body.member_id,
            "name": body.name,
            "title": body.title,
            "text": body.text,
            "by": body.by,
            "at": datetime.fromisoformat(body.at),
        }
        session.execute(insert(Deed).values(row).on_conflict_do_nothing())
