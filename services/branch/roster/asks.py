"""Changes of what counts towards a year that is open: one asks with a reason, another person does it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from services.branch.roster.actions import (
    NewMember,
    NumberTaken,
    add_members,
    edit_members,
    held,
    hold_roster,
    left,
    require_back,
    require_leaving,
    take_back,
    take_off,
)
from services.branch.roster.counting import (
    HIMSELF,
    counted,
    himself,
    hold_years,
    weigh_edit,
    weigh_enter,
)
from services.branch.roster.models import ASK_REASON, Member, RosterAsk
from shared.kit import audit
from shared.kit.accounts import Account, Post, Role, SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit

KEEPS, CONFIRMS = "roster.edit", "roster.confirm"
STALE = N_("提出以后名册又有改动，这一条不能再确认。请不同意或者撤回，再重新提出。")


class WhyMissing(Refused):
    """What two people do needs a reason from the first."""

    status = 422

    def __init__(self, year: int) -> None:
        super().__init__(
            N_("%(year)s 年度评议还没有审定，这项改动要由另一位同志确认。请写明理由。"), year=year
        )


def edit(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    member_id: UUID,
    version: int,
    new: NewMember,
    reason: str,
    now: datetime,
) -> RosterAsk | bool:
    """Change a member; where what counts takes two, that is asked and the rest done; whether anything has.

    Raises as `edit_members`, and WhyMissing.
    """
    hold_roster(session, unit.id)
    member = held(session, unit.id, member_id, version)
    found = counted(member, new.values)
    year = weigh_edit(session, actor, hold_years(session, unit, now), member, new.values) if found else None
    if year is None:
        return edit_members(session, actor, unit, [(member_id, version, new)], now) > 0
    _require_ask(session, member, reason, year)
    kept = replace(new, **{name: before for name, (before, _after) in found.items()})
    edit_members(session, actor, unit, [(member_id, version, kept)], now)
    return _ask(session, actor, member, "edit", year, _in_json(found), reason, now)


def leave(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    member_id: UUID,
    version: int,
    until: date,
    why: str,
    reason: str,
    now: datetime,
) -> RosterAsk | None:
    """Take a member off, or ask for it where that takes two. Raises as `take_off`, and WhyMissing."""
    member = held(session, unit.id, member_id, version)
    year = require_leaving(session, actor, unit, member, until, why, now)
    if year is None:
        take_off(session, actor, unit, member_id, version, until, why, now)
        return None
    said = {"until": ("", until.isoformat()), "left_why": ("", why)}
    return _ask(session, actor, member, "leave", year, said, reason, now)


def back(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    member_id: UUID,
    version: int,
    since: date | None,
    reason: str,
    now: datetime,
) -> RosterAsk | None:
    """Take a member back, from `since` on where that is given, or ask for it where that takes two.

    Raises as `take_back`, and WhyMissing.
    """
    member = left(session, unit.id, member_id, version)
    year = require_back(session, actor, unit, member, now, since)
    if year is None:
        take_back(session, actor, unit, member_id, version, now, since=since)
        return None
    assert member.until is not None
    said = {"until": (member.until.isoformat(), ""), "left_why": (member.left_why, "")}
    if since is not None:
        said["since"] = (member.since.isoformat(), since.isoformat())
    return _ask(session, actor, member, "back", year, said, reason, now)


def enter(
    session: Session, actor: SignedIn, unit: Unit, new: NewMember, reason: str, now: datetime
) -> RosterAsk | UUID:
    """Enter somebody, or ask for it where that takes two; the ask or the id. Raises as `add_members`."""
    hold_roster(session, unit.id)
    known = set(session.scalars(select(Member.number).where(Member.unit_id == unit.id)))
    waiting = {one.number for one in open_asks(session, unit.id) if one.kind == "enter"}
    if new.number in known | waiting:
        raise NumberTaken(new.number)
    made = new_id()
    year = weigh_enter(hold_years(session, unit, now), made, new.name, new.since) if known else None
    if year is None:
        return add_members(session, actor, unit, [new], now)[0]
    member = Member(unit_id=unit.id, id=made, number=new.number, name=new.name, version=0)
    said = _in_json({name: (None, value) for name, value in new.values.items()})
    return _ask(session, actor, member, "enter", year, said, reason, now)


def _require_ask(session: Session, member: Member, reason: str, year: int) -> None:
    if any(one.member_id == member.id for one in open_asks(session, member.unit_id)):
        raise Refused(N_("%(name)s 已经有一条改动在等确认，请先办完那一条。"), name=member.name)
    if not reason.strip():
        raise WhyMissing(year)


def _ask(
    session: Session,
    actor: SignedIn,
    member: Member,
    kind: str,
    year: int,
    said: dict[str, Any],
    reason: str,
    now: datetime,
) -> RosterAsk:
    _require_ask(session, member, reason, year)
    made = RosterAsk(
        id=new_id(),
        unit_id=member.unit_id,
        member_id=member.id,
        number=member.number,
        name=member.name,
        kind=kind,
        year=year,
        version=member.version,
        said=said,
        reason=reason.strip()[:ASK_REASON],
        asked_by=actor.name,
        asked_by_id=actor.account_id,
        asked_person=actor.person_id,
        asked_at=now,
        state="open",
        answer="",
        decided_by="",
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, member.unit_id, "roster.ask", str(made.id), kind=kind)
    return made


def _in_json(found: dict[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    return {name: [_plain(before), _plain(after)] for name, (before, after) in found.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def open_asks(session: Session, unit_id: UUID) -> Sequence[RosterAsk]:
    """What waits for a second person, oldest first."""
    query = select(RosterAsk).where(RosterAsk.unit_id == unit_id, RosterAsk.state == "open")
    return session.scalars(query.order_by(RosterAsk.asked_at, RosterAsk.id)).all()


def asks_about(session: Session, unit_id: UUID, member_id: UUID) -> Sequence[RosterAsk]:
    """All that was ever asked about a member, newest first."""
    query = select(RosterAsk).where(RosterAsk.unit_id == unit_id, RosterAsk.member_id == member_id)
    return session.scalars(query.order_by(RosterAsk.asked_at.desc(), RosterAsk.id.desc())).all()


def stale(session: Session, ask: RosterAsk) -> bool:
    """Whether the member was changed since it was asked."""
    member = session.get(Member, (ask.unit_id, ask.member_id))
    return (member.version if member else 0) != ask.version


def asked_oneself(session: Session, actor: SignedIn, ask: RosterAsk) -> bool:
    """Whether who acts is who asked."""
    return same_person(session, actor, ask.asked_by_id, ask.asked_by, ask.asked_person)


def may_decide(session: Session, actor: SignedIn, ask: RosterAsk) -> bool:
    """Whether who acts may confirm or decline it: neither who asked nor whom it is about."""
    about = actor.person_id == ask.member_id if actor.person_id else actor.name == ask.name
    return actor.may(CONFIRMS) and not about and not asked_oneself(session, actor, ask)


def confirm(session: Session, actor: SignedIn, unit: Unit, ask_id: UUID, now: datetime) -> RosterAsk:
    """Do what was asked. Raises Absent, Refused: the same person, about oneself, stale, forbidden."""
    hold_roster(session, unit.id)
    ask = _open(session, unit, ask_id)
    _require_second(session, actor, ask)
    if stale(session, ask):
        raise Refused(STALE)
    to = {name: pair[1] for name, pair in ask.said.items()}
    if ask.kind == "leave":
        until = date.fromisoformat(to["until"])
        take_off(session, actor, unit, ask.member_id, ask.version, until, to["left_why"], now, two=True)
    elif ask.kind == "back":
        since = _typed(to).get("since")
        take_back(session, actor, unit, ask.member_id, ask.version, now, since=since, two=True)
    elif ask.kind == "enter":
        add_members(session, actor, unit, [_member(to)], now, asked=ask.member_id)
    else:
        member = held(session, unit.id, ask.member_id, ask.version)
        new = replace(as_it_is(member), **_typed(to))
        edit_members(session, actor, unit, [(member.id, ask.version, new)], now, two=True)
    return _decided(session, actor, ask, "confirmed", "", now)


def decline(
    session: Session, actor: SignedIn, unit: Unit, ask_id: UUID, reason: str, now: datetime
) -> RosterAsk:
    """Do not do what was asked, and say why. Raises Absent, Refused."""
    ask = _open(session, unit, ask_id)
    _require_second(session, actor, ask)
    if not reason.strip():
        raise Refused(N_("不同意要写明理由。"))
    return _decided(session, actor, ask, "declined", reason.strip()[:ASK_REASON], now)


def withdraw(session: Session, actor: SignedIn, unit: Unit, ask_id: UUID, now: datetime) -> RosterAsk:
    """Who asked takes it back. Raises Absent, Refused."""
    ask = _open(session, unit, ask_id)
    if not asked_oneself(session, actor, ask):
        raise Refused(N_("只有提出的人可以撤回；不同意请写明理由。"))
    return _decided(session, actor, ask, "withdrawn", "", now)


def _open(session: Session, unit: Unit, ask_id: UUID) -> RosterAsk:
    ask = session.get(RosterAsk, ask_id, with_for_update=True, populate_existing=True)
    if ask is None or ask.unit_id != unit.id:
        raise Absent
    if ask.state != "open":
        raise Refused(N_("这一条已经有人办了，不用再办。"))
    return ask


def _require_second(session: Session, actor: SignedIn, ask: RosterAsk) -> None:
    if asked_oneself(session, actor, ask):
        raise Refused(N_("这一条是您提出的，请由另一位同志确认。"))
    if not may_decide(session, actor, ask):
        raise Refused(HIMSELF)


def _decided(
    session: Session, actor: SignedIn, ask: RosterAsk, state: str, answer: str, now: datetime
) -> RosterAsk:
    ask.state, ask.answer = state, answer
    ask.decided_by, ask.decided_by_id, ask.decided_at = actor.name, actor.account_id, now
    session.flush()
    audit.record(session, now, actor.account_id, ask.unit_id, f"roster.{state}", str(ask.id), kind=ask.kind)
    return ask


def as_it_is(member: Member) -> NewMember:
    """A member's values as they stand."""
    names = ("number", "name", "field", "since", "status", "post", "exempt", "floating", "joined_on")
    return NewMember(**{name: getattr(member, name) for name in names}, roles=tuple(member.roles))


def _typed(to: dict[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(to[name]) for name in ("since", "joined_on") if to.get(name)}
    return {**to, **days}


def _member(to: dict[str, Any]) -> NewMember:
    return NewMember(**{**_typed(to), "roles": tuple(to["roles"])})


def keeps_roster(session: Session, unit: Unit, member_id: UUID) -> bool:
    """Whether the member is one of those who keep this roster: others of the branch see to his entry."""
    query = (
        select(Account.id)
        .join(Post, Post.account_id == Account.id)
        .join(Role, Role.name == Post.role)
        .where(
            Post.unit_id == unit.id,
            Account.person_id == member_id,
            ~Account.disabled,
            literal(KEEPS) == any_(Role.permissions),
        )
    )
    return session.scalars(query.limit(1)).first() is not None


def may_change(session: Session, actor: SignedIn, unit: Unit, member: Member) -> bool:
    """Who keeps the roster changes it; the committee the entry of who keeps it, for nobody does his own."""
    if actor.may(KEEPS):
        return True
    return actor.may(CONFIRMS) and not himself(actor, member) and keeps_roster(session, unit, member.id)
