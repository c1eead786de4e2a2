"""The contest's result: the village's own, the county's table, objections."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import Schema, ValidationError

from services.branch.contest.actions import raise_objection
from services.branch.contest.pages import frame, result_page
from services.branch.contest.reading import Result, result_of
from services.branch.contest.schemas import ObjectionForm, TableFilter, YearFilter
from services.branch.contest.table import table_page
from services.branch.contest.workbook import derivation_workbook
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.contests import chosen_contest

results = Blueprint("results", __name__, template_folder="templates", url_prefix="/result")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@results.get("")
@allow("result.see")
def page() -> ResponseReturnValue:
    """The village's tier and why, of the newest contest or of `year`."""
    here = chosen_contest(db(), _asked(YearFilter())["year"])
    if here is None:
        heading = {"title": gettext("竞赛结果"), "note": village().name}
        return render_template("branch/empty.html", heading=heading)
    found = result_of(db(), here, village().id)
    if found is None:
        return render_template("branch/result_waiting.html", **frame(here))
    return render_template("branch/result.html", **result_page(found))


@results.get("/table")
@allow("result.see")
def table() -> ResponseReturnValue:
    """The county's public table."""
    wanted = _asked(TableFilter())
    return render_template("branch/result_table.html", **table_page(_announced(wanted["year"]), wanted))


@results.get("/excel")
@allow("result.see")
def excel() -> ResponseReturnValue:
    """The village's own derivation as a file."""
    found = _announced(_asked(YearFilter())["year"])
    if found.why is None:
        raise Absent
    name = f"{village().name} {found.contest.opened.title}.xlsx"
    content = BytesIO(derivation_workbook(found, now()))
    return send_file(content, mimetype=EXCEL, as_attachment=True, download_name=name)


@results.get("/objection")
@allow("objection.raise")
def objection() -> ResponseReturnValue:
    """The form of an objection."""
    return _objection_form(_objectable())


@results.post("/objection")
@allow("objection.raise")
def raise_() -> ResponseReturnValue:
    """Object to the village's result; the same words twice are one objection."""
    found = _objectable()
    try:
        text = form(ObjectionForm())["text"]
    except ValidationError as error:
        words = error.normalized_messages()["text"][0]
        return _objection_form(found, gettext(words)), 422
    raise_objection(db(), me(), village(), found.contest, text, now())
    flash(gettext("异议已提出，正在送往县里。答复会显示在这一页。"), "success")
    return redirect(url_for("results.page"), 303)


def _objection_form(found: Result, message: str = "") -> str:
    return render_template(
        "branch/objection.html",
        **{**frame(found.contest), "back": {"label": gettext("竞赛结果"), "href": url_for("results.page")}},
        until=found.contest.course.objections_until,
        action=url_for("results.raise_"),
        text=request.form.get("text", ""),
        errors=[{"field": "text", "message": message}] if message else [],
    )


def _objectable() -> Result:
    """The newest contest's result while it may be objected to; raises Absent or Refused."""
    found = _announced(None)
    if found.stage != "publicity" or not found.contest.course.may_object(civil(now()).date()):
        raise Refused(
            "现在不在公示期内，不能提出异议。公示结束后仍有意见的，可以申诉，办法见页面底部“投诉建议”。"
        )
    return found


def _announced(year: int | None) -> Result:
    """The announced result of a year; raises Absent before there is one."""
    here = chosen_contest(db(), year)
    found = result_of(db(), here, village().id) if here else None
    if found is None:
        raise Absent
    return found


def _asked(schema: Schema) -> Mapping[str, Any]:
    """What the address asks for; a part that makes no sense counts as not asked."""
    try:
        return schema.load(request.args.to_dict())  # type: ignore[no-any-return]
    except ValidationError as error:
        good = {key: value for key, value in request.args.to_dict().items() if key not in error.messages}
        return schema.load(good)  # type: ignore[no-any-return]
