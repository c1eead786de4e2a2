"""`sanji account`: accounts of one tier, and the posts that give them permissions and scope."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from deploy.account_persons import require_apart_after, require_one_account
from deploy.stack_commands import data_option
from deploy.tier_access import runtime_of, tier_option
from deploy.unit_commands import known_unit

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.branch.roster.models import Member
    from shared.kit.accounts import Account
    from shared.sync.runtime import Runtime

Result = TypeVar("Result")


@click.group()
def account() -> None:
    """Make accounts and give them posts: a role in a unit."""


@account.command("list")
@tier_option
def list_accounts(tier: str, data: Path) -> None:
    """Print every account with its posts."""
    from sqlalchemy import select

    from shared.kit.accounts import Account, Post
    from shared.kit.scope import EVERYTHING
    from shared.kit.units import Unit

    query = (
        select(Account, Post.role, Unit.code)
        .outerjoin(Post, Post.account_id == Account.id)
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .order_by(Account.login, Post.role)
    )
    with runtime_of(tier, data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        for found, role, code in session.execute(query):
            state = "  disabled" if found.disabled else ""
            click.echo(f"{found.login:20} {found.name:20} {role or 'no post'} {code or ''}{state}")


@account.command()
@tier_option
def roles(tier: str, data: Path) -> None:
    """Print the roles of a tier with their permissions."""
    from sqlalchemy import select

    from shared.kit.accounts import Role
    from shared.kit.scope import EVERYTHING

    with runtime_of(tier, data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        for role in session.scalars(select(Role).order_by(Role.name)):
            click.echo(f"{role.name:24} {role.title}: {', '.join(role.permissions)}")


@account.command()
@tier_option
@click.argument("login")
@click.argument("name")
@click.option("--role", required=True, help="See `sanji account roles`.")
@click.option("--unit", "code", required=True, metavar="CODE", help="Where the post is.")
@click.option("--password", help="At least 10 characters. [default: made up and printed once]")
@click.option("--person", "number", metavar="NUMBER", help="The member it is, by number on that roster.")
@click.option("--namesake", is_flag=True, help="Somebody of this name has an account there; make it anyway.")
def add(
    tier: str,
    data: Path,
    login: str,
    name: str,
    role: str,
    code: str,
    password: str | None,
    number: str | None,
    namesake: bool,
) -> None:
    """Make an account with one post. At a branch say with --person whose it is: nobody decides on himself."""
    from shared.kit.accounts import add_account, hash_password
    from shared.kit.scope import EVERYTHING

    if number and tier != "branch":
        raise click.UsageError("--person goes with --tier branch: rosters are kept there")
    chosen = password or secrets.token_urlsafe(12)
    with runtime_of(tier, data) as runtime:
        with runtime.database.transaction(EVERYTHING) as session:
            if _find(session, login) is not None:
                raise click.ClickException(f"there is an account {login} already")
            hashed = _checked(lambda: hash_password(chosen))
            posts = [(_role(session, role), unit := known_unit(session, code))]
            member = _member(session, code, number) if number else None
            of = member.id if member else None
            require_one_account(session, unit, role, name, of, namesake=namesake)
            made = add_account(session, login, name, hashed, posts, runtime.settings.clock(), of)
            _noted(runtime, session, made, "account.add", role=role, unit=code)
        runtime.look_for_people()
    click.echo(f"added {login}" + ("" if password else f", password {chosen} (shown once)"))


@account.command()
@tier_option
@click.argument("login")
@click.option("--role", required=True, help="See `sanji account roles`.")
@click.option("--unit", "code", required=True, metavar="CODE", help="Where the post is.")
@click.option("--revoke", is_flag=True, help="Take the post away instead.")
def post(tier: str, data: Path, login: str, role: str, code: str, revoke: bool) -> None:
    """Give an account a further post, or take one away. It is signed out everywhere."""
    from shared.kit.accounts import add_post, remove_post
    from shared.kit.scope import EVERYTHING

    with runtime_of(tier, data) as runtime:
        with runtime.database.transaction(EVERYTHING) as session:
            found, unit = _account(session, login), known_unit(session, code)
            change = remove_post if revoke else add_post
            if not revoke:
                who = found.name, found.person_id
                require_one_account(session, unit, _role(session, role), *who, besides=found.id)
            _checked(lambda: change(session, found, _role(session, role), unit))
            _noted(runtime, session, found, "post.revoke" if revoke else "post.grant", role=role, unit=code)
        runtime.look_for_people()
    click.echo(f"{login} {'no longer is' if revoke else 'is now'} {role} at {code}")


@account.command()
@click.argument("login")
@data_option
@click.option("--unit", "code", metavar="CODE", help="The member's branch.")
@click.option("--number", help="The member's number on that branch's roster.")
@click.option("--nobody", is_flag=True, help="The account is no member's.")
@click.option("--elsewhere", is_flag=True, help="He is a member of a branch where the account has no post.")
def person(
    login: str, data: Path, code: str | None, number: str | None, nobody: bool, elsewhere: bool
) -> None:
    """Say which member a branch account belongs to, so that nobody decides their own claims."""
    from shared.kit.scope import EVERYTHING

    if nobody == bool(code and number):
        raise click.UsageError("give --unit and --number, or --nobody")
    with runtime_of("branch", data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        found, member = _account(session, login), None
        if not nobody:
            member = _member(session, str(code), str(number))
            if not elsewhere and member.unit_id not in _branches(session, found):
                raise click.ClickException(
                    f"{login} has no post at {code}: if he is a member there, say so with --elsewhere"
                )
        if member is not None:
            require_apart_after(session, found, member.id)
        found.person_id = member.id if member else None
        name = member.name if member else "nobody"
        _noted(runtime, session, found, "account.person", person=str(found.person_id or ""))
    click.echo(f"{login} is {name}")


@account.command()
@tier_option
@click.argument("login")
@click.option("--password", help="At least 10 characters. [default: made up and printed once]")
def password(tier: str, data: Path, login: str, password: str | None) -> None:
    """Set a new password; the account is signed out everywhere and its lock is lifted."""
    from shared.kit.accounts import hash_password, unlock
    from shared.kit.scope import EVERYTHING

    chosen = password or secrets.token_urlsafe(12)
    with runtime_of(tier, data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        found = _account(session, login)
        found.password_hash = _checked(lambda: hash_password(chosen))
        unlock(session, login)
        _noted(runtime, session, found, "account.password")
    click.echo(f"password of {login} set" + ("" if password else f": {chosen} (shown once)"))


@account.command()
@tier_option
@click.argument("login")
@click.option("--enable", is_flag=True, help="Let it sign in again.")
def disable(tier: str, data: Path, login: str, enable: bool) -> None:
    """Keep an account from signing in; it is signed out everywhere. Its traces stay."""
    from shared.kit.scope import EVERYTHING

    with runtime_of(tier, data) as runtime:
        with runtime.database.transaction(EVERYTHING) as session:
            found = _account(session, login)
            found.disabled = not enable
            _noted(runtime, session, found, "account.enable" if enable else "account.disable")
        runtime.look_for_people()
    click.echo(f"{login} {'enabled' if enable else 'disabled'}")


@account.command()
@tier_option
@click.argument("login")
@click.option("--reason", required=True, help="Goes into the audit log.")
@click.option("--alone", is_flag=True, help="For an administrator's account where nobody is left to confirm.")
def factor(tier: str, data: Path, login: str, reason: str, alone: bool) -> None:
    """Reset a second factor: it is set up anew at the next sign-in where it is demanded.

    For an administrator's account this only asks; a system or security administrator confirms at the portal.
    """
    from shared.kit import factors
    from shared.kit.scope import EVERYTHING

    with runtime_of(tier, data) as runtime, runtime.database.transaction(EVERYTHING) as session:
        found = _account(session, login)
        if found.factor_since is None:
            raise click.ClickException(f"{login} has no second factor")
        if tier == "county" and not alone and _asked(runtime, session, found, reason):
            click.echo(f"asked for: a second administrator confirms it under 账号 ({login})")
            return
        factors.drop(session, found)
        _noted(runtime, session, found, "factor.reset", reason=reason, **({"alone": "yes"} if alone else {}))
    click.echo(f"the second factor of {login} is reset")


def _asked(runtime: Runtime, session: Session, account: Account, reason: str) -> bool:
    """Put it before a second administrator, where it is an administrator's account."""
    from uuid import UUID

    from services.county.accounts import actions

    step = actions.Step(actions.FACTOR, account)
    if not actions.needs_two(session, step):
        return False
    who = ("命令行", UUID(int=0))
    actions.ask(session, step, _top(session), *who, reason, runtime.settings.clock())
    return True


