"""Accounts, roles and permissions as data; passwords by argon2; lockout counted in PostgreSQL."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import ARRAY, ForeignKey, Index, String, delete, false, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.kit.db import Base, insert_rows, take_turn
from shared.kit.ids import new_id
from shared.kit.scope import Scope, open_table
from shared.kit.units import Unit, scope_of

WRONG_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
THREE_ADMINISTRATORS = {"system_administrator", "security_administrator", "auditor"}
ADMINISTRATION = {"accounts.manage", "roles.manage", "audit.see"}
"""What makes one of the three: no account may do two of these, whatever its roles are called."""
_ADMINISTERS = "role IN ('system_administrator', 'security_administrator', 'auditor')"
# A personal role without a person sees no row that belongs to somebody.
NOBODY = UUID(int=0)
BEFORE_LOGIN = "read before anyone is signed in; managed under the permission accounts.manage"
OF_A_GENERAL_BRANCH = "general.see"
# Interactive cost: about 50 ms on an old server, and the parameters travel in the hash.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ABSENT = _hasher.hash("nobody has this password")


class Account(Base):
    """A person's login at one tier."""

    __tablename__ = "account"
    __table_args__ = ({"info": open_table(BEFORE_LOGIN)},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(200))
    disabled: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    factor_since: Mapped[datetime | None]
    """When the second factor now asked for was confirmed; None where there is none."""
    must_renew: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The password was given by somebody else: its owner chooses one at the next sign-in."""


class Role(Base):
    """A named bundle of permissions; the tier's roles.py seeds it, a county may change it.

    Who holds only `personal` roles sees their own rows and nobody else's.
    """

    __tablename__ = "role"
    __table_args__ = ({"info": open_table(BEFORE_LOGIN)},)

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(String(64))
    permissions: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    personal: Mapped[bool] = mapped_column(default=False)


class Post(Base):
    """An account holds a role in a unit; scope and permissions follow from its posts."""

    __tablename__ = "post"
    __table_args__ = (
        # The law of the three administrators, kept by the database whoever writes.
        Index("uq_post_administrator", "account_id", unique=True, postgresql_where=text(_ADMINISTERS)),
        {"info": open_table(BEFORE_LOGIN)},
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey("role.name"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)


class WrongTry(Base):
    """Failed logins per login name, whether or not such an account exists."""

    __tablename__ = "wrong_try"
    __table_args__ = ({"info": open_table(BEFORE_LOGIN)},)

    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    locked_until: Mapped[datetime | None]


@dataclass(frozen=True)
class SignedIn:
    """Who is asking: what they may do (permissions) and where (scope)."""

    account_id: UUID
    name: str
    unit: Unit
    roles: tuple[str, ...]
    titles: tuple[str, ...]
    permissions: frozenset[str]
    scope: Scope
    person_id: UUID | None = None
    stamp: str = ""
    """Another one as soon as password, posts or second factor are others: sessions begun before are over."""

    # Flask-Login's interface
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The account's id as Flask-Login keeps it."""
        return str(self.account_id)

    def may(self, permission: str) -> bool:
        """Whether any of the posts grants `permission`."""
        return permission in self.permissions


class Locked(Exception):
    """Too many wrong tries; `until` says when the next one counts."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


def hash_password(password: str) -> str:
    """Argon2id hash; raises ValueError for fewer than 10 characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    return _hasher.hash(password)


def seed_roles(
    session: Session, roles: Mapping[str, tuple[str, Sequence[str]]], personal: Iterable[str] = ()
) -> None:
    """Bring the tier's shipped roles (name → title, permissions) into the table; `personal` names those.

    Raises ValueError for a role that is two of the three administrators at once.
    """
    own = set(personal)
    for name, (_title, granted) in roles.items():
        require_apart({name}, {name: granted})
    rows = [
        {"name": name, "title": title, "permissions": list(granted), "personal": name in own}
        for name, (title, granted) in roles.items()
    ]
    statement = insert(Role)
    changed = {name: statement.excluded[name] for name in ("title", "permissions", "personal")}
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), rows)


