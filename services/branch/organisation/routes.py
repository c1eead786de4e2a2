"""The branch's own points: its year, one thing filed, a deduction answered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.organisation import actions
from services.branch.organisation.models import TABLES
from services.branch.organisation.year_end_routes import year_end_routes
from services.branch.village import village
from services.branch.years import year, years
from shared.kit.entries import EntryForm, ReplyForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import named
from shared.kit.web import db, form, me, now
from shared.organisations.filed import claimed_of
from shared.organisations.ledger import standings
from shared.organisations.pages import entry_form, row, say_day, year_page

# Its pages stand beside the township's, in shared/organisations.
organisation = Blueprint(
    "organisation", "shared.organisations", template_folder="templates", url_prefix="/organisation"
)
year_end_routes(organisation)


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room: deductions that the branch may still answer."""
    if not years() or not me().may("organisation.file"):
        return []
    here = years()[0]
    rows = standings(db(), TABLES, here.organisations, here.year, [me().unit.id])
    return [
        {
            "title": gettext(
                "乡镇拟扣支部的分：%(item)s", item=named(one.item) if one.item else one.entry.item
            ),
            "detail": gettext("支部可在 %(day)s 前说明", day=say_day(one.heard_by)),
            "href": url_for("organisation.answer", entry_id=one.entry.id),
            "action": gettext("说明情况"),
            "main": True,
        }
        for one in rows
        if one.entry.above and one.state == "waiting" and not one.reply
    ]


@organisation.get("")
@allow("organisation.see")
def page() -> ResponseReturnValue:
    """The branch's year."""
    if not years():
        return render_template("organisations/no_year.html", title=gettext("支部积分"))
    here, may = year(), me().may("organisation.file")
    rows = standings(db(), TABLES, here.organisations, here.year, [village().id])
    year_end = url_for("organisation.year_end_page", year=here.year)
    seen = [{"label": gettext("年终述职和定级"), "href": year_end, "main": False}]
    actions_ = [{"label": gettext("报一件事"), "href": url_for("organisation.enter"), "main": True}]
    note = gettext("%(unit)s，%(year)s 年。支部自己报，乡镇审核后计入。", unit=village().name, year=here.year)
    return render_template(
        "organisations/year.html",
        heading={
            "title": gettext("支部积分"),
            "note": note,
            "crumb": {"label": gettext("积分审核"), "href": url_for("points.review")},
        },
        actions=[*(actions_ if may else []), *seen] if here.organisations else [],
        reply_to="organisation.answer" if may else "",
        strike_to="",
        errors=[],
        years=[_chip(one.year, here.year) for one in years()],
        **year_page(here, rows),
    )


def _chip(one: int, shown: int) -> dict[str, Any]:
    return {
        "label": one,
        "count": None,
        "href": url_for("organisation.page", year=one),
        "active": one == shown,
    }


@organisation.get("/new")
@allow("organisation.file")
def enter() -> ResponseReturnValue:
    """The form of one thing the branch did."""
    return _form([])


@organisation.post("/new")
@allow("organisation.file")
def file() -> ResponseReturnValue:
    """File it; sending the same form twice files it once."""
    try:
        given = claimed_of(form(EntryForm()))
        fresh = actions.file_entry(db(), me(), village(), year(), given, now())
    except ValidationError as error:
        return _form(told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        return _form([{"field": "", "message": gettext(refused.message) % refused.values}]), refused.status
    flash(gettext("已报乡镇审核。") if fresh else gettext("这一件已经报过。"), "success")
    return redirect(url_for("organisation.page"), 303)


def _form(errors: Sequence[dict[str, str]]) -> str:
    here = year()
    return render_template(
        "organisations/enter.html",
        heading={"title": gettext("报一件事"), "note": village().name, "crumb": _crumb()},
        commitments=[one.what for one in actions.own_commitments(db(), village().id, here.year)],
        **entry_form(here, errors, above=False),
    )


def _crumb() -> dict[str, str]:
    return {"label": gettext("支部积分"), "href": url_for("organisation.page")}


@organisation.get("/<uuid:entry_id>/reply")
@allow("organisation.file")
def answer(entry_id: UUID) -> ResponseReturnValue:
    """The form of the branch's word on a deduction."""
    return _reply(entry_id, [])


@organisation.post("/<uuid:entry_id>/reply")
@allow("organisation.file")
def reply(entry_id: UUID) -> ResponseReturnValue:
    """Say it."""
    try:
        actions.reply(db(), me(), village(), year(), entry_id, form(ReplyForm())["reply"], now())
    except ValidationError as error:
        return _reply(entry_id, told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return _reply(entry_id, errors), refused.status
    flash(gettext("说明已报乡镇。"), "success")
    return redirect(url_for("organisation.page"), 303)


def _reply(entry_id: UUID, errors: Sequence[dict[str, str]]) -> str:
    one = actions.entry_of(db(), village(), year(), entry_id)
    if not one.entry.above:
        raise Absent
    heading = {"title": gettext("说明情况"), "crumb": _crumb()}
    typed = request.form.get("reply", "")
    return render_template(
        "organisations/reply.html", heading=heading, row=row(one, [one]), typed=typed, errors=errors
    )
