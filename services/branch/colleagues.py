"""Whether a branch has a second person for what one person began."""

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from shared.kit.accounts import Account, Post, Role, SignedIn
from shared.kit.persons import same_person
from shared.kit.units import Unit


def has_colleague(session: Session, unit: Unit, actor: SignedIn, permission: str) -> bool:
    """Whether somebody else here holds `permission`; another account of the same person is nobody else."""
    query = (
        select(Account)
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
        not same_person(session, actor, one.id, one.name, one.person_id) for one in session.scalars(query)
    )