@dataclass(frozen=True)
class NewAccount:
    """An account to be made, with its posts (role, unit)."""

    login: str
    name: str
    password_hash: str
    posts: tuple[tuple[str, Unit], ...]
    person_id: UUID | None = None


def add_accounts(session: Session, entered: Sequence[NewAccount], at: datetime) -> list[UUID]:
    """Make accounts with their posts, a whole tier's at once; their ids. Raises ValueError as `add_post`.

    The caller has checked that the units are in scope.
    """
    granted = {row.name: row.permissions for row in session.execute(select(Role.name, Role.permissions))}
    for one in entered:
        for role, unit in one.posts:
            _require_post(role, unit, granted.get(role))
        require_apart({role for role, _unit in one.posts}, granted)
    ids = [new_id() for _one in entered]
    accounts = [
        {
            "id": made,
            "login": one.login,
            "name": one.name,
            "password_hash": one.password_hash,
            "person_id": one.person_id,
            "created_at": at,
        }
        for made, one in zip(ids, entered, strict=True)
    ]
    posts = [
        {"account_id": made, "role": role, "unit_id": unit.id}
        for made, one in zip(ids, entered, strict=True)
        for role, unit in one.posts
    ]
    insert_rows(session, Account, accounts)
    insert_rows(session, Post, posts)
    return ids


def add_account(
    session: Session,
    login: str,
    name: str,
    password_hash: str,
    posts: Iterable[tuple[str, Unit]],
    at: datetime,
    person_id: UUID | None = None,
) -> Account:
    """Make one account (see `add_accounts`)."""
    entered = NewAccount(login, name, password_hash, tuple(posts), person_id)
    session.flush()
    return session.get_one(Account, add_accounts(session, [entered], at)[0])


def add_post(session: Session, account: Account, role: str, unit: Unit) -> None:
    """Give an account a role in a unit.

    Raises ValueError as `require_apart`, and where only one of role and unit is a general branch's: whoever
    led a branch there would lead every branch below it.
    """
    take_turn(session, f"posts/{account.id}")
    mine = Post.account_id == account.id
    granted = {row.name: row.permissions for row in session.execute(select(Role.name, Role.permissions))}
    held = {row.role: row.unit_id for row in session.execute(select(Post.role, Post.unit_id).where(mine))}
    _require_post(role, unit, granted.get(role))
    require_apart({*held, role}, granted)
    if role in THREE_ADMINISTRATORS and held.get(role, unit.id) != unit.id:
        raise ValueError(f"{account.login} is {role} elsewhere already")
    session.merge(Post(account_id=account.id, role=role, unit_id=unit.id))
    session.flush()


def _require_post(role: str, unit: Unit, permissions: Sequence[str] | None) -> None:
    if permissions is not None and (OF_A_GENERAL_BRANCH in permissions) != unit.is_general:
        raise ValueError(f"{role} is not a post at {unit.code}: general branches have posts of their own")


def require_apart(roles: set[str], granted: Mapping[str, Sequence[str]]) -> None:
    """The law of the three administrators, by the roles' names and by what they may do.

    Raises ValueError for two of system, security and audit in one account, and for an administrator with
    another post: who keeps the accounts sees no business, and who does business keeps no accounts.
    """
    may = {permission for role in roles for permission in granted.get(role, ())}
    if len(roles & THREE_ADMINISTRATORS) > 1 or len(may & ADMINISTRATION) > 1:
        raise ValueError("system, security and audit administrator are three separate people")
    administers = {
        role for role in roles if role in THREE_ADMINISTRATORS or ADMINISTRATION & {*granted.get(role, ())}
    }
    if administers and roles - administers:
        raise ValueError("the account of an administrator holds no other post")


def remove_post(session: Session, account: Account, role: str, unit: Unit) -> None:
    """Take a post away. Raises ValueError where the account does not hold it."""
    held = session.get(Post, (account.id, role, unit.id))
    if held is None:
        raise ValueError(f"{account.login} is not {role} at {unit.code}")
    session.delete(held)
    session.flush()


