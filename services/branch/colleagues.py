"""Whether a branch has a second person for what one person began, and who that is."""

from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from shared.kit.accounts import Account, Post, Role, SignedIn
from shared.kit.units import Unit


def has_colleague(session: Session, unit: Unit, actor: SignedIn, permission: str) -> bool:
    """Whether somebody else here holds `permission`; two accounts of one card, or name, are one person."""
    query = (
        select(Account.person_id, Account.name)
        .join(Post, Post.account_id == Account.id)
        .join(Role, Role.name == Post.role)
        .where(
            Post.unit_id == unit.id,
            literal(permission) == any_(Role.permissions),
            ~Account.disabled,
            Account.id != actor.account_id,
        )
    )
    return any(
        row.name != actor.name and (row.person_id is None or row.person_id != actor.person_id)
        for row in session.execute(query)
    )


def same_person(actor: SignedIn, account_id: UUID, name: str, person_id: UUID | None) -> bool:
    """Whether who acts is who acted before: by account, card or name."""
    known = actor.person_id is not None and actor.person_id == person_id
    return known or actor.account_id == account_id or actor.name == name
