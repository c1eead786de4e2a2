"""Where a member sets a password with the secretary's one-time code; open to anyone who holds one."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.roster.logins import WRONG, redeem
from services.branch.roster.schemas import JoinForm
from shared.kit.accounts import Locked, signed_in
from shared.kit.clock import civil
from shared.kit.db import Database
from shared.kit.fields import told
from shared.kit.guard import public
from shared.kit.scope import EVERYTHING
from shared.kit.steps import enter
from shared.kit.web import form as posted
from shared.kit.web import now

join = Blueprint("join", __name__, template_folder="templates", url_prefix="/join")


@join.get("")
@public("a member has no account before the code is used")
def form() -> ResponseReturnValue:
    """The form for code and password."""
    return render_template("branch/join.html", errors=(), typed={})


@join.post("")
@public("a member has no account before the code is used")
def set_password() -> ResponseReturnValue:
    """Set the password and sign in; the wrong-try count commits whatever the answer."""
    try:
        data = posted(JoinForm())
    except ValidationError as error:
        return _again(told(error), 422)
    database: Database = current_app.extensions["sanji.database"]
    said = [data[name].strip() for name in ("unit", "number", "code")]
    try:
        with database.transaction(EVERYTHING) as db:
            account = redeem(db, *said, data["password"], now())
            user = signed_in(db, account.id) if account else None
            login = account.login if account else ""
    except Locked as locked:
        until = civil(locked.until).strftime("%H:%M")
        words = gettext("连续输错多次，已暂时锁定，%(until)s 后再试。", until=until)
        return _again([{"field": "code", "message": words}], 429)
    if user is None:
        return _again([{"field": "code", "message": gettext(WRONG)}], 422)
    onward = enter(user, url_for("own.home"))
    flash(gettext("密码设好了。以后用账号 %(login)s 和密码登录，请记下来。", login=login), "success")
    return redirect(onward, 303)


def _again(errors: Sequence[dict[str, str]], status: int) -> ResponseReturnValue:
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in ("unit", "number")}
    return render_template("branch/join.html", errors=errors, typed=typed), status