def unlock(session: Session, login: str) -> None:
    """Forget a login's wrong tries."""
    session.execute(delete(WrongTry).where(WrongTry.login == login[:64]))


def signed_in(session: Session, account_id: UUID) -> SignedIn | None:
    """The account with its permissions and scope, or None where it is gone, disabled or without a post.

    Needs a session that may read every unit: the scope is what it computes.
    """
    account = session.get(Account, account_id)
    if account is None or account.disabled:
        return None
    rows = session.execute(
        select(Post.role, Role.title, Role.permissions, Role.personal, Unit)
        .join(Role, Role.name == Post.role)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.account_id == account_id)
        .order_by(Unit.path)
    ).all()
    if not rows:
        return None
    units = list({row.Unit.id: row.Unit for row in rows}.values())
    # Who leads a branch and its general branch works in the branch; the general branch has pages of its own.
    units.sort(key=lambda unit: unit.is_general)
    scope = scope_of(session, units)
    if all(row.personal for row in rows):
        scope = replace(scope, person=account.person_id or NOBODY)
    return SignedIn(
        account_id=account.id,
        name=account.name,
        unit=units[0],
        roles=tuple(row.role for row in rows),
        titles=tuple(dict.fromkeys(row.title for row in rows)),
        permissions=_apart(frozenset(name for row in rows for name in row.permissions)),
        scope=scope,
        person_id=account.person_id,
        stamp=_stamp(account, sorted(f"{row.role}@{row.Unit.id}" for row in rows)),
    )


def _apart(permissions: frozenset[str]) -> frozenset[str]:
    """However it came about that somebody is two of the three administrators: he may do none of it."""
    return permissions - ADMINISTRATION if len(permissions & ADMINISTRATION) > 1 else permissions


def _stamp(account: Account, posts: Sequence[str]) -> str:
    """A print of what a session stands on, whichever way it was changed: by a page, a command or in SQL."""
    stands_on = (account.password_hash, account.factor_since, *posts)
    return hashlib.sha256(repr([str(one) for one in stands_on]).encode()).hexdigest()[:32]


def check_password(session: Session, login: str, password: str, now: datetime) -> Account | None:
    """The account when the password is right, else None with the try counted; raises Locked.

    An unknown login costs the same time and is counted the same way, so it cannot be told apart.
    """
    account = session.scalars(select(Account).where(Account.login == login, ~Account.disabled)).one_or_none()
    return (
        account if tried(session, login, account.password_hash if account else None, password, now) else None
    )


def is_password(account: Account, password: str) -> bool:
    """Whether the account has this password; counts no tries, so only for who is known already."""
    return _matches(account.password_hash, password)


def tried(
    session: Session, name: str, secret_hash: str | None, secret: str, now: datetime, *, valid: bool = True
) -> bool:
    """Whether a secret is right; wrong tries under `name` are counted; raises Locked.

    `secret_hash` None, and `valid` false, cost the same time and are counted the same way.
    """

    def right() -> bool:
        return _matches(secret_hash or _ABSENT, secret) and secret_hash is not None and valid

    return judged(session, name, right, now)


def judged(session: Session, name: str, right: Callable[[], bool], now: datetime) -> bool:
    """What `right` says; wrong tries under `name` are counted, and after five it is not asked: raises Locked.

    Tries under one name wait for each other: many at once are not one.
    """
    name = name[:64]
    take_turn(session, f"try/{name}")
    entry = session.get(WrongTry, name, with_for_update=True)
    if entry and entry.locked_until and entry.locked_until > now:
        raise Locked(entry.locked_until)
    if right():
        unlock(session, name)
        return True
    _count_wrong_try(session, name, entry, now)
    return False


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except Argon2Error:
        return False


def _count_wrong_try(session: Session, login: str, entry: WrongTry | None, now: datetime) -> None:
    expired = entry is not None and entry.locked_until is not None
    tries = 1 if entry is None or expired else entry.tries + 1
    until = now + LOCKED_FOR if tries >= WRONG_TRIES else None
    statement = insert(WrongTry).values(login=login, tries=tries, locked_until=until)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["login"], set_={"tries": tries, "locked_until": until}
        )
    )
