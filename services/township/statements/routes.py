"""Months of points at the township: the list, one statement, the decisions under their own authorities."""

from collections.abc import Callable, Sequence
from io import BytesIO
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.township.statements import pages, reviewing, wording
from services.township.statements.detail import statement_page
from services.township.statements.export import month_file, statement_file
from services.township.statements.looking import mark_looked
from services.township.statements.reading import month_of_statement
from services.township.statements.reviewing import Seen
from services.township.statements.schemas import LookedForm, ReasonForm, Selection
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.asked_year import year

statements = Blueprint("statements", __name__, url_prefix="/statements", template_folder="templates")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Errors = list[dict[str, str]]


@statements.get("")
@allow("statement.see")
def listing() -> ResponseReturnValue:
    """A month's statements by state, in the order of work."""
    return pages.list_page()


@statements.get("/export.xlsx")
@allow("statement.see")
def export() -> ResponseReturnValue:
    """The list as Excel, under the same filters."""
    here = year()
    month = pages.chosen_month(here)
    made, (state, search) = pages.listing(here, month), pages.filters()
    rows = [row for row in made.rows if state in ("", row.state) and search in row.branch.name]
    said = [str(wording.STATES[state][0])] if state else []
    note = pages.note_of(here).get("synthetic_note", "")
    body = month_file(made, rows, " · ".join([*said, *([search] if search else [])]), note)
    return _file(body, f"{me().unit.name}-{here.year}-{month:02}-{gettext('积分月报')}.xlsx")


def _file(body: bytes, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)


@statements.get("/branches/<uuid:branch_id>")
@allow("statement.see")
def branch(branch_id: UUID) -> ResponseReturnValue:
    """One branch's year by month."""
    return pages.branch_page(branch_id)


@statements.get("/<uuid:statement_id>")
@allow("statement.see")
def page(statement_id: UUID) -> ResponseReturnValue:
    """One statement."""
    return render_template("township/statement.html", **statement_page(statement_id))


@statements.get("/<uuid:statement_id>/export.xlsx")
@allow("statement.see")
def export_one(statement_id: UUID) -> ResponseReturnValue:
    """One statement as Excel."""
    values = statement_page(statement_id)
    return _file(statement_file(values, me().unit.name, now()), f"{values['heading']['title']}.xlsx")


@statements.post("/<uuid:statement_id>/looked")
@allow("statement.accept")
def looked(statement_id: UUID) -> ResponseReturnValue:
    """Mark drawn claims as looked at."""
    try:
        numbers = form(LookedForm())["number"]
    except ValidationError as error:
        month_of_statement(db(), statement_id)
        return _one(statement_id, [{"field": "", "message": told(error)[0]["message"]}]), 422
    count = mark_looked(db(), me(), statement_id, numbers, now())
    flash(gettext("已记下看过 %(count)s 条。", count=count), "success")
    return redirect(url_for("statements.page", statement_id=statement_id), 303)


# --- decisions on a selection, or on one statement from its page ---


@statements.post("/accept")
@allow("statement.accept")
def accept() -> ResponseReturnValue:
    """Take the ticked statements up, all or none."""
    return _decide(
        lambda seen: reviewing.accept(db(), me(), seen, now()),
        lambda count: gettext("已受理 %(count)s 份月报，等另一位同志批准。", count=count),
    )


@statements.post("/approve")
@allow("statement.approve")
def approve() -> ResponseReturnValue:
    """Approve the ticked statements, all or none: they lock and go to the county."""
    return _decide(
        lambda seen: reviewing.approve(db(), me(), seen, now()),
        lambda count: gettext("已批准 %(count)s 份月报，正在报县里。", count=count),
    )


@statements.post("/send-back")
@allow("statement.send_back")
def send_back() -> ResponseReturnValue:
    """Send the ticked statements back with a reason; the first post asks for it."""
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _refused([{"field": "", "message": told(error)[0]["message"]}], ()), 422
    if "reason" not in request.form:
        return _ask(seen)
    try:
        reason = form(ReasonForm())["reason"]
    except ValidationError as error:
        return _ask(seen, told(error), request.form["reason"]), 422
    return _done(
        seen,
        lambda: reviewing.send_back(db(), me(), seen, reason, now()),
        lambda count: gettext("已退回 %(count)s 份月报，支部会看到理由。", count=count),
    )


def _ask(seen: Sequence[Seen], errors: Errors | None = None, reason: str = "") -> str:
    rows = [(month_of_statement(db(), one.id)[0], f"{one.id}:{one.version}") for one in seen]
    return pages.send_back_page(rows, errors or [], reason)


def _decide(act: Callable[[Sequence[Seen]], int], said: Callable[[int], str]) -> ResponseReturnValue:
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _refused([{"field": "", "message": told(error)[0]["message"]}], ()), 422
    return _done(seen, lambda: act(seen), said)


def _done(seen: Sequence[Seen], act: Callable[[], int], said: Callable[[int], str]) -> ResponseReturnValue:
    try:
        count = act()
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return _refused(errors, seen), refused.status
    flash(said(count), "success")
    month = {name: request.args[name] for name in ("year", "month") if name in request.args}
    return redirect(url_for("statements.listing", **month), 303)


def _refused(errors: Errors, seen: Sequence[Seen]) -> str:
    """The page it came from again, with the words: one statement's, or the list with what was ticked."""
    if request.form.get("from") == "page" and len(seen) == 1:
        return _one(seen[0].id, errors)
    return pages.list_page(errors, [one.id for one in seen])


def _one(statement_id: UUID, errors: Errors) -> str:
    return render_template("township/statement.html", **statement_page(statement_id, errors))
