"""What everybody may do with the account of their own: see where it is signed in, and sign out there."""

from binascii import unhexlify
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from shared.kit import audit
from shared.kit.entering import settings
from shared.kit.errors import Absent
from shared.kit.guard import SIGNED_IN, allow
from shared.kit.sessions import ELSEWHERE, devices, end_sessions, this_session
from shared.kit.web import db, me, now

account = Blueprint("account", __name__, url_prefix="/account")


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
    """One's own account: the browsers it is signed in with."""
    return render_template("account.html", devices=_devices())


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
