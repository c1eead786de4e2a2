"""Outcomes at the county: proposed, decided, confirmed; appeals and applications judged; members marked."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.outcomes import proposing
from services.county.outcomes.marks import marks_page
from services.county.outcomes.place import PLACE
from services.county.outcomes.schemas import MarkForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.outcomes.routes import outcomes_blueprint

outcomes = outcomes_blueprint(PLACE)


@outcomes.get("/members/<uuid:member_id>")
@allow("outcome.decide")
def marks(member_id: UUID) -> ResponseReturnValue:
    """What no roster says of a member: candidate, breaches."""
    return render_template("outcomes/marks.html", **marks_page(member_id))


@outcomes.post("/members/<uuid:member_id>")
@allow("outcome.decide")
def mark(member_id: UUID) -> ResponseReturnValue:
    """Mark a member."""
    try:
        data = form(MarkForm())
        proposing.mark(db(), me(), member_id, data["mark"], data["reason"], now())
    except ValidationError as error:
        return render_template("outcomes/marks.html", **marks_page(member_id, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return render_template("outcomes/marks.html", **marks_page(member_id, errors)), refused.status
    flash(gettext("已登记。再生成建议时按此办理。"), "success")
    return redirect(url_for("outcomes.marks", member_id=member_id), 303)


@outcomes.post("/members/<uuid:member_id>/marks/<uuid:mark_id>/end")
@allow("outcome.decide")
def end_mark(member_id: UUID, mark_id: UUID) -> ResponseReturnValue:
    """The mark no longer holds."""
    try:
        proposing.end_mark(db(), me(), mark_id, now())
        flash(gettext("登记已结束，原记录保留。"), "success")
    except Absent:
        raise
    except Refused as refused:
        flash(gettext(refused.message) % refused.values, "warning")
    return redirect(url_for("outcomes.marks", member_id=member_id), 303)
