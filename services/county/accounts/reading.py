"""What the pages of accounts show."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.county.accounts.models import OPEN, AccountRequest
from shared.kit.accounts import Account, Post, Role
from shared.kit.units import Unit

PAGE = 50


@dataclass(frozen=True)
class Held:
    """A post: role with its title, unit with its name."""

    role: str
    title: str
    unit_id: UUID
    unit: str


@dataclass(frozen=True)
class AccountRow:
    """A login with its posts."""

    account: Account
    posts: tuple[Held, ...]


def posts_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Held]]:
    """Account → its posts, in tree order."""
    rows = session.execute(
        select(Post.account_id, Post.role, Role.title, Unit.id, Unit.name)
        .join(Role, Role.name == Post.role)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.account_id.in_(ids))
        .order_by(Unit.path, Role.title)
    )
    found: dict[UUID, list[Held]] = defaultdict(list)
    for account_id, *held in rows:
        found[account_id].append(Held(*held))
    return found


def account_page(session: Session, words: str, page: int) -> tuple[list[AccountRow], int]:
    """One page of the logins with their posts, and how many there are; `words` in a login or a name."""
    query = select(Account)
    if words:
        query = query.where(
            Account.login.contains(words, autoescape=True) | Account.name.contains(words, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.scalars(query.order_by(Account.login).offset((page - 1) * PAGE).limit(PAGE)).all()
    posts = posts_of(session, [one.id for one in found])
    return [AccountRow(one, tuple(posts.get(one.id, ()))) for one in found], total


def open_requests(
    session: Session, account_id: UUID | None = None
) -> list[tuple[AccountRequest, Account, str, str]]:
    """What waits for a second administrator, oldest first; with account, role's title, unit's name."""
    query = (
        select(AccountRequest, Account, Role.title, Unit.name)
        .join(Account, Account.id == AccountRequest.account_id)
        .outerjoin(Role, Role.name == AccountRequest.role)
        .outerjoin(Unit, Unit.id == AccountRequest.post_unit_id)
        .where(AccountRequest.state == OPEN)
        .order_by(AccountRequest.asked_at)
    )
    if account_id is not None:
        query = query.where(AccountRequest.account_id == account_id)
    return [(row[0], row[1], row[2] or "", row[3] or "") for row in session.execute(query)]


def units_for_posts(session: Session) -> Sequence[Unit]:
    """Where a post at the county's portal can be: the county, or one of its open townships."""
    query = select(Unit).where(Unit.level.in_(("county", "township")), Unit.closed_on.is_(None))
    return session.scalars(query.order_by(Unit.path)).all()
