"""The blueprint of a unit's own points: its year, one thing filed, a deduction answered, its year-end."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from shared.kit.entries import EntryForm, ReplyForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import named
from shared.kit.web import db, form, me, now
from shared.organisations import filing
from shared.organisations.class_pages import errors_of
from shared.organisations.filed import claimed_of
from shared.organisations.filing import Own
from shared.organisations.ledger import standings
from shared.organisations.own_place import OwnPlace
from shared.organisations.own_year_routes import year_end_routes
from shared.organisations.pages import entry_form, row, say_day, year_page
from shared.organisations.place import at_work

Errors = Sequence[dict[str, str]]


def own_blueprint(place: OwnPlace) -> Blueprint:
    """Pages under /organisation."""
    room = Blueprint("organisation", __name__, template_folder="templates", url_prefix="/organisation")

    @room.get("")
    @allow("organisation.see")
    def page() -> ResponseReturnValue:
        """The unit's year."""
        if not place.years():
            return render_template("organisations/no_year.html", title=place.title())
        return render_template("organisations/year.html", **_page(place))

    _filing(room, place)
    _replying(room, place)
    year_end_routes(room, place)
    return room


def desk_things(place: OwnPlace) -> list[dict[str, Any]]:
    """What the desk says of this room: deductions that the unit may still answer."""
    known = at_work(place.years())
    if not known or not me().may("organisation.file"):
        return []
    here = place.own()
    return [thing for year in known for thing in _to_answer(replace(here, year=year))]


def _to_answer(own: Own) -> list[dict[str, Any]]:
    rows = standings(db(), own.tables, own.year.organisations, own.year.year, [own.unit.id])
    return [
        {
            "title": gettext("上级拟扣分：%(item)s", item=named(one.item) if one.item else one.entry.item),
            "detail": gettext("可在 %(day)s 前说明", day=say_day(one.heard_by)),
            "href": url_for("organisation.answer", entry_id=one.entry.id, year=own.year.year),
            "action": gettext("说明情况"),
            "main": True,
        }
        for one in rows
        if one.entry.above and one.state == "waiting" and not one.reply
    ]


def _page(place: OwnPlace) -> dict[str, Any]:
    own, may = place.own(), me().may("organisation.file")
    here = own.year
    rows = standings(db(), own.tables, here.organisations, here.year, [own.unit.id])
    year_end = url_for("organisation.year_end_page", year=here.year)
    seen = [{"label": gettext("年终述职和定级"), "href": year_end, "main": False}]
    enter = [
        {"label": gettext("报一件事"), "href": url_for("organisation.enter", year=here.year), "main": True}
    ]
    note = gettext("%(unit)s，%(year)s 年。自己报，上级审核后计入。", unit=own.unit.name, year=here.year)
    return {
        "heading": {"title": place.title(), "note": note, "crumb": place.crumb()},
        "actions": [*(enter if may else []), *seen] if here.organisations else [],
        "reply_to": "organisation.answer" if may else "",
        "strike_to": "",
        "errors": [],
        "years": [_chip(one.year, here.year) for one in place.years()],
        **year_page(here, rows),
    }


def _chip(one: int, shown: int) -> dict[str, Any]:
    href = url_for("organisation.page", year=one)
    return {"label": one, "count": None, "href": href, "active": one == shown}


def _crumb(place: OwnPlace) -> dict[str, str]:
    return {"label": place.title(), "href": url_for("organisation.page", year=place.year().year)}


def _filing(room: Blueprint, place: OwnPlace) -> None:
    @room.get("/new")
    @allow("organisation.file")
    def enter() -> ResponseReturnValue:
        """The form of one thing the unit did."""
        return _form(place, [])

    @room.post("/new")
    @allow("organisation.file")
    def file() -> ResponseReturnValue:
        """File it; sending the same form twice files it once."""
        try:
            given = claimed_of(form(EntryForm()))
            fresh = filing.file_entry(db(), place.own(), me(), given, now())
        except ValidationError as error:
            return _form(place, told(error)), 422
        except Absent:
            raise
        except Refused as refused:
            return _form(place, errors_of(refused)), refused.status
        flash(gettext("已报上级审核。") if fresh else gettext("这一件已经报过。"), "success")
        return redirect(url_for("organisation.page", year=place.year().year), 303)


def _form(place: OwnPlace, errors: Errors) -> str:
    own = place.own()
    return render_template(
        "organisations/enter.html",
        heading={"title": gettext("报一件事"), "note": own.unit.name, "crumb": _crumb(place)},
        commitments=place.promises(own),
        **entry_form(own.year, errors, above=False),
    )


def _replying(room: Blueprint, place: OwnPlace) -> None:
    @room.get("/<uuid:entry_id>/reply")
    @allow("organisation.file")
    def answer(entry_id: UUID) -> ResponseReturnValue:
        """The form of the unit's word on a deduction."""
        return _reply(place, entry_id, [])

    @room.post("/<uuid:entry_id>/reply")
    @allow("organisation.file")
    def reply(entry_id: UUID) -> ResponseReturnValue:
        """Say it."""
        try:
            filing.reply(db(), place.own(), me(), entry_id, form(ReplyForm())["reply"], now())
        except ValidationError as error:
            return _reply(place, entry_id, told(error)), 422
        except Absent:
            raise
        except Refused as refused:
            return _reply(place, entry_id, errors_of(refused)), refused.status
        flash(gettext("说明已报上级。"), "success")
        return redirect(url_for("organisation.page", year=place.year().year), 303)


def _reply(place: OwnPlace, entry_id: UUID, errors: Errors) -> str:
    one = filing.entry_of(db(), place.own(), entry_id)
    if not one.entry.above:
        raise Absent
    heading = {"title": gettext("说明情况"), "crumb": _crumb(place)}
    typed = request.form.get("reply", "")
    return render_template(
        "organisations/reply.html", heading=heading, row=row(one, [one]), typed=typed, errors=errors
    )
