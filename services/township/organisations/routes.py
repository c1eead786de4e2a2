"""Branches as subjects at the township: what waits, decided in bulk; each one's year; deductions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.township.organisations import actions
from services.township.organisations.actions import Seen, branch_of
from services.township.organisations.models import TABLES
from services.township.organisations.pages import waiting_page
from services.township.organisations.schemas import ReasonForm, Selection
from services.township.years import year, years
from shared.kit.entries import EntryForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told, typed_points
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.organisations.filed import claimed_of
from shared.organisations.ledger import standings
from shared.organisations.pages import entry_form, year_page

Errors = Sequence[dict[str, str]]
# Its pages stand beside the branch's, in shared/organisations.
organisations = Blueprint(
    "organisations", "shared.organisations", template_folder="templates", url_prefix="/organisations"
)


@organisations.get("")
@allow("organisation.see")
def listing() -> ResponseReturnValue:
    """What waits, then every branch's year."""
    if not years():
        return render_template("organisations/no_year.html", title=gettext("党组织积分"))
    return render_template("organisations/waiting.html", **waiting_page([]))


@organisations.post("/approve")
@allow("organisation.review")
def approve() -> ResponseReturnValue:
    """Approve the ticked entries, all or none."""
    try:
        seen = [_priced(one) for one in form(Selection())["selected"]]
        count = actions.approve(db(), me(), year(), seen, now())
    except ValidationError as error:
        return _again(told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        return _again(_errors(refused)), refused.status
    flash(gettext("已通过 %(count)s 条，支部会看到。", count=count), "success")
    return redirect(url_for("organisations.listing"), 303)


def _priced(one: Seen) -> Seen:
    """The points typed beside an entry whose item has a range; hundredths. Raises Refused."""
    typed = request.form.get(f"points-{one.id}", "").strip()
    if not typed:
        return one
    return replace(one, points=typed_points(typed))


@organisations.post("/return")
@allow("organisation.review")
def give_back() -> ResponseReturnValue:
    """Return the ticked entries with a reason; the first post asks for it."""
    title = gettext("退回 %(count)s 条申报", count=len(request.form.getlist("selected")))
    return _with_reason("organisations.give_back", actions.give_back, title)


@organisations.post("/strike")
@allow("organisation.review")
def strike() -> ResponseReturnValue:
    """Strike approved entries with a reason; the first post asks for it."""
    title = gettext("冲销 %(count)s 条已通过的申报", count=len(request.form.getlist("selected")))
    return _with_reason("organisations.strike", actions.strike, title)


def _with_reason(endpoint: str, act: Callable[..., int], title: str) -> ResponseReturnValue:
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _again(told(error)), 422
    if "reason" not in request.form:
        return _ask(endpoint, title, seen, [])
    try:
        count = act(db(), me(), year(), seen, form(ReasonForm())["reason"], now())
    except ValidationError as error:
        return _ask(endpoint, title, seen, told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        return _again(_errors(refused)), refused.status
    flash(gettext("已办理 %(count)s 条，支部会看到理由。", count=count), "success")
    return redirect(url_for("organisations.listing"), 303)


def _ask(endpoint: str, title: str, seen: Sequence[Seen], errors: Errors) -> str:
    return render_template(
        "organisations/reason.html",
        title=title,
        selected=[f"{one.id}:{one.version}" for one in seen],
        action=url_for(endpoint, year=year().year),
        back=url_for("organisations.listing"),
        reason=request.form.get("reason", ""),
        errors=errors,
    )


def _errors(refused: Refused) -> Errors:
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


def _again(errors: Errors) -> str:
    return render_template("organisations/waiting.html", **waiting_page(errors))


@organisations.get("/<uuid:unit_id>")
@allow("organisation.see")
def branch(unit_id: UUID) -> ResponseReturnValue:
    """One branch's year."""
    unit, here, may = branch_of(db(), unit_id), year(), me().may("organisation.review")
    rows = standings(db(), TABLES, here.organisations, here.year, [unit.id])
    deduct = {"label": gettext("登记扣分"), "href": url_for("organisations.deduct_form", unit_id=unit.id)}
    return render_template(
        "organisations/year.html",
        heading={
            "title": unit.name,
            "note": gettext("%(year)s 年党组织积分", year=here.year),
            "crumb": _crumb(),
        },
        actions=[deduct] if may and here.organisations else [],
        reply_to="",
        errors=[],
        strike_to=url_for("organisations.strike", year=here.year) if may else "",
        years=[_chip(unit.id, one.year, here.year) for one in years()],
        **year_page(here, rows),
    )


def _chip(unit_id: UUID, one: int, shown: int) -> dict[str, Any]:
    href = url_for("organisations.branch", unit_id=unit_id, year=one)
    return {"label": one, "count": None, "href": href, "active": one == shown}


def _crumb() -> dict[str, str]:
    return {"label": gettext("党组织积分"), "href": url_for("organisations.listing")}


@organisations.get("/<uuid:unit_id>/deduct")
@allow("organisation.review")
def deduct_form(unit_id: UUID) -> ResponseReturnValue:
    """The form of a deduction."""
    return _deduct(unit_id, [])


@organisations.post("/<uuid:unit_id>/deduct")
@allow("organisation.review")
def deduct(unit_id: UUID) -> ResponseReturnValue:
    """Enter it; the branch is told and may reply, another person decides."""
    try:
        given = claimed_of(form(EntryForm()))
        actions.deduct(db(), me(), unit_id, year(), given, now())
    except ValidationError as error:
        return _deduct(unit_id, told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        return _deduct(unit_id, _errors(refused)), refused.status
    flash(gettext("已登记，支部可以说明，由另一位同志来定。"), "success")
    return redirect(url_for("organisations.branch", unit_id=unit_id), 303)


def _deduct(unit_id: UUID, errors: Errors) -> str:
    unit = branch_of(db(), unit_id)
    crumb = {"label": unit.name, "href": url_for("organisations.branch", unit_id=unit.id)}
    return render_template(
        "organisations/enter.html",
        heading={"title": gettext("登记扣分"), "note": unit.name, "crumb": crumb},
        commitments=[],
        **entry_form(year(), errors, above=True),
    )
