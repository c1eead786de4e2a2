"""The blueprint of classing (分类定级), the same for every tier that has a Place."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now
from shared.organisations import classing as actions
from shared.organisations.class_pages import classes_page, errors_of, unit_page
from shared.organisations.class_schemas import (
    CheckForm,
    JudgeForm,
    ProposeForm,
    ReasonForm,
    StandingForm,
)
from shared.organisations.place import Place, year_classed
from shared.organisations.rectifying import judge


def classing_blueprint(place: Place) -> Blueprint:
    """Pages under /classing."""
    room = Blueprint("classing", __name__, url_prefix="/classing", template_folder="templates")

    @room.get("")
    @allow("organisation.see")
    def page() -> ResponseReturnValue:
        """The pool's units and where its classing stands."""
        if not place.years():
            return render_template("organisations/no_year.html", title=gettext("党组织定级"))
        return render_template("organisations/classes.html", **classes_page(place))

    @room.get("/<uuid:unit_id>")
    @allow("organisation.see")
    def unit(unit_id: UUID) -> ResponseReturnValue:
        """One unit's year-end."""
        return render_template("organisations/unit.html", **unit_page(place, unit_id))

    _checking(room, place)
    _deciding(room, place)
    return room


def _list(place: Place, act: Callable[[], str]) -> ResponseReturnValue:
    """Do it and go back to the list; a refusal is said there."""
    try:
        done = act()
    except ValidationError as error:
        return render_template("organisations/classes.html", **classes_page(place, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        made = classes_page(place, errors_of(refused))
        return render_template("organisations/classes.html", **made), refused.status
    flash(done, "success")
    return redirect(url_for("classing.page", year=year_classed(place).year), 303)


def _unit(place: Place, unit_id: UUID, act: Callable[[], str]) -> ResponseReturnValue:
    """Likewise with one unit's page."""
    try:
        done = act()
    except ValidationError as error:
        return render_template("organisations/unit.html", **unit_page(place, unit_id, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        made = unit_page(place, unit_id, errors_of(refused))
        return render_template("organisations/unit.html", **made), refused.status
    flash(done, "success")
    return redirect(url_for("classing.unit", unit_id=unit_id, year=year_classed(place).year), 303)


def _found(place: Place) -> int:
    data = form(CheckForm())
    problems = data["problems"].splitlines()
    found = {
        one.id: actions.Found(one.version, data["finding"], data["opinion"], problems)
        for one in data["selected"]
    }
    return actions.check(db(), place.room, me(), place.pool(), year_classed(place), found, now())


def _checking(room: Blueprint, place: Place) -> None:
    @room.post("/check")
    @allow("organisation.review")
    def check_all() -> ResponseReturnValue:
        """The same finding and opinion on every ticked report."""
        return _list(place, lambda: str(gettext("已核查 %(count)s 个，支部会看到。", count=_found(place))))

    @room.post("/<uuid:unit_id>/check")
    @allow("organisation.review")
    def check(unit_id: UUID) -> ResponseReturnValue:
        """Finding, opinion and problems on one report."""

        def act() -> str:
            _found(place)
            return str(gettext("已核查，支部会看到。"))

        return _unit(place, unit_id, act)

    @room.post("/<uuid:unit_id>/leave-out")
    @allow("organisation.review")
    def leave_out(unit_id: UUID) -> ResponseReturnValue:
        """Not classed this year."""

        def act() -> str:
            reason = form(ReasonForm())["reason"]
            actions.leave_out(
                db(), place.room, me(), place.pool(), year_classed(place), unit_id, reason, now()
            )
            return str(gettext("已记为不参评，支部会看到理由。"))

        return _unit(place, unit_id, act)

    @room.post("/<uuid:unit_id>/rectification")
    @allow("organisation.review")
    def rectification(unit_id: UUID) -> ResponseReturnValue:
        """Close what was put right, or return it."""

        def act() -> str:
            data, year = form(JudgeForm()), year_classed(place).year
            below = db().get(Unit, unit_id)
            if below is None or below.parent_id != place.pool().id:
                raise Absent
            classed = place.classed(db(), year).get(unit_id)
            closed = data["verdict"] == "closed"
            said = judge(
                db(), place.room, me(), below, classed, closed=closed, reason=data["reason"], now=now()
            )
            place.judged(db(), said, now())
            return str(gettext("已销号。") if closed else gettext("已退回，支部会看到理由。"))

        return _unit(place, unit_id, act)


def _deciding(room: Blueprint, place: Place) -> None:
    @room.post("/propose")
    @allow("organisation.review")
    def propose() -> ResponseReturnValue:
        """Propose the classes by the rulebook."""

        def act() -> str:
            data, here = form(ProposeForm()), year_classed(place)
            bases = place.bases(db(), here.year)
            chosen, reason = data["chosen"], data["reason"]
            actions.propose(db(), place.room, me(), place.pool(), here, bases, chosen, reason, now())
            return str(gettext("已提出定级，请另一位同志审定。"))

        return _list(place, act)

    @room.post("/confirm")
    @allow("organisation.confirm")
    def confirm() -> ResponseReturnValue:
        """A second person confirms; publicity begins."""

        def act() -> str:
            data, here = form(StandingForm()), year_classed(place)
            seen = (data["classing"], data["version"])
            bases = place.bases(db(), here.year)
            filed = actions.confirm(db(), place.room, me(), place.pool(), here, bases, seen, now())
            place.confirmed(db(), me(), filed, now())
            return str(gettext("已审定，开始公示。"))

        return _list(place, act)

    @room.post("/drop")
    @allow("organisation.see")
    def drop() -> ResponseReturnValue:
        """Take a proposal back; either of the two may."""

        def act() -> str:
            data, here = form(StandingForm()), year_classed(place)
            if not (me().may("organisation.review") or me().may("organisation.confirm")):
                raise Absent
            seen = (data["classing"], data["version"])
            actions.drop(db(), place.room, me(), place.pool(), here, seen, data["reason"], now())
            return str(gettext("已撤销，可以重新提出。"))

        return _list(place, act)
