"""The roster: looked at, entered, changed, taken off; one-time codes for members."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.roster import actions, asks
from services.branch.roster.logins import issue_code
from services.branch.roster.models import Member, RosterAsk
from services.branch.roster.pages import form_page, member_page, roster_page
from services.branch.roster.schemas import WORDS, BackForm, LeaveForm, MemberForm, new_member
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now

roster = Blueprint("roster", __name__, template_folder="templates", url_prefix="/roster")
# What is missing is said beside its field.
FIELD_OF: Mapping[type[Refused], str] = {actions.NumberTaken: "number", asks.WhyMissing: "reason"}


@roster.get("")
@allow("roster.see")
def page() -> ResponseReturnValue:
    """The list, filtered and searched."""
    return render_template("branch/roster.html", **roster_page())


@roster.get("/new")
@allow("roster.edit")
def new() -> ResponseReturnValue:
    """The form for one more."""
    return render_template("branch/roster_form.html", **form_page(None))


@roster.post("/new")
@allow("roster.edit")
def add() -> ResponseReturnValue:
    """Enter one."""

    def act(entered: actions.NewMember, _version: int, reason: str) -> str:
        made = asks.enter(db(), me(), village(), entered, reason, now())
        if isinstance(made, RosterAsk):
            return _asked(made)
        flash(gettext("%(name)s 已录入名册。", name=entered.name), "success")
        return url_for("roster.member", member_id=made)

    return _save(None, act)


@roster.get("/<uuid:member_id>")
@allow("roster.see")
def member(member_id: UUID) -> ResponseReturnValue:
    """One member."""
    return render_template("branch/roster_member.html", **member_page(_member(member_id)))


@roster.get("/<uuid:member_id>/edit")
@allow("roster.confirm")
def edit_form(member_id: UUID) -> ResponseReturnValue:
    """The form with what is kept."""
    found = _changed(member_id)
    if found.until is not None:
        return redirect(url_for("roster.member", member_id=member_id))
    return render_template("branch/roster_form.html", **form_page(found))


@roster.post("/<uuid:member_id>/edit")
@allow("roster.confirm")
def edit(member_id: UUID) -> ResponseReturnValue:
    """Change one; who saves second is told."""

    def act(entered: actions.NewMember, version: int, reason: str) -> str:
        changed = asks.edit(db(), me(), village(), member_id, version, entered, reason, now())
        if isinstance(changed, RosterAsk):
            return _asked(changed)
        flash(gettext("已保存。") if changed else gettext("没有改动。"), "success")
        return url_for("roster.member", member_id=member_id)

    return _save(_changed(member_id), act)


def _asked(ask: RosterAsk) -> str:
    """Say that another person has to confirm it; where it is shown."""
    flash(gettext("已提出，等另一位同志确认后生效。"), "success")
    if ask.kind == "enter":
        return url_for("roster_asks.page")
    return url_for("roster.member", member_id=ask.member_id)


def _kept(found: Member | None) -> dict[str, str]:
    return {name: getattr(found, name) for name in WORDS} if found else {}


def _save(found: Member | None, act: Callable[[actions.NewMember, int, str], str]) -> ResponseReturnValue:
    try:
        data = form(MemberForm())
        entered, wrong = new_member(data, civil(now()).date(), _kept(found))
    except ValidationError as error:
        entered, wrong = None, told(error)
    if entered is None:
        return render_template("branch/roster_form.html", **form_page(found, wrong)), 422
    try:
        return redirect(act(entered, data["version"], data["reason"]), 303)
    except Absent:
        raise
    except Refused as refused:
        field = FIELD_OF.get(type(refused), "")
        errors = [{"field": field, "message": gettext(refused.message) % refused.values}]
        return render_template("branch/roster_form.html", **form_page(found, errors)), refused.status


@roster.post("/<uuid:member_id>/leave")
@allow("roster.confirm")
def leave(member_id: UUID) -> ResponseReturnValue:
    """Take one off the roster: on a day, with a reason."""
    found = _changed(member_id)
    try:
        data = form(LeaveForm())
        said = (data["version"], data["until"], data["why"], data["reason"])
        asked = asks.leave(db(), me(), village(), member_id, *said, now())
    except ValidationError as error:
        return render_template("branch/roster_member.html", **member_page(found, told(error))), 422
    except Refused as refused:
        return _refused(found, refused)
    if asked is not None:
        return redirect(_asked(asked), 303)
    flash(gettext("%(name)s 已移出名册，原来的记录都还在。", name=found.name), "success")
    return redirect(url_for("roster.page"), 303)


@roster.post("/<uuid:member_id>/back")
@allow("roster.confirm")
def back(member_id: UUID) -> ResponseReturnValue:
    """Undo a leaving entered by mistake."""
    found = _changed(member_id)
    try:
        data = form(BackForm())
        said = (data["version"], data["since"], data["reason"])
        asked = asks.back(db(), me(), village(), member_id, *said, now())
    except ValidationError as error:
        return render_template("branch/roster_member.html", **member_page(found, told(error))), 422
    except Refused as refused:
        return _refused(found, refused)
    if asked is not None:
        return redirect(_asked(asked), 303)
    flash(gettext("%(name)s 又在名册里了。", name=found.name), "success")
    return redirect(url_for("roster.member", member_id=member_id), 303)


@roster.post("/<uuid:member_id>/code")
@allow("roster.edit")
def code(member_id: UUID) -> ResponseReturnValue:
    """A one-time code, shown on this page and never again."""
    found = _member(member_id)
    try:
        made = issue_code(db(), me(), village(), member_id, now())
    except Refused as refused:
        return _refused(found, refused)
    shown = {"name": found.name, "number": found.number, "unit": village().name, "unit_code": village().code}
    return render_template("branch/roster_code.html", **shown, code=made, member_id=member_id)


def _refused(found: Member, refused: Refused) -> ResponseReturnValue:
    if isinstance(refused, Absent):
        raise refused
    field = FIELD_OF.get(type(refused), "")
    errors = [{"field": field, "message": gettext(refused.message) % refused.values}]
    return render_template("branch/roster_member.html", **member_page(found, errors)), refused.status


def _member(member_id: UUID) -> Member:
    return actions.member_of(db(), village().id, member_id)


def _changed(member_id: UUID) -> Member:
    """One whom the asker may change: anybody for who keeps the roster, who keeps it for the committee."""
    found = _member(member_id)
    if not asks.may_change(db(), me(), village(), found):
        abort(403)
    return found