def _checked(work: Callable[[], Result]) -> Result:
    """What the rules say no to, as one line."""
    try:
        return work()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _noted(runtime: Runtime, session: Session, account: Account, action: str, **detail: str) -> None:
    """Write down what was done to an account, and sign it out everywhere."""
    from shared.kit import audit
    from shared.kit.sessions import CHANGED, end_sessions

    session.flush()
    now, subject = runtime.settings.clock(), str(account.id)
    audit.record(session, now, None, _top(session), action, subject, by="command line", **detail)
    end_sessions(session, [account.id], CHANGED)


def _top(session: Session) -> UUID:
    """The tier's topmost unit: in its log stands what is done to accounts, which may have no post."""
    from sqlalchemy import select

    from shared.kit.units import Unit

    return session.scalars(select(Unit.id).order_by(Unit.path).limit(1)).one()


def _find(session: Session, login: str) -> Account | None:
    from sqlalchemy import select

    from shared.kit.accounts import Account

    return session.scalars(select(Account).where(Account.login == login)).one_or_none()


def _account(session: Session, login: str) -> Account:
    found = _find(session, login)
    if found is None:
        raise click.ClickException(f"there is no account {login} at this tier")
    return found


def _member(session: Session, code: str, number: str) -> Member:
    from sqlalchemy import select

    from services.branch.roster.models import Member

    query = select(Member).where(Member.unit_id == known_unit(session, code).id, Member.number == number)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no member {number} at {code}")
    return found


def _branches(session: Session, account: Account) -> set[UUID]:
    """Where the account has posts, and what a general branch among them looks after."""
    from sqlalchemy import select

    from shared.kit.accounts import Post
    from shared.kit.units import looked_after

    posts = set(session.scalars(select(Post.unit_id).where(Post.account_id == account.id)))
    return posts | {unit.id for unit in looked_after(session, posts)}


def _role(session: Session, name: str) -> str:
    from sqlalchemy import select

    from shared.kit.accounts import Role

    known = session.scalars(select(Role.name).order_by(Role.name)).all()
    if name not in known:
        raise click.ClickException(f"there is no role {name}; there are {', '.join(known)}")
    return name
