"""Nobody is two people: whether an account would be a second one of the same person in a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from shared.kit.accounts import Account
    from shared.kit.units import Unit


def require_one_account(
    session: Session,
    unit: Unit,
    role: str,
    name: str,
    person_id: UUID | None,
    *,
    namesake: bool = False,
    besides: UUID | None = None,
) -> None:
    """Refuse a second account for work in this unit, by card or name; a member's own login is none.

    Raises click.ClickException.
    """
    from shared.kit.accounts import Role
    from shared.kit.persons import second_account

    if session.get_one(Role, role).personal:
        return
    other = second_account(session, unit, name, person_id, besides)
    if other is None:
        return
    if person_id is not None and other.person_id == person_id:
        raise click.ClickException(
            f"{other.name} has the account {other.login} at {unit.code} already: one person works with one "
            f"account. Give {other.login} the further post (sanji account post), or disable it first"
        )
    if not namesake:
        raise click.ClickException(
            f"there is an account of the name {name} at {unit.code} already ({other.login}); two accounts of "
            "one name count as one person where two must agree. If it is the same person, give that account "
            "the further post (sanji account post); if not, write the name so that both can be told apart, "
            f"as in {name}（组织委员）; --namesake makes the account all the same"
        )


def require_apart_after(session: Session, account: Account, person_id: UUID | None) -> None:
    """The same where an account is linked to a card later: in each unit where it has a post for work."""
    from sqlalchemy import select

    from shared.kit.accounts import Post
    from shared.kit.units import Unit

    posts = select(Unit, Post.role).join(Post, Post.unit_id == Unit.id).where(Post.account_id == account.id)
    for unit, role in session.execute(posts).all():
        require_one_account(session, unit, role, account.name, person_id, namesake=True, besides=account.id)
