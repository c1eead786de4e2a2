"""A member's login: a one-time code from the secretary, a password by the member; ends with membership."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.branch.roster.models import LoginCode, Member
from shared.kit import audit
from shared.kit.accounts import (
    Account,
    Post,
    Role,
    SignedIn,
    add_account,
    hash_password,
    tried,
    unlock,
)
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.sessions import CHANGED, end_sessions
from shared.kit.units import Unit, with_members

VALID = timedelta(hours=24)
# No 0/O, 1/I/L: read aloud and typed by old hands. 8 of 31 signs are 39 bits, with five tries.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
ROLE = "member"
WRONG = N_("支部、编号或者一次性口令不对，或者口令已经用过、过期。请核对，或请支部书记重新发一个。")


def issue_code(session: Session, actor: SignedIn, unit: Unit, member_id: UUID, now: datetime) -> str:
    """A new one-time code for a member, to be shown once; an earlier one is worth nothing from now on.

    Raises Absent, and Refused for who has left or holds another post here (their password is reset by the
    administrator, not by a colleague).
    """
    member = session.get(Member, (unit.id, member_id))
    if member is None:
        raise Absent
    if member.until is not None:
        raise Refused(N_("%(name)s 已经不在本支部，不能再发口令。"), name=member.name)
    account = account_of(session, member_id)
    if account is not None and not _only_member(session, account):
        raise Refused(N_("%(name)s 有工作账号，忘了密码请系统管理员重设。"), name=member.name)
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    session.merge(
        LoginCode(
            unit_id=unit.id,
            member_id=member_id,
            code_hash=hash_password(_padded(code)),
            expires_at=now + VALID,
            used_at=None,
            issued_by=actor.name,
        )
    )
    audit.record(session, now, actor.account_id, unit.id, "login.code", str(member_id))
    return f"{code[:4]}-{code[4:]}"


def account_of(session: Session, member_id: UUID) -> Account | None:
    """The account that belongs to this person, or None."""
    query = select(Account).where(Account.person_id == member_id).order_by(Account.created_at).limit(1)
    return session.scalars(query).one_or_none()


def _only_member(session: Session, account: Account) -> bool:
    query = select(Role.personal).join(Post, Post.role == Role.name).where(Post.account_id == account.id)
    return all(session.scalars(query))


def redeem(
    session: Session, unit_said: str, number: str, code: str, password: str, now: datetime
) -> Account | None:
    """Set a member's password with the code; the account, or None with the try counted.

    Needs a session over every unit. Raises Locked after wrong tries, ValueError for a short password.
    """
    new_hash = hash_password(password)
    unit = _unit(session, unit_said)
    name = f"join/{unit.code if unit else unit_said}/{number}"[:64]
    found = _code(session, unit, number)
    right = found is not None and found[1].used_at is None and found[1].expires_at > now
    entered = "".join(sign for sign in code.upper() if sign.isalnum())
    if not tried(session, name, found[1].code_hash if found else None, _padded(entered), now, valid=right):
        return None
    assert unit is not None and found is not None
    member, held = found
    held.used_at = now
    return _account(session, unit, member, new_hash, now)


def _padded(code: str) -> str:
    """Codes are hashed like passwords, which have ten characters at least."""
    return f"code-{code}"


def _unit(session: Session, said: str) -> Unit | None:
    """The branch by its code, or by its name where only one has it."""
    query = select(Unit).where(with_members(), (Unit.code == said) | (Unit.name == said)).limit(2)
    found = session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def _code(session: Session, unit: Unit | None, number: str) -> tuple[Member, LoginCode] | None:
    if unit is None:
        return None
    row = session.execute(
        select(Member, LoginCode)
        .join(LoginCode, (LoginCode.unit_id == Member.unit_id) & (LoginCode.member_id == Member.id))
        .where(Member.unit_id == unit.id, Member.number == number, Member.until.is_(None))
        .with_for_update(of=LoginCode)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _account(session: Session, unit: Unit, member: Member, new_hash: str, now: datetime) -> Account | None:
    """The member's account with the new password; sessions under the old one end."""
    account = account_of(session, member.id)
    if account is None:
        account = add_account(
            session,
            _free_login(session, f"{unit.code}-{member.number}"),
            member.name,
            new_hash,
            [(ROLE, unit)],
            now,
            member.id,
        )
    elif account.disabled or not _only_member(session, account):
        return None
    else:
        account.password_hash = new_hash
        end_sessions(session, [account.id], CHANGED)
        session.merge(Post(account_id=account.id, role=ROLE, unit_id=unit.id))
        unlock(session, account.login)
    audit.record(session, now, account.id, unit.id, "login.set", str(member.id))
    session.flush()
    return account


def _free_login(session: Session, wished: str) -> str:
    """A number may have been somebody else's before: their login stays theirs."""
    taken = set(session.scalars(select(Account.login).where(Account.login.startswith(wished))))
    return next(
        login
        for n in range(1, len(taken) + 2)
        if (login := wished if n == 1 else f"{wished}-{n}") not in taken
    )


def restore_login(session: Session, unit: Unit, member_id: UUID) -> bool:
    """Whether the login of who was taken off by mistake works again: the same password, a member's post.

    An account that still has a post, or is disabled, is the administrator's affair.
    """
    account = account_of(session, member_id)
    if account is None or account.disabled:
        return False
    if session.scalars(select(Post.role).where(Post.account_id == account.id).limit(1)).first() is not None:
        return False
    session.merge(Post(account_id=account.id, role=ROLE, unit_id=unit.id))
    return True


def end_login(session: Session, unit_id: UUID, member_id: UUID) -> None:
    """A membership has ended: its codes are void, the member's post here is gone, and so are its sessions.

    Other posts of the same person are the administrator's affair.
    """
    session.execute(delete(LoginCode).where(LoginCode.unit_id == unit_id, LoginCode.member_id == member_id))
    accounts = select(Account.id).where(Account.person_id == member_id)
    session.execute(
        delete(Post).where(Post.account_id.in_(accounts), Post.role == ROLE, Post.unit_id == unit_id)
    )
    end_sessions(session, session.scalars(accounts).all(), CHANGED)
