"""The roster: members entered, put right, taken off; every change is told to the tiers above."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.roster.counting import (
    ByTwo,
    back_only_from,
    counted,
    hold_years,
    require_other,
    weigh_back,
    weigh_edit,
    weigh_enter,
    weigh_leave,
)
from services.branch.roster.leaving import earliest_end
from services.branch.roster.logins import end_login, restore_login
from services.branch.roster.models import MOVED, REASONS, Member
from services.branch.transfers.reading import open_transfer
from shared.contracts.roster import MemberCard, RosterChanged
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import insert_rows, take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.outbox import send_up


@dataclass(frozen=True)
class NewMember:
    """What is entered of a member; `number` is unique in the branch.

    `party_group` None where nothing is said of it: it stays as it was.
    """

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
    party_group: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What is said of the member, as its columns take it."""
        said = {**asdict(self), "roles": list(self.roles)}
        return {name: value for name, value in said.items() if name != "party_group" or value is not None}


# Cards told upward in one message: a roster of thousands stays far below a payload's limit.
CARDS_TOLD = 1000
CHANGED = N_("这份信息刚刚被别人改过，没有覆盖。请看过最新内容再改。")


class NumberTaken(Refused):
    """The branch has given this number to somebody already."""

    status = 422

    def __init__(self, number: str) -> None:
        super().__init__(N_("编号 %(number)s 已经有人用了，请核对。"), number=number)


def hold_roster(session: Session, unit_id: UUID) -> None:
    """Nobody else gives out numbers on this branch's roster until we commit."""
    key = f"roster/{unit_id}"
    take_turn(session, key)


def member_of(session: Session, unit_id: UUID, member_id: UUID) -> Member:
    """One member of this branch; raises Absent."""
    found = session.get(Member, (unit_id, member_id))
    if found is None:
        raise Absent
    return found


def add_members(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    entered: Sequence[NewMember],
    now: datetime,
    *,
    asked: UUID | None = None,
) -> list[UUID]:
    """Enter members; their ids in order. `asked`: the id of the one whom two people enter.

    Raises NumberTaken for a number the branch has already, ByTwo, Refused where a year forbids it.
    """
    hold_roster(session, unit.id)
    known = set(session.scalars(select(Member.number).where(Member.unit_id == unit.id)))
    require_entering(session, unit, entered, now, first=not known, two=asked is not None)
    numbers = [one.number for one in entered]
    twice = sorted((known & set(numbers)) | {one for one in numbers if numbers.count(one) > 1})
    if twice:
        raise NumberTaken(twice[0])
    rows = [_row(unit.id, one, now) for one in entered]
    if asked is not None:
        rows[0]["id"] = asked
    if rows:
        insert_rows(session, Member, rows)
        tell(session, actor, unit, (Member(**row) for row in rows), now)
        audit.record(session, now, actor.account_id, unit.id, "roster.add", str(unit.id), members=len(rows))
    return [row["id"] for row in rows]


def require_entering(
    session: Session, unit: Unit, entered: Sequence[NewMember], now: datetime, *, first: bool, two: bool
) -> None:
    """Nobody alone enters somebody for a year that is over, but a branch its `first` roster.

    Raises ByTwo, Refused.
    """
    if not any(one.since.year < civil(now).year for one in entered):
        return
    years = hold_years(session, unit, now)
    for one in entered:
        year = weigh_enter(years, new_id(), one.name, one.since)
        if year is not None and not (first or two):
            raise ByTwo(one.name, year)


def edit_members(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    edits: Sequence[tuple[UUID, int, NewMember]],
    now: datetime,
    *,
    two: bool = False,
) -> int:
    """Change members as (id, version seen, new values), all or none; how many differ from before.

    `two`: one asked, and who acts confirms it. Raises NumberTaken, Absent, ByTwo, and Refused where somebody
    has changed one since, it has left, or what counts may not be changed.
    """
    hold_roster(session, unit.id)
    found = [held(session, unit.id, member_id, version) for member_id, version, _new in edits]
    ids = [member.id for member in found]
    others = select(Member.number).where(Member.unit_id == unit.id, Member.id.not_in(ids))
    taken = set(session.scalars(others)) & {new.number for _id, _version, new in edits}
    if taken:
        raise NumberTaken(min(taken))
    changed = [member for member, edit in zip(found, edits, strict=True) if _differs(member, edit[2])]
    values = {member_id: new for member_id, _version, new in edits}
    _require_edits(session, actor, unit, [(one, values[one.id]) for one in changed], now, two=two)
    for member in changed:
        for name, value in values[member.id].values.items():
            setattr(member, name, value)
        member.version, member.changed_at = member.version + 1, now
    if changed:
        session.flush()
        tell(session, actor, unit, changed, now)
        subject = str(changed[0].id if len(changed) == 1 else unit.id)
        audit.record(session, now, actor.account_id, unit.id, "roster.edit", subject, members=len(changed))
    return len(changed)


def _require_edits(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    changed: Sequence[tuple[Member, NewMember]],
    now: datetime,
    *,
    two: bool,
) -> None:
    """What counts is changed by another, and while a year is open by two. Raises Refused, ByTwo."""
    counting = [(member, new) for member, new in changed if counted(member, new.values)]
    years = hold_years(session, unit, now) if counting else []
    for member, new in counting:
        year = weigh_edit(session, actor, years, member, new.values)
        if year is not None and not two:
            raise ByTwo(member.name, year)


