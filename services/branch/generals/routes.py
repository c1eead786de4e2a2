"""The general branch's pages; and the branch's own act where it stands under none any more."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.generals import endorsing
from services.branch.generals.pages import listing, one_page, reason_page
from services.branch.generals.schemas import ReasonForm, Selection
from services.branch.generals.submitting import pass_on
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now

generals = Blueprint("generals", __name__, template_folder="templates", url_prefix="/general")


@generals.get("")
@allow("general.see")
def page() -> ResponseReturnValue:
    """What waits, and what was decided."""
    return render_template("branch/general.html", **listing())


@generals.get("/<uuid:submission_id>")
@allow("general.see")
def one(submission_id: UUID) -> ResponseReturnValue:
    """One month or appraisal with its lines."""
    return render_template("branch/general_one.html", **one_page(submission_id))


@generals.post("/endorse")
@allow("general.endorse")
def endorse() -> ResponseReturnValue:
    """Endorse the ticked ones, all or none."""
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _again(told(error)[0]["message"], 422)
    try:
        count = endorsing.endorse(db(), me(), seen, now())
    except Absent:
        raise
    except Refused as refused:
        return _again(gettext(refused.message) % refused.values, refused.status)
    flash(gettext("已审核 %(count)s 份，正在上报乡镇。", count=count), "success")
    return redirect(url_for("generals.page"), 303)


@generals.post("/send-back")
@allow("general.endorse")
def send_back() -> ResponseReturnValue:
    """Send the ticked ones back with a reason; the first post asks for it."""
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _again(told(error)[0]["message"], 422)
    if "reason" not in request.form:
        return render_template("branch/general_reason.html", **reason_page())
    try:
        reason = form(ReasonForm())["reason"]
    except ValidationError as error:
        return render_template("branch/general_reason.html", **reason_page(told(error))), 422
    try:
        count = endorsing.send_back(db(), me(), seen, reason, now())
    except Absent:
        raise
    except Refused as refused:
        return _again(gettext(refused.message) % refused.values, refused.status)
    flash(gettext("已退回 %(count)s 份，支部会看到理由。", count=count), "success")
    return redirect(url_for("generals.page"), 303)


def _again(words: str, status: int) -> ResponseReturnValue:
    return render_template("branch/general.html", **listing([{"field": "", "message": words}])), status


@generals.post("/pass-on")
@allow("month.close")
def send_on() -> ResponseReturnValue:
    """Send up what waited for a general branch that this branch has left."""
    try:
        count = pass_on(db(), me(), village(), now())
    except Refused as refused:
        flash(gettext(refused.message) % refused.values, "error")
        return redirect(url_for("points.months"), 303)
    flash(gettext("已上报 %(count)s 份，等乡镇受理。", count=count), "success")
    return redirect(url_for("points.months"), 303)
