"""Signing in and out: Flask-Login over server-side sessions."""

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, current_user, logout_user

from shared.kit import audit
from shared.kit.accounts import Locked, check_password, signed_in
from shared.kit.clock import civil
from shared.kit.db import Database
from shared.kit.entering import fresh_session, lenient, loader, why_ended
from shared.kit.guard import SIGNED_IN, allow, public
from shared.kit.scope import EVERYTHING
from shared.kit.steps import enter, steps
from shared.kit.web import me, now

login = Blueprint("login", __name__)
TYPE_SIZES = ("normal", "large", "largest")
YEAR = 365 * 24 * 3600


def wire_login(app: Flask, database: Database) -> None:
    """Register the pages and the loader; accounts are read outside the asker's scope."""
    manager = LoginManager(app)
    manager.session_protection = None  # the session's secret is server-side and regenerated at login
    manager.user_loader(loader(database))
    app.register_blueprint(login)
    app.register_blueprint(steps)


@login.get("/login")
@public("the page where one signs in")
def form() -> ResponseReturnValue:
    """The login form, or the desk for who is signed in already."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.page"))
    return _page(request.args.get("next", ""), ended=why_ended())


@login.post("/login")
@public("the page where one signs in")
def sign_in() -> ResponseReturnValue:
    """Check the password; the wrong-try count commits whatever the answer."""
    name, password = request.form.get("login", "").replace("\0", "").strip(), request.form.get("password", "")
    database: Database = current_app.extensions["sanji.database"]
    try:
        with database.transaction(EVERYTHING) as db:
            account = check_password(db, name, password, now())
            user = signed_in(db, account.id) if account else None
    except Locked as locked:
        until = civil(locked.until).strftime("%H:%M")
        return _again(gettext("连续输错多次，账号已暂时锁定，%(until)s 后再试。", until=until), 429)
    if user is None:
        return _again(gettext("账号或密码不对。输错 5 次会锁定 15 分钟。"), 422)
    return redirect(enter(user, inside(request.form.get("next", ""))))


@login.post("/logout")
@allow(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End this session here and in the table."""
    database: Database = current_app.extensions["sanji.database"]
    with database.transaction(EVERYTHING) as db:
        audit.record(db, now(), me().account_id, me().unit.id, "logout", "")
    logout_user()
    fresh_session()
    return redirect(url_for("login.form"))


@login.post("/language")
@public("everyone may read in either language")
def language() -> ResponseReturnValue:
    """Switch the language for this session, or the type size for this browser."""
    session["language"] = "en" if request.form.get("language") == "en" else "zh_CN"
    answer = redirect(inside(request.form.get("next", "")) or url_for("login.form"))
    if request.form.get("type_size") in TYPE_SIZES:
        # Read by the server and, where there is script, by the page itself.
        answer.set_cookie("sanji_type", request.form["type_size"], max_age=YEAR, samesite="Lax")
    return answer


@login.get("/complaints")
@public("a complaint must not need an account")
def complaints() -> ResponseReturnValue:
    """Where to object, appeal or complain, inside this system and outside it."""
    return render_template("complaints.html")


def _again(message: str, status: int) -> ResponseReturnValue:
    typed, target = request.form.get("login", ""), request.form.get("next", "")
    return _page(target, error=message, login=typed), status


def _page(target: str, **values: str) -> str:
    note = gettext("这里登录没有要求动态口令，只供演示。正式使用时，县、乡镇工作人员登录须另填动态口令。")
    values["demo_note"] = note if lenient() else ""
    return render_template("login.html", next=target, first_time=_first_time(), **values)


def _first_time() -> str:
    """Where somebody with a one-time code sets a password, at the portals that have such a page."""
    return url_for("join.form") if "join.form" in current_app.view_functions else ""


def inside(target: str) -> str:
    """`target` when it is a path of this site, else ''."""
    # A browser drops tabs and line breaks from an address before it reads it.
    ours = target.startswith("/") and target[1:2] not in ("/", "\\") and target.isprintable()
    return target if ours else ""
