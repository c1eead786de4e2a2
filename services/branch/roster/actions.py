"""The roster: members entered, put right, taken off; every change is told to the tiers above."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.branch.roster.models import Member
from shared.contracts.roster import MemberCard, RosterChanged
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.outbox import send_up


@dataclass(frozen=True)
class NewMember:
    """What is entered of a member; `number` is unique in the branch."""

    number: str
    name: str
    field: str
    since: date
    status: str = "full"
    post: str = ""
    roles: tuple[str, ...] = ()
    exempt: bool = False
    floating: bool = False
    joined_on: date | None = None


def members(session: Session, unit_id: UUID, on: date | None = None) -> Sequence[Member]:
    """The branch's members by number; with `on` only those who belong to it on that day."""
    query = select(Member).where(Member.unit_id == unit_id).order_by(Member.number)
    if on is not None:
        query = query.where(Member.since <= on, Member.until.is_(None) | (Member.until > on))
    return session.scalars(query).all()


def member_of(session: Session, unit_id: UUID, member_id: UUID) -> Member:
    """One member of this branch; raises Absent."""
    found = session.get(Member, (unit_id, member_id))
    if found is None:
        raise Absent
    return found


def add_members(
    session: Session, actor: SignedIn, unit: Unit, entered: Sequence[NewMember], now: datetime
) -> list[UUID]:
    """Enter members; their ids in order. Raises Refused for a number the branch has already."""
    known = set(session.scalars(select(Member.number).where(Member.unit_id == unit.id)))
    numbers = [one.number for one in entered]
    twice = sorted((known & set(numbers)) | {one for one in numbers if numbers.count(one) > 1})
    if twice:
        raise Refused(N_("编号 %(number)s 已经有人用了，请核对。"), number=twice[0])
    rows = [_row(unit.id, one, now) for one in entered]
    if rows:
        session.execute(insert(Member), rows)
        tell(session, actor, unit, (Member(**row) for row in rows), now)
        audit.record(session, now, actor.account_id, unit.id, "roster.add", str(unit.id), members=len(rows))
    return [row["id"] for row in rows]


def _row(unit_id: UUID, one: NewMember, now: datetime) -> dict[str, object]:
    return {
        "unit_id": unit_id,
        "id": new_id(),
        "number": one.number,
        "name": one.name,
        "status": one.status,
        "field": one.field,
        "post": one.post,
        "roles": list(one.roles),
        "exempt": one.exempt,
        "floating": one.floating,
        "joined_on": one.joined_on,
        "since": one.since,
        "until": None,
        "version": 1,
        "changed_at": now,
    }


def tell(session: Session, actor: SignedIn, unit: Unit, changed: Iterable[Member], now: datetime) -> None:
    """Send the changed cards upward."""
    body = RosterChanged(
        branch_id=unit.id, cards=[card_of(one) for one in changed], by=actor.name, at=now.isoformat()
    )
    send_up(session, unit.id, unit.id, body, now)


def card_of(member: Member) -> MemberCard:
    """What the tiers above may know of a member."""
    return MemberCard(
        member_id=member.id,
        number=member.number,
        name=member.name,
        status=member.status,
        field=member.field,
        post=member.post,
        roles=list(member.roles),
        exempt=member.exempt,
        floating=member.floating,
        since=member.since.isoformat(),
        until=member.until.isoformat() if member.until else "",
    )
