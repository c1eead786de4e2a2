"""Demo accounts: one password per role, made anew for each data directory. Nobody in it is real."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.accounts import (
    Account,
    NewAccount,
    SignedIn,
    add_account,
    add_accounts,
    hash_password,
    signed_in,
)
from shared.kit.units import Unit

# role → (suffix of the login, what the synthetic person is called)
COUNTY = {
    "county_organiser": ("zzk", "组织科（演示）"),
    "county_leader": ("bz", "分管部长（演示）"),
    "county_reviewer": ("fc", "申诉复查（演示）"),
    "county_director": ("zr", "部长（演示）"),
    "system_administrator": ("xt", "系统管理员（演示）"),
    "security_administrator": ("aq", "安全管理员（演示）"),
    "auditor": ("sj", "审计管理员（演示）"),
}
TOWNSHIP = {
    "township_organiser": ("zz", "组织委员（演示）"),
    "township_secretary": ("sj", "党委书记（演示）"),
}
BRANCH = {
    "branch_secretary": ("", "支部书记（演示）"),
    "branch_committee": ("wy", "支部委员（演示）"),
}
GENERAL_BRANCH = {"general_secretary": ("", "党总支书记（演示）")}
ROLES = {"county": COUNTY, "township": TOWNSHIP, "branch": BRANCH}


@dataclass(frozen=True)
class Login:
    """What a newcomer types to look at one portal as one role."""

    tier: str
    role: str
    title: str
    login: str
    password: str


def load_passwords(path: Path) -> dict[str, str]:
    """One password per role, kept beside the data it opens (mode 600)."""
    if path.exists():
        known: dict[str, str] = json.loads(path.read_text())
        if all(role in known for role in _roles()):
            return known
        # Made before there was this role: those there are keep their passwords.
        path.write_text(json.dumps({role: _password() for role in _roles()} | known, indent=1))
        return load_passwords(path)
    made = {role: _password() for role in _roles()}
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, indent=1))
    return made


def _roles() -> list[str]:
    return [role for roles in (*ROLES.values(), GENERAL_BRANCH) for role in roles] + ["member"]


def roles_of(unit: Unit) -> Mapping[str, tuple[str, str]]:
    """The demo's roles in a unit: role → suffix of the login, what the synthetic person is called."""
    return GENERAL_BRANCH if unit.is_general else ROLES[unit.level]


def _password() -> str:
    # No letters that look alike: people copy these from a screen.
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def login_name(unit: Unit, role: str) -> str:
    """The unit's code, with the role's letters where a unit has several."""
    suffix = roles_of(unit)[role][0]
    return f"{unit.code}-{suffix}" if suffix else unit.code


def add_people(session: Session, units: Iterable[Unit], passwords: Mapping[str, str], at: datetime) -> int:
    """Accounts of every role of each unit, as far as they are missing; how many were made."""
    known = set(session.scalars(select(Account.login)))
    hashes: dict[str, str] = {}
    missing = [
        NewAccount(
            login_name(unit, role),
            title,
            hashes.get(role) or hashes.setdefault(role, hash_password(passwords[role])),
            ((role, unit),),
        )
        for unit in units
        for role, (_suffix, title) in roles_of(unit).items()
        if login_name(unit, role) not in known
    ]
    return len(add_accounts(session, missing, at))


def add_member_login(session: Session, unit: Unit, password: str, person_id: UUID, at: datetime) -> None:
    """A login for one member of a branch, to look at a member's own pages."""
    login = f"{unit.code}-dy"
    if session.scalars(select(Account.id).where(Account.login == login)).first() is None:
        hashed = _hashed(password)
        add_account(session, login, "党员（演示）", hashed, [("member", unit)], at, person_id)


@cache
def _hashed(password: str) -> str:
    # Hashing is slow on purpose; the demo's members share one password.
    return hash_password(password)


def actor(session: Session, unit: Unit, role: str) -> SignedIn:
    """The synthetic person who holds `role` in `unit`, with permissions and scope."""
    account = session.scalars(select(Account).where(Account.login == login_name(unit, role))).one()
    found = signed_in(session, account.id)
    assert found is not None
    return found
