"""The classes of organisations at the county: table, classings approved, reviews decided."""

from collections.abc import Callable
from io import BytesIO
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest.course_views import signer
from services.county.organisations import approving, reviewing
from services.county.organisations.pages import classing_page, classings_page
from services.county.organisations.schemas import ReturnForm, RulingForm, Selection
from services.county.organisations.table import chosen_year, export_file, table_page
from services.county.organisations.unit_pages import review_page, reviews_page, unit_page
from services.county.years.actions import years
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told, typed_points
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.organisations.class_pages import errors_of

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Its pages stand beside the other tiers', in shared/organisations.
classes = Blueprint("classes", "shared.organisations", template_folder="templates", url_prefix="/classes")


@classes.get("")
@allow("organisation.see")
def page() -> ResponseReturnValue:
    """The table of classes."""
    if not years(db()):
        return render_template("organisations/no_year.html", title=gettext("党组织类别"))
    return render_template("organisations/table.html", **table_page())


@classes.get("/export.xlsx")
@allow("organisation.see")
def export() -> ResponseReturnValue:
    """The filtered table as Excel."""
    year, body = export_file(now())
    name = f"{me().unit.name}-{year}-{gettext('党组织类别')}.xlsx"
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)


@classes.get("/units/<uuid:unit_id>")
@allow("organisation.see")
def unit(unit_id: UUID) -> ResponseReturnValue:
    """One unit's class with why."""
    return render_template("organisations/class_unit.html", **unit_page(unit_id))


@classes.get("/classings")
@allow("organisation.see")
def classings() -> ResponseReturnValue:
    """What townships filed."""
    return render_template("organisations/classings.html", **classings_page())


@classes.get("/classings/<uuid:classing_id>")
@allow("organisation.see")
def classing(classing_id: UUID) -> ResponseReturnValue:
    """One township's classing, worked out again."""
    return render_template("organisations/classing.html", **classing_page(classing_id))


@classes.post("/classings/accept")
@allow("organisation.review")
def accept() -> ResponseReturnValue:
    """Take the ticked ones up."""

    def act() -> str:
        count = approving.accept(db(), me(), chosen_year(), form(Selection())["selected"], now())
        return str(gettext("已受理 %(count)s 份，请另一人批准。", count=count))

    return _list(act)


@classes.post("/classings/approve")
@allow("organisation.confirm")
def approve() -> ResponseReturnValue:
    """Approve the ticked ones."""

    def act() -> str:
        seen = form(Selection())["selected"]
        count = approving.approve(db(), signer(), me(), chosen_year(), seen, now())
        return str(gettext("已批准 %(count)s 份，正在通知支部。", count=count))

    return _list(act)


def _list(act: Callable[[], str]) -> ResponseReturnValue:
    try:
        done = act()
    except ValidationError as error:
        return render_template("organisations/classings.html", **classings_page(told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        made = classings_page(errors_of(refused))
        return render_template("organisations/classings.html", **made), refused.status
    flash(done, "success")
    return redirect(url_for("classes.classings", year=chosen_year()), 303)


@classes.post("/classings/<uuid:classing_id>/return")
@allow("organisation.see")
def give_back(classing_id: UUID) -> ResponseReturnValue:
    """Return it with a reason; whoever may accept or approve may."""
    if not (me().may("organisation.review") or me().may("organisation.confirm")):
        raise Absent
    try:
        data = form(ReturnForm())
        seen = approving.Seen(classing_id, data["version"])
        approving.give_back(db(), me(), chosen_year(), seen, data["reason"], now())
    except ValidationError as error:
        return render_template("organisations/classing.html", **classing_page(classing_id, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        made = classing_page(classing_id, errors_of(refused))
        return render_template("organisations/classing.html", **made), refused.status
    flash(gettext("已退回，乡镇和支部会看到理由。"), "success")
    return redirect(url_for("classes.classing", classing_id=classing_id, year=chosen_year()), 303)


@classes.get("/reviews")
@allow("organisation.see")
def reviews_list() -> ResponseReturnValue:
    """Requests for review."""
    return render_template("organisations/reviews.html", **reviews_page())


@classes.get("/reviews/<uuid:request_id>")
@allow("organisation.see")
def review(request_id: UUID) -> ResponseReturnValue:
    """One request."""
    return _review(request_id, lambda: "")


@classes.post("/reviews/<uuid:request_id>/decide")
@allow("appeal.decide")
def decide(request_id: UUID) -> ResponseReturnValue:
    """Decide it."""

    def act() -> str:
        data = form(RulingForm())
        points = typed_points(data["points"])
        ruling = reviewing.Ruling(data["upheld"] == "yes", data["grade"], points, data["reason"])
        seen = (request_id, data["version"])
        reviewing.decide(db(), me(), chosen_year(), seen, ruling, now())
        return str(gettext("已决定，请另一人确认。"))

    return _review(request_id, act)


@classes.post("/reviews/<uuid:request_id>/confirm")
@allow("appeal.confirm")
def confirm(request_id: UUID) -> ResponseReturnValue:
    """Confirm what was decided."""

    def act() -> str:
        seen = (request_id, form(ReturnForm())["version"])
        reviewing.confirm(db(), signer(), me(), chosen_year(), seen, now())
        return str(gettext("已确认，正在答复支部。"))

    return _review(request_id, act)


@classes.post("/reviews/<uuid:request_id>/send-back")
@allow("appeal.confirm")
def send_back(request_id: UUID) -> ResponseReturnValue:
    """Have it decided anew."""

    def act() -> str:
        data = form(ReturnForm())
        seen = (request_id, data["version"])
        reviewing.send_back(db(), me(), chosen_year(), seen, data["reason"], now())
        return str(gettext("已退回重议。"))

    return _review(request_id, act)


def _review(request_id: UUID, act: Callable[[], str]) -> ResponseReturnValue:
    year = chosen_year()
    try:
        done = act()
    except ValidationError as error:
        one = reviewing.review_of(db(), year, request_id)
        return render_template("organisations/review.html", **review_page(one, year, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        one = reviewing.review_of(db(), year, request_id)
        made = review_page(one, year, errors_of(refused))
        return render_template("organisations/review.html", **made), refused.status
    if not done:
        one = reviewing.review_of(db(), year, request_id)
        return render_template("organisations/review.html", **review_page(one, year))
    flash(done, "success")
    return redirect(url_for("classes.review", request_id=request_id, year=year), 303)
