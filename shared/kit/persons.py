"""Whether who acts is who acted before: the one idiom wherever a second person is asked for.

A person is a card, where an account says whose it is; else a name. Two accounts of one card are one person,
and two of one name unless both have cards and these differ. What was done is kept with account and name; the
card is the account's as it is now, so that linking an account to its member makes no second person of it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from shared.kit.accounts import Account, Post, Role, SignedIn
from shared.kit.units import Unit


def same_person(
    session: Session, actor: SignedIn, by_id: UUID | None, by_name: str, by_person: UUID | None = None
) -> bool:
    """Whether the asker did what an account of this id and name did.

    `by_id` is None where a restore or another tier left only the name; `by_person` is the card where kept.
    """
    if by_id == actor.account_id:
        return True
    if actor.person_id is None:
        return by_name == actor.name
    if by_person is None and by_id is not None:
        account = session.get(Account, by_id)
        by_person = account.person_id if account else None
    if by_person is not None:
        return by_person == actor.person_id
    return by_name in names_of(session, actor)


def names_of(session: Session, actor: SignedIn) -> frozenset[str]:
    """The names of all accounts of the asker's card, his own among them."""
    if actor.person_id is None:
        return frozenset({actor.name})
    query = select(Account.name).where(Account.person_id == actor.person_id)
    return frozenset({actor.name, *session.scalars(query)})


def done_by(actor: SignedIn, by_id: ColumnElement[Any] | Any, by_name: Any) -> ColumnElement[bool]:
    """`same_person` for lists and counts: a condition on the columns that keep account and name."""
    if actor.person_id is None:
        return or_(by_id == actor.account_id, by_name == actor.name)
    own, other = aliased(Account), aliased(Account)
    cards = select(own.id).where(own.person_id == actor.person_id)
    names = select(own.name).where(own.person_id == actor.person_id)
    carded = select(other.id).where(other.id == by_id, other.person_id.is_not(None)).exists()
    return or_(by_id == actor.account_id, by_id.in_(cards), and_(~carded, by_name.in_(names)))


def second_account(
    session: Session, unit: Unit, name: str, person_id: UUID | None, besides: UUID | None = None
) -> Account | None:
    """An open account of the same person in this unit, or None; `besides` is not looked at.

    By card, and by name where one of both says no card. The member's own login, with personal roles, is none.
    """
    query = (
        select(Account)
        .join(Post, Post.account_id == Account.id)
        .join(Role, Role.name == Post.role)
        .where(Post.unit_id == unit.id, ~Role.personal, ~Account.disabled)
        .order_by(Account.login)
    )
    if besides is not None:
        query = query.where(Account.id != besides)
    for account in session.scalars(query).unique():
        if person_id is not None and account.person_id is not None:
            if account.person_id == person_id:
                return account
        elif account.name == name:
            return account
    return None
