"""The blueprint of units as subjects at the tier above: what waits, decided in bulk; deductions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from shared.kit.entries import EntryForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told, typed_points
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.organisations import deciding
from shared.organisations.deciding import Above, Seen, unit_below
from shared.organisations.deciding_pages import waiting_page
from shared.organisations.deciding_schemas import ReasonForm, Selection
from shared.organisations.filed import claimed_of
from shared.organisations.ledger import standings
from shared.organisations.pages import entry_form, year_page
from shared.organisations.place import Place

Errors = Sequence[dict[str, str]]


def organisations_blueprint(place: Place) -> Blueprint:
    """Pages under /organisations."""
    room = Blueprint("organisations", __name__, template_folder="templates", url_prefix="/organisations")

    @room.get("")
    @allow("organisation.see")
    def listing() -> ResponseReturnValue:
        """What waits, then every unit's year."""
        if not place.years():
            return render_template("organisations/no_year.html", title=gettext("党组织积分"))
        return render_template("organisations/waiting.html", **waiting_page(place, []))

    @room.get("/<uuid:unit_id>")
    @allow("organisation.see")
    def branch(unit_id: UUID) -> ResponseReturnValue:
        """One unit's year."""
        return render_template("organisations/year.html", **_year_page(place, unit_id))

    _bulk(room, place)
    _deductions(room, place)
    return room


def _above(place: Place) -> Above:
    return Above(place.pool(), place.year(), place.room.entries)


def _bulk(room: Blueprint, place: Place) -> None:
    @room.post("/approve")
    @allow("organisation.review")
    def approve() -> ResponseReturnValue:
        """Approve the ticked entries, all or none."""
        try:
            seen = [_priced(one) for one in form(Selection())["selected"]]
            count = deciding.approve(db(), _above(place), me(), seen, now())
        except ValidationError as error:
            return _again(place, told(error)), 422
        except Absent:
            raise
        except Refused as refused:
            return _again(place, _errors(refused)), refused.status
        flash(gettext("已通过 %(count)s 条，支部会看到。", count=count), "success")
        return redirect(url_for("organisations.listing", year=place.year().year), 303)

    @room.post("/return")
    @allow("organisation.review")
    def give_back() -> ResponseReturnValue:
        """Return the ticked entries with a reason; the first post asks for it."""
        title = gettext("退回 %(count)s 条申报", count=len(request.form.getlist("selected")))
        return _with_reason(place, "organisations.give_back", deciding.give_back, title)

    @room.post("/strike")
    @allow("organisation.review")
    def strike() -> ResponseReturnValue:
        """Strike approved entries with a reason; the first post asks for it."""
        title = gettext("冲销 %(count)s 条已通过的申报", count=len(request.form.getlist("selected")))
        return _with_reason(place, "organisations.strike", deciding.strike, title)


def _priced(one: Seen) -> Seen:
    """The points typed beside an entry whose item has a range; hundredths. Raises Refused."""
    typed = request.form.get(f"points-{one.id}", "").strip()
    return replace(one, points=typed_points(typed)) if typed else one


def _with_reason(place: Place, endpoint: str, act: Callable[..., int], title: str) -> ResponseReturnValue:
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _again(place, told(error)), 422
    if "reason" not in request.form:
        return _ask(place, endpoint, title, seen, [])
    try:
        count = act(db(), _above(place), me(), seen, form(ReasonForm())["reason"], now())
    except ValidationError as error:
        return _ask(place, endpoint, title, seen, told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        return _again(place, _errors(refused)), refused.status
    flash(gettext("已办理 %(count)s 条，支部会看到理由。", count=count), "success")
    return redirect(url_for("organisations.listing", year=place.year().year), 303)


def _ask(place: Place, endpoint: str, title: str, seen: Sequence[Seen], errors: Errors) -> str:
    return render_template(
        "organisations/reason.html",
        title=title,
        selected=[f"{one.id}:{one.version}" for one in seen],
        action=url_for(endpoint, year=place.year().year),
        back=url_for("organisations.listing", year=place.year().year),
        reason=request.form.get("reason", ""),
        errors=errors,
    )


def _errors(refused: Refused) -> Errors:
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


def _again(place: Place, errors: Errors) -> str:
    return render_template("organisations/waiting.html", **waiting_page(place, errors))


def _year_page(place: Place, unit_id: UUID) -> dict[str, Any]:
    unit, here = unit_below(db(), place.pool(), unit_id), place.year()
    may = me().may("organisation.review")
    rows = standings(db(), place.room.entries, here.organisations, here.year, [unit.id])
    deduct = {
        "label": gettext("登记扣分"),
        "href": url_for("organisations.deduct_form", unit_id=unit.id, year=here.year),
    }
    year_end = url_for("classing.unit", unit_id=unit.id, year=here.year)
    actions = [{"label": gettext("年终述职和定级"), "href": year_end}]
    return {
        "heading": {
            "title": unit.name,
            "note": gettext("%(year)s 年党组织积分", year=here.year),
            "crumb": {
                "label": gettext("党组织积分"),
                "href": url_for("organisations.listing", year=here.year),
            },
        },
        "actions": ([deduct] if may else []) + actions if here.organisations else [],
        "reply_to": "",
        "errors": [],
        "strike_to": url_for("organisations.strike", year=here.year) if may else "",
        "years": [_chip(unit.id, one.year, here.year) for one in place.years()],
        **year_page(here, rows),
    }


def _chip(unit_id: UUID, one: int, shown: int) -> dict[str, Any]:
    href = url_for("organisations.branch", unit_id=unit_id, year=one)
    return {"label": one, "count": None, "href": href, "active": one == shown}


def _deductions(room: Blueprint, place: Place) -> None:
    @room.get("/<uuid:unit_id>/deduct")
    @allow("organisation.review")
    def deduct_form(unit_id: UUID) -> ResponseReturnValue:
        """The form of a deduction."""
        return _deduct(place, unit_id, [])

    @room.post("/<uuid:unit_id>/deduct")
    @allow("organisation.review")
    def deduct(unit_id: UUID) -> ResponseReturnValue:
        """Enter it; the unit is told and may reply, another person decides."""
        try:
            given = claimed_of(form(EntryForm()))
            deciding.deduct(db(), _above(place), me(), unit_id, given, now())
        except ValidationError as error:
            return _deduct(place, unit_id, told(error)), 422
        except Absent:
            raise
        except Refused as refused:
            return _deduct(place, unit_id, _errors(refused)), refused.status
        flash(gettext("已登记，支部可以说明，由另一位同志来定。"), "success")
        return redirect(url_for("organisations.branch", unit_id=unit_id, year=place.year().year), 303)


def _deduct(place: Place, unit_id: UUID, errors: Errors) -> str:
    unit = unit_below(db(), place.pool(), unit_id)
    here = url_for("organisations.branch", unit_id=unit.id, year=place.year().year)
    crumb = {"label": unit.name, "href": here}
    return render_template(
        "organisations/enter.html",
        heading={"title": gettext("登记扣分"), "note": unit.name, "crumb": crumb},
        commitments=[],
        **entry_form(place.year(), errors, above=True),
    )
