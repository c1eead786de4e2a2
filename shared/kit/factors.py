"""The second factor: six digits of an authenticator (TOTP, RFC 6238), or one of ten recovery codes.

A code is worth something once: after one was taken, it and all before it are wrong. Wrong ones are counted
and lock like passwords.
"""

import secrets
import unicodedata
from datetime import datetime
from hmac import compare_digest

import pyotp
import segno
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shared.kit.accounts import Account, hash_password, judged, tried, unlock
from shared.kit.db import insert_rows
from shared.kit.factor_models import RecoveryCode, SecondFactor
from shared.kit.vault import Unreadable, Vault

STEP = 30
"""Seconds for which one code is shown; those right before and after it count too (RFC 6238, 5.2)."""
DIGITS = 6
TOTP, RECOVERY = "totp", "recovery"
CODES = 10
# No 0/O, 1/I/L: copied by hand. Two signs find the code, eight are its secret: 39 bits, with five tries.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
HANDLE, LENGTH = 2, 10


def step_of(moment: datetime) -> int:
    """The interval a moment lies in."""
    return int(moment.timestamp()) // STEP


def offered(session: Session, vault: Vault, account: Account) -> str:
    """The secret (base32) to be scanned and confirmed; the same until that is done."""
    found = _factor(session, account)
    if found.next_secret is not None:
        try:
            return vault.open(str(account.id), found.next_secret)
        except Unreadable:
            pass  # begun under a key that is gone: begun anew
    secret = pyotp.random_base32()
    found.next_secret = vault.seal(str(account.id), secret)
    session.flush()
    return secret


def confirm(
    session: Session, vault: Vault, account: Account, code: str, step: int, now: datetime
) -> list[str] | None:
    """Take the offered secret into use if `code` is its; new recovery codes, or None. Raises Locked."""
    found = _factor(session, account)
    if found.next_secret is None:
        return None
    secret = vault.open(str(account.id), found.next_secret)
    matched: list[int] = []

    def right() -> bool:
        matched.extend(_matching(secret, _bare(code), step, 0))
        return bool(matched)

    if not judged(session, _tries(account), right, now):
        return None
    found.secret, found.next_secret = found.next_secret, None
    found.last_step = matched[0]
    account.factor_since = now
    return renew_codes(session, account)


def check(session: Session, vault: Vault, account: Account, entered: str, step: int, now: datetime) -> str:
    """TOTP or RECOVERY where what was entered is right, and then used up; '' with the try counted.

    Raises Locked, and Unreadable where the secret was sealed with a key that is gone.
    """
    sign = _bare(entered)
    if len(sign) == LENGTH:
        return RECOVERY if _recovered(session, account, sign, now) else ""
    found = _factor(session, account)
    secret = vault.open(str(account.id), found.secret) if found.secret else None

    def right() -> bool:
        matched = _matching(secret, sign, step, found.last_step) if secret else []
        found.last_step = matched[0] if matched else found.last_step
        return bool(matched)

    return TOTP if judged(session, _tries(account), right, now) else ""


def renew_codes(session: Session, account: Account) -> list[str]:
    """Ten new recovery codes, to be shown once; those before are worth nothing."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    handles: set[str] = set()
    while len(handles) < CODES:
        handles.add(_signs(HANDLE))
    codes = [handle + _signs(LENGTH - HANDLE) for handle in sorted(handles)]
    rows = [
        {"account_id": account.id, "handle": one[:HANDLE], "code_hash": hash_password(_padded(one))}
        for one in codes
    ]
    insert_rows(session, RecoveryCode, rows)
    return [f"{one[:5]}-{one[5:]}" for one in codes]


def codes_left(session: Session, account: Account) -> int:
    """How many recovery codes are not used yet."""
    query = select(func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def drop(session: Session, account: Account) -> None:
    """Forget the second factor, its codes and its wrong tries."""
    for table in (SecondFactor, RecoveryCode):
        session.execute(delete(table).where(table.account_id == account.id))
    account.factor_since = None
    unlock(session, _tries(account))
    session.flush()


def picture(secret: str, login: str, issuer: str) -> str:
    """The QR code that an authenticator scans, as the address of an SVG."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff"))


def _tries(account: Account) -> str:
    return f"code/{account.id}"


def _factor(session: Session, account: Account) -> SecondFactor:
    """The account's row, held until the transaction ends: a code is not taken twice at the same time."""
    found = session.get(SecondFactor, account.id, with_for_update=True)
    if found is None:
        found = SecondFactor(account_id=account.id, last_step=0)
        session.add(found)
        session.flush()
    return found


def _matching(secret: str, code: str, step: int, after: int) -> list[int]:
    """The intervals around `step` and after `after` whose code this is, earliest first."""
    clock = pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
    said = code.encode()
    near = [
        one for one in (step - 1, step, step + 1) if compare_digest(clock.generate_otp(one).encode(), said)
    ]
    return [one for one in near if one > after]


def _bare(entered: str) -> str:
    """Letters and digits without what people put between them; a Chinese keyboard may write them wide."""
    return "".join(one for one in unicodedata.normalize("NFKC", entered).upper() if one.isalnum())


def _recovered(session: Session, account: Account, code: str, now: datetime) -> bool:
    found = session.get(RecoveryCode, (account.id, code[:HANDLE]), with_for_update=True)
    unused = found is not None and found.used_at is None
    kept = found.code_hash if found else None
    if not tried(session, _tries(account), kept, _padded(code), now, valid=unused):
        return False
    assert found is not None
    found.used_at = now
    return True


def _padded(code: str) -> str:
    """Hashed like passwords, which have ten characters at least."""
    return f"code-{code[HANDLE:]}"


def _signs(count: int) -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(count))
