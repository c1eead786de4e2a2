"""Accounts of the county, kept by two: the system administrator makes and disables them, the security
administrator gives posts and resets passwords and second factors. Nobody does it to his own account.

What touches an administrator, or makes one, is asked for by one and confirmed by another of these two kinds.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.county.accounts.models import DONE, OPEN, REFUSED, AccountRequest
from shared.kit import audit, factors
from shared.kit.accounts import (
    THREE_ADMINISTRATORS,
    Account,
    Post,
    Role,
    SignedIn,
    add_account,
    add_post,
    hash_password,
    remove_post,
    require_apart,
    unlock,
)
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.sessions import CHANGED, end_sessions
from shared.kit.units import Unit

GRANT, REVOKE, PASSWORD, FACTOR, DISABLE, ENABLE = (
    "grant",
    "revoke",
    "password",
    "factor",
    "disable",
    "enable",
)
# Step → the act in the audit log, and the permission it needs.
STEPS = {
    GRANT: ("post.grant", "roles.manage"),
    REVOKE: ("post.revoke", "roles.manage"),
    PASSWORD: ("account.password", "roles.manage"),
    FACTOR: ("factor.reset", "roles.manage"),
    DISABLE: ("account.disable", "accounts.manage"),
    ENABLE: ("account.enable", "accounts.manage"),
}
# No letters that look alike: told by phone, typed once.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Step:
    """What is to be done to an account; role and unit belong to GRANT and REVOKE."""

    kind: str
    account: Account
    role: str = ""
    unit: Unit | None = None


@dataclass(frozen=True)
class Outcome:
    """A step that was carried out (with the password it gave, to be shown once), or waits for the second."""

    waits: bool
    password: str = ""


def make_account(
    session: Session, actor: SignedIn, login: str, name: str, now: datetime
) -> tuple[Account, str]:
    """An account without any post, and its first password. Raises Refused for a known login."""
    take_turn(session, f"login/{login}")
    if session.scalar(select(exists().where(Account.login == login))):
        raise Refused(N_("已经有账号 %(login)s。"), login=login)
    given = _password()
    made = add_account(session, login, name, hash_password(given), (), now)
    made.must_renew = True
    audit.record(session, now, actor.account_id, actor.unit.id, "account.add", str(made.id))
    return made, given


def propose(session: Session, actor: SignedIn, step: Step, reason: str, now: datetime) -> Outcome:
    """Carry a step out, or ask for it where an administrator is touched. Raises Refused."""
    if step.account.id == actor.account_id:
        raise Refused(N_("自己的账号不能自己办，请另一位管理员办理。"))
    two = needs_two(session, step)
    if not may_ask(session, actor, step):
        raise Absent
    _require_possible(session, step)
    if not two:
        return Outcome(False, _carry_out(session, actor, step, now, reason=reason))
    ask(session, step, actor.unit.id, actor.name, actor.account_id, reason, now)
    return Outcome(True)


def ask(
    session: Session, step: Step, county: UUID, name: str, asker: UUID, reason: str, now: datetime
) -> AccountRequest:
    """Put a step before a second administrator. Raises Refused where the same is asked for already."""
    take_turn(session, f"posts/{step.account.id}")
    same = select(AccountRequest).where(
        AccountRequest.state == OPEN,
        AccountRequest.account_id == step.account.id,
        AccountRequest.kind == step.kind,
        AccountRequest.role == step.role,
    )
    if session.scalars(same).first():
        raise Refused(N_("这件事已经提出，正在等第二位管理员确认。"))
    made = AccountRequest(
        unit_id=county,
        account_id=step.account.id,
        kind=step.kind,
        role=step.role,
        post_unit_id=step.unit.id if step.unit else None,
        reason=reason,
        asked_by=name,
        asked_by_id=asker,
        asked_at=now,
    )
    session.add(made)
    detail = {"step": step.kind, "role": step.role, "reason": reason}
    audit.record(
        session, now, asker if asker.int else None, county, "account.asked", str(step.account.id), **detail
    )
    session.flush()
    return made


def needs_two(session: Session, step: Step) -> bool:
    """Whether a second administrator must confirm: the account is one's, or becomes one's."""
    return step.role in THREE_ADMINISTRATORS or bool(_administers(session, step.account))


def _held(session: Session, account: Account) -> set[str]:
    return set(session.scalars(select(Post.role).where(Post.account_id == account.id)))


def _administers(session: Session, account: Account) -> set[str]:
    return THREE_ADMINISTRATORS & _held(session, account)


def may_ask(session: Session, actor: SignedIn, step: Step) -> bool:
    """Whether the step is this administrator's; he also helps a security administrator to sign in."""
    _act, needed = STEPS[step.kind]
    rescue = step.kind in (PASSWORD, FACTOR) and "security_administrator" in _administers(
        session, step.account
    )
    return actor.may(needed) or (rescue and actor.may("accounts.manage"))