def held(session: Session, unit_id: UUID, member_id: UUID, version: int) -> Member:
    """One member locked, as it was seen. Raises Absent, Refused."""
    member = session.get(Member, (unit_id, member_id), with_for_update=True, populate_existing=True)
    if member is None:
        raise Absent
    if member.version != version:
        raise Refused(CHANGED)
    if member.until is not None:
        raise Refused(N_("%(name)s 已经不在本支部，信息不能再改。"), name=member.name)
    return member


def _differs(member: Member, new: NewMember) -> bool:
    return any(getattr(member, name) != value for name, value in new.values.items())


def take_off(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    member_id: UUID,
    version: int,
    until: date,
    why: str,
    now: datetime,
    *,
    two: bool = False,
) -> Member:
    """End a membership on a day, for one of REASONS; nothing is deleted. Raises Absent, ByTwo, Refused."""
    member = held(session, unit.id, member_id, version)
    year = require_leaving(session, actor, unit, member, until, why, now)
    if year is not None and not two:
        raise ByTwo(member.name, year)
    end_membership(session, actor, unit, member, until, why, now)
    return member


def require_leaving(
    session: Session, actor: SignedIn, unit: Unit, member: Member, until: date, why: str, now: datetime
) -> int | None:
    """Whether somebody may be taken off; the year for whose sake it takes two, or None. Raises Refused."""
    require_other(actor, member)
    if why not in REASONS or not member.since <= until <= civil(now).date():
        raise Refused(N_("离开的日期要在加入本支部之后、今天之前。"))
    first = earliest_end(session, unit.id, member.id)
    if first is not None and until < first:
        raise Refused(
            N_("%(name)s 的积分已经结进月报，离开的日期最早填 %(first)s。"), name=member.name, first=first
        )
    if open_transfer(session, unit.id, member.id) is not None:
        raise Refused(N_("%(name)s 的转接正在办，请先办完或撤回。"), name=member.name)
    return weigh_leave(hold_years(session, unit, now), member, until)


def end_membership(
    session: Session, actor: SignedIn, unit: Unit, member: Member, until: date, why: str, now: datetime
) -> None:
    """Write that a membership has ended, and tell the tiers above; a member's login ends with it."""
    member.until, member.left_why = until, why
    member.version, member.changed_at = member.version + 1, now
    session.flush()
    end_login(session, unit.id, member.id)
    tell(session, actor, unit, [member], now)
    audit.record(session, now, actor.account_id, unit.id, "roster.leave", str(member.id), why=why)


def take_back(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    member_id: UUID,
    version: int,
    now: datetime,
    *,
    since: date | None = None,
    two: bool = False,
) -> Member:
    """Undo a leaving entered by mistake; `since`: only from that day on, for a ballot was held meanwhile.

    Raises Absent, ByTwo, Refused where it left by a transfer.
    """
    member = left(session, unit.id, member_id, version)
    year = require_back(session, actor, unit, member, now, since)
    if year is not None and not two:
        raise ByTwo(member.name, year)
    member.since, member.until, member.left_why = since or member.since, None, ""
    member.version, member.changed_at = member.version + 1, now
    session.flush()
    restore_login(session, unit, member.id)
    tell(session, actor, unit, [member], now)
    audit.record(session, now, actor.account_id, unit.id, "roster.back", str(member.id))
    return member


def left(session: Session, unit_id: UUID, member_id: UUID, version: int) -> Member:
    """One who has left, locked, as it was seen. Raises Absent, Refused."""
    member = session.get(Member, (unit_id, member_id), with_for_update=True, populate_existing=True)
    if member is None:
        raise Absent
    if member.version != version or member.until is None:
        raise Refused(CHANGED)
    return member


def require_back(
    session: Session, actor: SignedIn, unit: Unit, member: Member, now: datetime, since: date | None = None
) -> int | None:
    """Whether somebody may be taken back; the year for whose sake it takes two, or None. Raises Refused."""
    require_other(actor, member)
    if member.left_why == MOVED:
        raise Refused(N_("%(name)s 是转出的，要回来请由现支部转回。"), name=member.name)
    years = hold_years(session, unit, now)
    if since is not None and since != back_only_from(years, member):
        raise Refused(CHANGED)
    return weigh_back(years, member, since)


def _row(unit_id: UUID, one: NewMember, now: datetime) -> dict[str, object]:
    return {
        "unit_id": unit_id,
        "id": new_id(),
        "number": one.number,
        "name": one.name,
        "status": one.status,
        "field": one.field,
        "post": one.post,
        "party_group": one.party_group or "",
        "roles": list(one.roles),
        "exempt": one.exempt,
        "floating": one.floating,
        "joined_on": one.joined_on,
        "since": one.since,
        "until": None,
        "left_why": "",
        "version": 1,
        "changed_at": now,
    }


def tell(session: Session, actor: SignedIn, unit: Unit, changed: Iterable[Member], now: datetime) -> None:
    """Send the changed cards upward."""
    cards = [card_of(one) for one in changed]
    for first in range(0, len(cards), CARDS_TOLD):
        some = cards[first : first + CARDS_TOLD]
        body = RosterChanged(branch_id=unit.id, cards=some, by=actor.name, at=now.isoformat())
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
        joined_on=member.joined_on.isoformat() if member.joined_on else "",
    )
