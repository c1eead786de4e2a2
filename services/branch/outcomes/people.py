"""Who may settle the branch's own cases: its people, and those of its general branch who stand in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.accounts import Account, Post, Role, SignedIn
from shared.kit.db import among
from shared.kit.units import GENERAL, Unit, looked_after
from shared.outcomes.desk import Offices
from shared.outcomes.voice import STAND_IN


@dataclass(frozen=True)
class Holder:
    """Somebody with an open account: two accounts of one card, or name, are one person."""

    key: str
    name: str
    account_id: UUID
    person_id: UUID | None


@dataclass
class Staff:
    """Who decides, confirms, or stands in at a unit."""

    deciders: list[Holder] = field(default_factory=list)
    confirmers: list[Holder] = field(default_factory=list)
    standing_in: list[Holder] = field(default_factory=list)


def offices(session: Session, actor: SignedIn) -> Offices:
    """The asker's own branches, and those that a general branch of his looks after."""
    query = select(Post.unit_id, Unit.kind).join(Unit, Unit.id == Post.unit_id)
    posts = session.execute(query.where(Post.account_id == actor.account_id)).all()
    own = frozenset(row.unit_id for row in posts if row.kind != GENERAL)
    generals = [row.unit_id for row in posts if row.kind == GENERAL]
    if not generals or not actor.may(STAND_IN):
        return Offices(own, reads_all=False)
    below = frozenset(unit.id for unit in looked_after(session, generals))
    return Offices(own, "general", below, reads_all=False)


def staffs(session: Session, units: Collection[UUID]) -> dict[UUID, Staff]:
    """By unit, who may settle its cases; every unit given is in the answer."""
    found = {unit: Staff() for unit in units}
    if not found:
        return found
    roles = {one.name: one.permissions for one in session.scalars(select(Role)) if _settles(one)}
    # Members have accounts too, by the ten thousand.
    query = (
        select(Post.unit_id, Account, Post.role)
        .join(Account, Account.id == Post.account_id)
        .where(among(Post.unit_id, found), Post.role.in_(roles), ~Account.disabled)
        .order_by(Account.id)
    )
    rows = session.execute(query).all()
    cards = {(unit, account.name): account.person_id for unit, account, _role in rows if account.person_id}
    for unit, account, role in rows:
        permissions = roles[role]
        key = str(account.person_id or cards.get((unit, account.name), account.name))
        one = Holder(key, account.name, account.id, account.person_id)
        staff = found[unit]
        for permission, people in (
            ("outcome.decide", staff.deciders),
            ("outcome.confirm", staff.confirmers),
            (STAND_IN, staff.standing_in),
        ):
            if permission in permissions:
                people.append(one)
    return found


def _settles(role: Role) -> bool:
    return any(one in role.permissions for one in ("outcome.decide", "outcome.confirm", STAND_IN))


def but(people: Sequence[Holder], member: UUID) -> set[str]:
    """These people without the one it is about."""
    return {one.key for one in people if one.person_id != member}
