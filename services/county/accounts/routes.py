"""Accounts: the list, one of them, what each administrator may do to it, and what waits for a second one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from services.county.accounts import actions, reading
from services.county.accounts.schemas import AccountForm, PostForm, StepForm
from services.county.registry.routes import page_asked, pages, sections
from shared.kit.accounts import Account, Role
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now

accounts = Blueprint("accounts", __name__, url_prefix="/registry/accounts", template_folder="templates")
Errors = Sequence[dict[str, str]]


def waiting_accounts() -> int:
    """The number beside the menu's entry: what this administrator could confirm."""
    try:
        return sum(1 for one in _requests() if one["may_confirm"])
    except SQLAlchemyError:
        return 0


def _requests(account_id: UUID | None = None) -> list[dict[str, Any]]:
    words = step_words()
    return [
        {
            "id": one.id,
            "login": account.login,
            "name": account.name,
            "what": words[one.kind],
            "post": gettext("%(title)s（%(unit)s）", title=gettext(title), unit=unit) if title else "",
            "reason": one.reason,
            "asked_by": one.asked_by,
            "asked_at": one.asked_at,
            "may_confirm": me().account_id not in (one.asked_by_id, account.id),
            "mine": one.asked_by_id == me().account_id,
        }
        for one, account, title, unit in reading.open_requests(db(), account_id)
    ]


def step_words() -> dict[str, str]:
    """The steps in words."""
    return {
        actions.GRANT: gettext("给予岗位"),
        actions.REVOKE: gettext("收回岗位"),
        actions.PASSWORD: gettext("重设密码"),
        actions.FACTOR: gettext("重置动态口令"),
        actions.DISABLE: gettext("停用账号"),
        actions.ENABLE: gettext("恢复账号"),
    }


@accounts.get("")
@allow("accounts.see")
def page() -> ResponseReturnValue:
    """Every account with its posts, what waits for a second administrator, and the form for a new one."""
    return render_template("county/accounts.html", **_listing())


def _listing(errors: Errors = ()) -> dict[str, Any]:
    words = request.args.get("q", "").strip().replace("\0", "")[:60]
    found, total = reading.account_page(db(), words, page_asked())
    return {
        "sections": sections("accounts.page"),
        "accounts": found,
        "pages": pages("accounts.page", total, q=words),
        "words": words,
        "requests": _requests(),
        "making": me().may("accounts.manage"),
        "typed": request.form,
        "errors": list(errors),
    }


@accounts.post("")
@allow("accounts.manage")
def create() -> ResponseReturnValue:
    """Make an account without posts; its first password is shown once."""
    try:
        data = form(AccountForm())
        made, given = actions.make_account(db(), me(), data["login"], data["name"].strip(), now())
    except ValidationError as error:
        return render_template("county/accounts.html", **_listing(told(error))), 422
    except Refused as refused:
        return render_template("county/accounts.html", **_listing(_said(refused))), refused.status
    return _given(made, given)


def _said(refused: Refused) -> list[dict[str, str]]:
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


def _given(account: Account, password: str) -> ResponseReturnValue:
    return render_template("county/account_given.html", account=account, password=password)


def _account(account_id: UUID) -> Account:
    found = db().get(Account, account_id, with_for_update=request.method == "POST")
    if found is None:
        raise Absent
    return found


@accounts.get("/<uuid:account_id>")
@allow("accounts.see")
def one(account_id: UUID) -> ResponseReturnValue:
    """One account: its posts, and what this administrator may do to it."""
    return render_template("county/account.html", **_one(_account(account_id)))


def _one(account: Account, errors: Errors = ()) -> dict[str, Any]:
    steps = {kind: actions.Step(kind, account) for kind in actions.STEPS}
    own = account.id == me().account_id
    return {
        "crumb": {"label": gettext("账号"), "href": url_for("accounts.page")},
        "account": account,
        "own": own,
        "posts": reading.posts_of(db(), [account.id]).get(account.id, []),
        "requests": _requests(account.id),
        "may": {kind: not own and actions.may_ask(db(), me(), step) for kind, step in steps.items()},
        "two": actions.needs_two(db(), steps[actions.FACTOR]),
        "roles": _options("role", [(one.name, gettext(one.title)) for one in actions.grantable(db())]),
        "units": _options("unit", [(str(one.id), one.name) for one in reading.units_for_posts(db())]),
        "typed": request.form,
        "errors": list(errors),
    }


