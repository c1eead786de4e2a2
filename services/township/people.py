"""Who holds which authority in the townships a person serves: open tables, read by unit."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from shared.kit.accounts import Account, Post, Role


def holders(session: Session, units: Collection[UUID], permission: str) -> dict[UUID, list[str]]:
    """By unit, the names of those whose post there grants `permission` and whose account is open."""
    query = (
        select(Post.unit_id, Account.name)
        .join(Role, Role.name == Post.role)
        .join(Account, Account.id == Post.account_id)
        .where(Post.unit_id.in_(units), ~Account.disabled, literal(permission) == any_(Role.permissions))
        .order_by(Account.name)
    )
    found: dict[UUID, list[str]] = {unit: [] for unit in units}
    for row in session.execute(query.distinct()):
        found[row.unit_id].append(row.name)
    return found


def names(session: Session, accounts: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by account id."""
    query = select(Account.id, Account.name).where(Account.id.in_(accounts))
    return {row.id: row.name for row in session.execute(query)}
