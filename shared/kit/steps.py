"""Between the password and being signed in: a code, a second factor to set up, a password of one's own.

Until the last of them nobody is signed in: no other page has to know of these steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shared.kit import audit, factors
from shared.kit.accounts import Account, Locked, SignedIn, hash_password, is_password, signed_in
from shared.kit.clock import civil
from shared.kit.db import Database
from shared.kit.entering import begin_session, code_step, demanded, fresh_session, vault
from shared.kit.guard import public
from shared.kit.scope import EVERYTHING
from shared.kit.sessions import CHANGED, end_sessions, this_session
from shared.kit.vault import Unreadable
from shared.kit.web import now

steps = Blueprint("steps", __name__, url_prefix="/login")
log = structlog.get_logger()
OPEN_FOR = timedelta(minutes=10)
"""How long one may take from the password to the end of these steps."""
LONGEST_PASSWORD = 200
Result = TypeVar("Result")


@dataclass(frozen=True)
class Half:
    """Somebody whose password was right; `factor`: by what else he has shown who he is, so far."""

    user: SignedIn
    account: Account
    factor: str
    target: str


def work(what: Callable[[Session], Result]) -> Result:
    """Do it in a transaction of its own: wrong tries are counted whatever is answered."""
    database: Database = current_app.extensions["sanji.database"]
    with database.transaction(EVERYTHING) as db:
        return what(db)


def enter(user: SignedIn, target: str) -> str:
    """After the password: the address of what is still missing, else of `target`, and the person is in."""
    held = fresh_session()
    held["pending"] = {
        "account": str(user.account_id),
        "stamp": user.stamp,
        "at": now().isoformat(),
        "factor": "",
        "target": target,
    }
    half = _half()
    assert half is not None
    return _on(half)


def _half() -> Half | None:
    """Who is half way in; None for nobody, after too long, and when the account was changed meanwhile."""
    told: dict[str, Any] = this_session().get("pending", {})
    if not told or now() - datetime.fromisoformat(told["at"]) > OPEN_FOR:
        return None

    def read(db: Session) -> Half | None:
        user = signed_in(db, UUID(told["account"]))
        if user is None or user.stamp != told["stamp"]:
            return None
        return Half(user, db.get_one(Account, user.account_id), told["factor"], told["target"])

    return work(read)


def _on(half: Half) -> str:
    """The next step's address; where nothing is missing the person is signed in, and it is the target's."""
    if half.account.factor_since and not half.factor:
        return url_for("steps.code")
    if not half.account.factor_since and demanded(half.user):
        return url_for("steps.enrol")
    if half.account.must_renew:
        return url_for("steps.renew")

    def note(db: Session) -> None:
        audit.record(db, now(), half.user.account_id, half.user.unit.id, "login", "", factor=half.factor)

    work(note)
    begin_session(half.user)
    return half.target or url_for("desk.page")


def _passed(half: Half, factor: str) -> str:
    """Note what was shown, and go on; the account may have been changed by it."""
    user = work(lambda db: signed_in(db, half.user.account_id))
    assert user is not None
    held = this_session()
    held.regenerate()
    held["pending"] = {**held["pending"], "factor": factor, "stamp": user.stamp}
    again = _half()
    assert again is not None
    return _on(again)


def locked_words(locked: Locked) -> str:
    """What is said to who has tried too often."""
    until = civil(locked.until).strftime("%H:%M")
    return str(gettext("连续输错多次，已暂时锁定，%(until)s 后再试。", until=until))


def _start_again() -> ResponseReturnValue:
    return redirect(url_for("login.form"))


@steps.get("/code")
@public("between the password and the code nobody is signed in")
def code() -> ResponseReturnValue:
    """Asks for the code."""
    half = _half()
    if half is None or not half.account.factor_since or half.factor:
        return _start_again()
    return render_template("signin/code.html", error="")


@steps.post("/code")
@public("between the password and the code nobody is signed in")
def check_code() -> ResponseReturnValue:
    """Checks the code; what is wrong is counted."""
    half = _half()
    if half is None or not half.account.factor_since or half.factor:
        return _start_again()
    entered = request.form.get("code", "")[:40].replace("\0", "")

    def look(db: Session) -> str:
        account = db.get_one(Account, half.user.account_id)
        found = factors.check(db, vault(), account, entered, code_step(), now())
        if found == factors.RECOVERY:
            left = factors.codes_left(db, account)
            audit.record(db, now(), account.id, half.user.unit.id, "factor.recovered", "", left=left)
        return found

    try:
        found = work(look)
    except Locked as locked:
        return _code_again(locked_words(locked), 429)
    except Unreadable:
        log.error(
            "a second factor was sealed with a data key that is gone", account=str(half.user.account_id)
        )
        return _code_again(gettext("系统读不出您的动态口令，请用恢复码，或者请管理员重置。"), 409)
    if not found:
        return _code_again(gettext("口令不对，或者已经用过。请等手机上换出新的 6 位数字再填。"), 422)
    return redirect(_passed(half, found), 303)


def _code_again(message: str, status: int) -> ResponseReturnValue:
    return render_template("signin/code.html", error=message), status


@steps.get("/enrol")
@public("who must set up a second factor is not signed in before")
def enrol() -> ResponseReturnValue:
    """The picture to be scanned."""
    half = _enrolling()
    return _enrol_page(half, "", 200) if half else _start_again()


@steps.post("/enrol")
@public("who must set up a second factor is not signed in before")
def confirm() -> ResponseReturnValue:
    """The first code: then it is taken into use, and the recovery codes are shown, once."""
    half = _enrolling()
    if half is None:
        return _start_again()
    try:
        codes = work(lambda db: take_into_use(db, half.user))
    except Locked as locked:
        return _enrol_page(half, locked_words(locked), 429)
    if codes is None:
        return _enrol_page(half, gettext("口令不对。请核对手机上的时间，等换出新的 6 位数字再填。"), 422)
    return render_template("signin/codes.html", codes=codes, onward=_passed(half, factors.TOTP))


def _enrolling() -> Half | None:
    half = _half()
    return half if half and not half.account.factor_since and demanded(half.user) else None


def take_into_use(db: Session, user: SignedIn) -> list[str] | None:
    """Confirm the offered second factor with the posted code; recovery codes, None for a wrong one."""
    account = db.get_one(Account, user.account_id, with_for_update=True)
    entered = request.form.get("code", "")[:40].replace("\0", "")
    codes = factors.confirm(db, vault(), account, entered, code_step(), now())
    if codes is not None:
        audit.record(db, now(), account.id, user.unit.id, "factor.enrol", "")
        end_sessions(db, [account.id], CHANGED)
    return codes


def offer(user: SignedIn) -> dict[str, Any]:
    """What the page that sets up a second factor shows: the picture, and the same to be typed."""

    def read(db: Session) -> tuple[str, str]:
        account = db.get_one(Account, user.account_id)
        return factors.offered(db, vault(), account), account.login

    secret, login = work(read)
    title = current_app.extensions["sanji.portal"].title
    issuer = gettext("三级") + gettext(title)
    groups = [secret[n : n + 4] for n in range(0, len(secret), 4)]
    return {"picture": factors.picture(secret, login, issuer), "groups": groups}


def _enrol_page(half: Half, error: str, status: int) -> ResponseReturnValue:
    action = url_for("steps.confirm")
    return render_template("signin/enrol.html", error=error, action=action, **offer(half.user)), status


@steps.get("/password")
@public("who must choose a password is not signed in before")
def renew() -> ResponseReturnValue:
    """Asks for a password of one's own."""
    return render_template("signin/password.html", errors=()) if _renewing() else _start_again()


