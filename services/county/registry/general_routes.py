"""General branches in the register: made, branches put under them and taken out, each with its reason."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError
from sqlalchemy import func, select

from services.county.contest.course_views import signer
from services.county.registry.generals import branches_of, make_general, put_under, take_out
from services.county.registry.schemas import BranchesForm, GeneralForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.units import GENERAL, Unit, with_members
from shared.kit.web import db, form, me, now

generals = Blueprint("generals", __name__, url_prefix="/registry/generals", template_folder="templates")
Errors = Sequence[dict[str, str]]


def _general(general_id: UUID) -> Unit:
    found = db().get(Unit, general_id)
    if found is None or not found.is_general:
        raise Absent
    return found


def _listing(errors: Errors = ()) -> dict[str, Any]:
    count = select(Unit.general_id, func.count()).where(Unit.general_id.is_not(None))
    many = {row[0]: row[1] for row in db().execute(count.group_by(Unit.general_id))}
    query = select(Unit).where(Unit.level == "township").order_by(Unit.path)
    townships = {one.id: one for one in db().scalars(query)}
    found = db().scalars(select(Unit).where(Unit.kind == GENERAL).order_by(Unit.path)).all()
    return {
        "crumb": {"label": gettext("单位"), "href": url_for("registry.units")},
        "rows": [
            {
                "name": one.name,
                "code": one.code,
                "township": townships[one.parent_id].name if one.parent_id in townships else "",
                "branches": many.get(one.id, 0),
                "closed_on": one.closed_on,
                "href": url_for("generals.one", general_id=one.id),
            }
            for one in found
        ],
        "townships": [
            {"value": one.id, "label": one.name, "selected": request.form.get("township") == str(one.id)}
            for one in townships.values()
            if one.closed_on is None
        ],
        "changing": me().may("unit.change"),
        "typed": request.form,
        "errors": list(errors),
    }


@generals.get("")
@allow("unit.see")
def page() -> ResponseReturnValue:
    """Every general branch, and the form for a new one."""
    return render_template("county/generals.html", **_listing())


@generals.post("")
@allow("unit.change")
def create() -> ResponseReturnValue:
    """Make a general branch."""
    try:
        data = form(GeneralForm())
        township = db().get(Unit, data["township"])
        if township is None:
            raise Absent
        given = (data["code"], data["name"], data["reason"].strip())
        made = make_general(db(), me(), signer(), township, *given, now())
    except ValidationError as error:
        return render_template("county/generals.html", **_listing(told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template("county/generals.html", **_listing(_said(refused))), refused.status
    flash(gettext("已设立%(name)s，正在告知各级。", name=made.name), "success")
    return redirect(url_for("generals.one", general_id=made.id), 303)


def _said(refused: Refused) -> list[dict[str, str]]:
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


def _one(general: Unit, errors: Errors = ()) -> dict[str, Any]:
    free = select(Unit).where(
        with_members(),
        Unit.parent_id == general.parent_id,
        Unit.closed_on.is_(None),
        Unit.general_id.is_distinct_from(general.id),
    )
    others = db().scalars(free.order_by(Unit.general_id.is_not(None), Unit.path)).all()
    names = {one.id: one.name for one in db().scalars(select(Unit).where(Unit.kind == GENERAL))}
    return {
        "crumb": {"label": gettext("党总支"), "href": url_for("generals.page")},
        "general": general,
        "township": db().get_one(Unit, general.parent_id).name,
        "inside": branches_of(db(), general),
        "outside": [
            {"id": one.id, "name": one.name, "code": one.code, "now": names.get(one.general_id, "")}
            for one in others
        ],
        "changing": me().may("unit.change") and general.closed_on is None,
        "typed": request.form,
        "errors": list(errors),
    }


@generals.get("/<uuid:general_id>")
@allow("unit.see")
def one(general_id: UUID) -> ResponseReturnValue:
    """One general branch: the branches it looks after, and those of its township that it could."""
    return render_template("county/general.html", **_one(_general(general_id)))


@generals.post("/<uuid:general_id>/put")
@allow("unit.change")
def put(general_id: UUID) -> ResponseReturnValue:
    """Put the ticked branches under it."""
    general = _general(general_id)
    return _change(
        general,
        lambda branches, reason: put_under(db(), me(), signer(), branches, general, reason, now()),
        lambda count: gettext("已把 %(count)s 个支部放到党总支下面，正在告知各级。", count=count),
    )


@generals.post("/<uuid:general_id>/take")
@allow("unit.change")
def take(general_id: UUID) -> ResponseReturnValue:
    """Take the ticked branches out of it."""
    general = _general(general_id)

    def act(branches: list[Unit], reason: str) -> int:
        if any(one.general_id != general.id for one in branches):
            raise Absent
        return take_out(db(), me(), signer(), branches, reason, now())

    return _change(
        general, act, lambda count: gettext("已撤出 %(count)s 个支部，正在告知各级。", count=count)
    )


def _change(
    general: Unit, act: Callable[[list[Unit], str], int], done: Callable[[int], str]
) -> ResponseReturnValue:
    try:
        data = form(BranchesForm())
        branches = [db().get(Unit, one) for one in data["branches"]]
        if None in branches:
            raise Absent
        count = act([one for one in branches if one is not None], data["reason"].strip())
    except ValidationError as error:
        words = [{"field": "", "message": found["message"]} for found in told(error)]
        return render_template("county/general.html", **_one(general, words)), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template("county/general.html", **_one(general, _said(refused))), refused.status
    flash(done(count), "success")
    return redirect(url_for("generals.one", general_id=general.id), 303)