def confirm(session: Session, actor: SignedIn, request_id: UUID, now: datetime) -> str:
    """Carry out what another asked for; the password it gave, or ''. Raises Absent, Refused."""
    request, step = _open_request(session, request_id)
    if request.asked_by_id == actor.account_id:
        raise Refused(N_("提出和确认要两个人，请另一位系统管理员或者安全管理员确认。"))
    if step.account.id == actor.account_id:
        raise Refused(N_("自己的账号不能自己办，请另一位管理员办理。"))
    _require_possible(session, step)
    given = _carry_out(session, actor, step, now, asked_by=str(request.asked_by_id), reason=request.reason)
    _decide(request, DONE, actor, now)
    return given


def refuse(session: Session, actor: SignedIn, request_id: UUID, now: datetime) -> None:
    """Do not carry it out; who asked may take it back so. Raises Absent."""
    request, step = _open_request(session, request_id)
    _decide(request, REFUSED, actor, now)
    detail = {"step": step.kind, "role": step.role}
    audit.record(
        session, now, actor.account_id, actor.unit.id, "account.refused", str(step.account.id), **detail
    )


def _open_request(session: Session, request_id: UUID) -> tuple[AccountRequest, Step]:
    request = session.get(AccountRequest, request_id, with_for_update=True)
    if request is None:
        raise Absent
    if request.state != OPEN:
        raise Refused(N_("这件事已经由%(who)s办了。"), who=request.decided_by)
    unit = session.get(Unit, request.post_unit_id) if request.post_unit_id else None
    return request, Step(request.kind, session.get_one(Account, request.account_id), request.role, unit)


def _decide(request: AccountRequest, state: str, actor: SignedIn, now: datetime) -> None:
    request.state, request.decided_by = state, actor.name
    request.decided_by_id, request.decided_at = actor.account_id, now


def _require_possible(session: Session, step: Step) -> None:
    """Raises Refused where the step would change nothing or breaks the law of the three administrators."""
    account = step.account
    if step.kind == FACTOR and account.factor_since is None:
        raise Refused(N_("%(login)s 没有启用动态口令，不用重置。"), login=account.login)
    if (step.kind == DISABLE and account.disabled) or (step.kind == ENABLE and not account.disabled):
        raise Refused(N_("%(login)s 已经是这样了。"), login=account.login)
    if step.kind == GRANT:
        granted = {row.name: row.permissions for row in session.execute(select(Role.name, Role.permissions))}
        if _administers(session, account):
            raise Refused(APART)
        try:
            require_apart(_held(session, account) | {step.role}, granted)
        except ValueError as error:
            raise Refused(APART) from error


APART = N_("系统、安全、审计管理员要由三个人担任，一个账号不能兼任，也不能再有别的岗位。")


def _carry_out(session: Session, actor: SignedIn, step: Step, now: datetime, **detail: str) -> str:
    """Do it, write it down, and end the account's sessions; the password it gave, or ''."""
    account, given = step.account, ""
    if step.kind in (GRANT, REVOKE):
        assert step.unit is not None
        try:
            (add_post if step.kind == GRANT else remove_post)(session, account, step.role, step.unit)
        except ValueError as error:
            raise Refused(N_("这个账号和这个岗位、单位对不上，请刷新后再看。")) from error
        detail |= {"role": step.role, "unit": step.unit.code}
    elif step.kind == PASSWORD:
        given = _password()
        account.password_hash, account.must_renew = hash_password(given), True
        unlock(session, account.login)
    elif step.kind == FACTOR:
        factors.drop(session, account)
    else:
        account.disabled = step.kind == DISABLE
    session.flush()
    act, _needed = STEPS[step.kind]
    audit.record(session, now, actor.account_id, actor.unit.id, act, str(account.id), **detail)
    end_sessions(session, [account.id], CHANGED)
    return given


def grantable(session: Session) -> list[Role]:
    """The roles that can be given."""
    return list(session.scalars(select(Role).where(~Role.personal).order_by(Role.title)))


def _password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