@steps.post("/password")
@public("who must choose a password is not signed in before")
def set_password() -> ResponseReturnValue:
    """Takes the password that its owner has chosen."""
    half = _renewing()
    if half is None:
        return _start_again()
    if errors := work(lambda db: new_password(db, half.user)):
        return render_template("signin/password.html", errors=errors), 422
    return redirect(_passed(half, half.factor), 303)


def _renewing() -> Half | None:
    half = _half()
    ready = half and (half.factor or not (half.account.factor_since or demanded(half.user)))
    return half if half and ready and half.account.must_renew else None


def new_password(db: Session, user: SignedIn) -> list[dict[str, str]]:
    """Set the posted password, twice the same; or what is wrong with it. Other browsers are signed out."""
    account = db.get_one(Account, user.account_id, with_for_update=True)
    chosen, again = request.form.get("password", ""), request.form.get("again", "")
    if len(chosen) > LONGEST_PASSWORD:
        return [{"field": "password", "message": gettext("密码太长了。")}]
    if chosen != again:
        return [{"field": "again", "message": gettext("两次填的不一样，请再填一遍。")}]
    if is_password(account, chosen):
        return [{"field": "password", "message": gettext("新密码不能和原来的一样。")}]
    try:
        account.password_hash = hash_password(chosen)
    except ValueError:
        return [{"field": "password", "message": gettext("密码至少 10 个字符。")}]
    account.must_renew = False
    audit.record(db, now(), account.id, user.unit.id, "account.own_password", "")
    end_sessions(db, [account.id], CHANGED)
    return []
