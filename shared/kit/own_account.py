"""What everybody may do with the account of their own: devices, second factor, password."""

from binascii import unhexlify
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shared.kit import audit, factors
from shared.kit.accounts import Account, Locked, check_password, signed_in
from shared.kit.entering import begin_session, demanded, settings
from shared.kit.errors import Absent
from shared.kit.guard import SIGNED_IN, allow
from shared.kit.sessions import CHANGED, ELSEWHERE, devices, end_sessions, this_session
from shared.kit.steps import locked_words, new_password, offer, take_into_use, work
from shared.kit.web import db, me, now

account = Blueprint("account", __name__, url_prefix="/account")
Errors = Sequence[dict[str, str]]


def _devices() -> list[dict[str, Any]]:
    here = this_session().key()
    found = devices(db(), me().account_id, settings().timeouts, now())
    found.sort(key=lambda one: one.key != here)
    return [
        {
            "handle": one.key.hex(),
            "agent": " · ".join(map(gettext, one.agent.split(" · "))) if one.agent else gettext("其他浏览器"),
            "place": one.place or gettext("不详"),
            "since": one.since,
            "seen_at": one.seen_at,
            "here": one.key == here,
        }
        for one in found
    ]


@account.get("")
@allow(SIGNED_IN)
def page() -> ResponseReturnValue:
    """One's own account."""
    return _page((), 200)


def _page(errors: Errors, status: int) -> ResponseReturnValue:
    mine = db().get_one(Account, me().account_id)
    values = {
        "login": mine.login,
        "factor_since": mine.factor_since,
        "demanded": demanded(me()),
        "codes_left": factors.codes_left(db(), mine) if mine.factor_since else 0,
        "devices": _devices(),
        "errors": list(errors),
    }
    return render_template("account.html", **values), status


@account.post("/devices/<handle>/end")
@allow(SIGNED_IN)
def end(handle: str) -> ResponseReturnValue:
    """Sign out of one other browser."""
    try:
        key = unhexlify(handle)
    except ValueError as error:
        raise Absent from error
    if key == this_session().key() or not _end(only=key):
        raise Absent
    flash(gettext("已退出那台设备上的登录。"), "success")
    return redirect(url_for("account.page"), 303)


@account.post("/devices/end-others")
@allow(SIGNED_IN)
def end_others() -> ResponseReturnValue:
    """Sign out of every browser but this one."""
    count = _end(keep=this_session().key())
    flash(gettext("已退出其他 %(count)s 台设备上的登录。", count=count), "success")
    return redirect(url_for("account.page"), 303)


def _end(**which: bytes | None) -> int:
    count = end_sessions(db(), [me().account_id], ELSEWHERE, **which)
    if count:
        audit.record(db(), now(), me().account_id, me().unit.id, "session.end", "", count=count)
    return count


def _wrong_password(field: str) -> tuple[list[dict[str, str]], int] | None:
    """What is said to who does not know the password: somebody who found an open desk."""

    def right(db: Session) -> bool:
        login = db.get_one(Account, me().account_id).login
        return check_password(db, login, request.form.get(field, ""), now()) is not None

    try:
        if work(right):
            return None
    except Locked as locked:
        return [{"field": field, "message": locked_words(locked)}], 429
    return [{"field": field, "message": gettext("密码不对。")}], 422


def _go_on() -> None:
    """The account is another now: this browser stays signed in, under a new secret; the others do not."""
    user = work(lambda db: signed_in(db, me().account_id))
    assert user is not None
    begin_session(user)


@account.post("/factor")
@allow(SIGNED_IN)
def begin_factor() -> ResponseReturnValue:
    """Begin to set up a second factor, or another one for a new phone."""
    if wrong := _wrong_password("begin_password"):
        return _page(*wrong)
    return _enrol_page("", 200)


def _enrol_page(error: str, status: int) -> ResponseReturnValue:
    addresses = {"action": url_for("account.confirm_factor"), "back": url_for("account.page")}
    return render_template("signin/enrol.html", error=error, **addresses, **offer(me())), status


@account.post("/factor/confirm")
@allow(SIGNED_IN)
def confirm_factor() -> ResponseReturnValue:
    """The first code of the new authenticator; the recovery codes are shown, once."""
    try:
        codes = work(lambda db: take_into_use(db, me()))
    except Locked as locked:
        return _enrol_page(locked_words(locked), 429)
    if codes is None:
        return _enrol_page(gettext("口令不对。请核对手机上的时间，等换出新的 6 位数字再填。"), 422)
    _go_on()
    return render_template("signin/codes.html", codes=codes, onward=url_for("account.page"))


@account.post("/factor/codes")
@allow(SIGNED_IN)
def renew_codes() -> ResponseReturnValue:
    """Ten new recovery codes; the old ones are worth nothing."""
    if wrong := _wrong_password("codes_password"):
        return _page(*wrong)
    mine = db().get_one(Account, me().account_id)
    if mine.factor_since is None:
        raise Absent
    codes = factors.renew_codes(db(), mine)
    audit.record(db(), now(), mine.id, me().unit.id, "factor.codes", "")
    return render_template("signin/codes.html", codes=codes, onward=url_for("account.page"))


@account.post("/factor/drop")
@allow(SIGNED_IN)
def drop_factor() -> ResponseReturnValue:
    """Do without a second factor, where that is allowed."""
    if demanded(me()):
        raise Absent
    if wrong := _wrong_password("drop_password"):
        return _page(*wrong)

    def drop(db: Session) -> None:
        mine = db.get_one(Account, me().account_id)
        factors.drop(db, mine)
        audit.record(db, now(), mine.id, me().unit.id, "factor.drop", "")
        end_sessions(db, [mine.id], CHANGED)

    work(drop)
    _go_on()
    flash(gettext("已停用动态口令，以后只凭密码登录。"), "success")
    return redirect(url_for("account.page"), 303)


@account.post("/password")
@allow(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Another password; every other browser is signed out."""
    if wrong := _wrong_password("old_password"):
        return _page(*wrong)
    if errors := work(lambda db: new_password(db, me())):
        return _page(errors, 422)
    _go_on()
    flash(gettext("密码已修改，其他设备上的登录都已退出。"), "success")
    return redirect(url_for("account.page"), 303)
