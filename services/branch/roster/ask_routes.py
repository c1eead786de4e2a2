"""Changes that wait for a second person: seen, confirmed, declined, withdrawn."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.branch.roster import asks
from services.branch.roster.ask_pages import asks_page
from services.branch.roster.models import RosterAsk
from services.branch.roster.schemas import DeclineForm
from services.branch.village import village
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now

roster_asks = Blueprint("roster_asks", __name__, template_folder="templates", url_prefix="/roster/asks")


@roster_asks.get("")
@allow("roster.see")
def page() -> ResponseReturnValue:
    """All that waits."""
    return render_template("branch/roster_asks.html", **asks_page())


@roster_asks.post("/<uuid:ask_id>/confirm")
@allow("roster.confirm")
def confirm(ask_id: UUID) -> ResponseReturnValue:
    """Another person does what was asked."""
    done = asks.confirm(db(), me(), village(), ask_id, now())
    flash(gettext("已确认，名册已改。"), "success")
    return redirect(url_for("roster.member", member_id=done.member_id), 303)


@roster_asks.post("/<uuid:ask_id>/decline")
@allow("roster.confirm")
def decline(ask_id: UUID) -> ResponseReturnValue:
    """Another person does not agree, and says why."""
    done = asks.decline(db(), me(), village(), ask_id, form(DeclineForm())["reason"], now())
    flash(gettext("已记录：没有同意，名册没有改。"), "success")
    return redirect(_after(done), 303)


@roster_asks.post("/<uuid:ask_id>/withdraw")
@allow("roster.confirm")
def withdraw(ask_id: UUID) -> ResponseReturnValue:
    """Who asked takes it back."""
    done = asks.withdraw(db(), me(), village(), ask_id, now())
    flash(gettext("已撤回，名册没有改。"), "success")
    return redirect(_after(done), 303)


def _after(ask: RosterAsk) -> str:
    if ask.kind == "enter":
        return url_for("roster_asks.page")
    return url_for("roster.member", member_id=ask.member_id)