def _options(field: str, choices: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Choices with the one that was posted chosen: a refused form comes back as it was."""
    chosen = request.form.get(field)
    return [{"value": value, "label": label, "selected": value == chosen} for value, label in choices]


@accounts.post("/<uuid:account_id>/post")
@allow("roles.manage")
def give(account_id: UUID) -> ResponseReturnValue:
    """Give a post."""
    return _step(account_id, actions.GRANT)


@accounts.post("/<uuid:account_id>/revoke")
@allow("roles.manage")
def revoke(account_id: UUID) -> ResponseReturnValue:
    """Take a post away."""
    return _step(account_id, actions.REVOKE)


@accounts.post("/<uuid:account_id>/password")
@allow("accounts.see")
def password(account_id: UUID) -> ResponseReturnValue:
    """Give a new password, which its owner replaces at the next sign-in."""
    return _step(account_id, actions.PASSWORD)


@accounts.post("/<uuid:account_id>/factor")
@allow("accounts.see")
def factor(account_id: UUID) -> ResponseReturnValue:
    """Forget a second factor: it is set up anew at the next sign-in where it is demanded."""
    return _step(account_id, actions.FACTOR)


@accounts.post("/<uuid:account_id>/disable")
@allow("accounts.manage")
def disable(account_id: UUID) -> ResponseReturnValue:
    """Keep an account from signing in."""
    return _step(account_id, actions.DISABLE)


@accounts.post("/<uuid:account_id>/enable")
@allow("accounts.manage")
def enable(account_id: UUID) -> ResponseReturnValue:
    """Let an account sign in again."""
    return _step(account_id, actions.ENABLE)


def _step(account_id: UUID, kind: str) -> ResponseReturnValue:
    account = _account(account_id)
    try:
        data = form(PostForm() if kind in (actions.GRANT, actions.REVOKE) else StepForm())
        step = actions.Step(kind, account, *_post(data)) if "role" in data else actions.Step(kind, account)
        outcome = actions.propose(db(), me(), step, data["reason"].strip(), now())
    except ValidationError as error:
        return render_template("county/account.html", **_one(account, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template("county/account.html", **_one(account, _said(refused))), refused.status
    if outcome.password:
        return _given(account, outcome.password)
    words = (
        gettext("已提出，等第二位管理员确认。") if outcome.waits else gettext("已办好，这个账号要重新登录。")
    )
    flash(words, "success")
    return redirect(url_for("accounts.one", account_id=account.id), 303)


def _post(data: dict[str, Any]) -> tuple[str, Unit]:
    role, unit = db().get(Role, data["role"]), db().get(Unit, data["unit"])
    if role is None or unit is None:
        raise Absent
    return role.name, unit


@accounts.post("/requests/<uuid:request_id>/confirm")
@allow("accounts.see")
def confirm(request_id: UUID) -> ResponseReturnValue:
    """Carry out what another administrator asked for."""
    asked = db().get(actions.AccountRequest, request_id)
    if asked is None:
        raise Absent
    account = db().get_one(Account, asked.account_id)
    given = actions.confirm(db(), me(), request_id, now())
    if given:
        return _given(account, given)
    flash(gettext("已确认并办好，这个账号要重新登录。"), "success")
    return redirect(url_for("accounts.one", account_id=account.id), 303)


@accounts.post("/requests/<uuid:request_id>/refuse")
@allow("accounts.see")
def refuse(request_id: UUID) -> ResponseReturnValue:
    """Do not carry it out."""
    actions.refuse(db(), me(), request_id, now())
    flash(gettext("已撤销，账号没有变动。"), "success")
    return redirect(url_for("accounts.page"), 303)
