"""Verification: the list, one return, and the decisions, each under its own authority."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from uuid import UUID

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import Schema, ValidationError

from services.township import current
from services.township.verification import actions, pages, wording
from services.township.verification.bulk import Choice, Outcome, decide_each, done_before, picked, stale
from services.township.verification.export import returns_file
from services.township.verification.reading import ReturnRow
from services.township.verification.refusing import refusal
from services.township.verification.schemas import Reason, Seen, Selection, verdict
from shared.kit.errors import Absent, Refused
from shared.kit.guard import allow
from shared.kit.i18n import named
from shared.kit.web import db, form, me, now
from shared.sync.contests import OpenContest

verification = Blueprint("verification", __name__, url_prefix="/returns", template_folder="templates")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFUSALS_SHOWN = 12


@verification.get("")
@allow("return.see")
def listing() -> ResponseReturnValue:
    """Returns by state, in the order of work."""
    return pages.list_page()


@verification.get("/export.xlsx")
@allow("return.see")
def export() -> ResponseReturnValue:
    """The list as Excel, under the same filters."""
    contest = current.required()
    state, search = pages.filters()
    body = returns_file(
        contest,
        pages.shown(state, search),
        pages.comparison(contest),
        me().unit.name,
        pages.filters_in_words(state, search),
        current.synthetic_note(),
        now(),
    )
    name = f"{me().unit.name}-{contest.opened.year}-{gettext('村级申报')}.xlsx"
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)


@verification.get("/<uuid:village_id>")
@allow("return.see")
def page(village_id: UUID) -> ResponseReturnValue:
    """One village's return."""
    return pages.return_page(current.required(), _row(village_id))


def _row(village_id: UUID) -> ReturnRow:
    """The village's row; raises Absent where it is out of scope or nowhere."""
    found = next((row for row in current.returns() if row.village.id == village_id), None)
    if found is None:
        raise Absent
    return found


# --- one return ---


@verification.post("/<uuid:village_id>/accept")
@allow("return.accept")
def accept_one(village_id: UUID) -> ResponseReturnValue:
    """Take it up."""
    return _decide("accept", village_id, actions.accept)


@verification.post("/<uuid:village_id>/approve")
@allow("rollup.approve")
def approve_one(village_id: UUID) -> ResponseReturnValue:
    """Approve the roll-up: it locks and goes to the county."""
    return _decide("approve", village_id, actions.approve)


@verification.post("/<uuid:village_id>/reopen")
@allow("return.verify")
def reopen_one(village_id: UUID) -> ResponseReturnValue:
    """Take a finding back."""
    return _decide("reopen", village_id, actions.reopen)


@verification.post("/<uuid:village_id>/verify")
@allow("return.verify")
def verify_one(village_id: UUID) -> ResponseReturnValue:
    """Verify, with the figures and events as typed."""
    contest = current.required()
    current.hold()
    row = _row(village_id)
    try:
        typed: Mapping[str, str] = form(verdict(contest.rulebook))
    except ValidationError as error:
        return pages.return_page(contest, row, errors=_errors(error)), 422
    if row.token != typed["version"]:
        return _stale("verify", contest, row, typed)
    try:
        actions.verify(db(), me(), row, contest, *_found(contest, typed), now())
    except actions.BadCorrections as bad:
        return _bad(contest, row, typed, bad), 422
    except Refused as refused:
        return pages.return_page(contest, row, errors=[_said(refused)], typed=typed), refused.status
    return _done("verify", row)


def _found(
    contest: OpenContest, typed: Mapping[str, str]
) -> tuple[Sequence[actions.Corrected], Mapping[str, str]]:
    corrected = [
        actions.Corrected(one.code, typed[f"value_{one.code}"], typed[f"reason_{one.code}"])
        for one in contest.rulebook.indicators
        if typed[f"value_{one.code}"]
    ]
    events = contest.rulebook.events
    return corrected, {event: typed[f"ground_{event}"] for event in events if typed[f"veto_{event}"]}


def _bad(contest: OpenContest, row: ReturnRow, typed: Mapping[str, str], bad: actions.BadCorrections) -> str:
    problems = {code: wording.told(problem) for code, problem in bad.problems.items()}
    vetoes = {event: wording.told(problem) for event, problem in bad.vetoes.items()}
    names = {one.code: named(one) for one in contest.rulebook.indicators}
    errors = [{"field": code, "message": f"{names[code]}: {words}"} for code, words in problems.items()]
    errors += [{"field": f"ground_{event}", "message": words} for event, words in vetoes.items()]
    return pages.return_page(
        contest, row, errors=errors, typed=typed, problems=problems, barred_events=vetoes
    )


@verification.post("/<uuid:village_id>/send-back")
@allow("return.send_back")
def send_back_one(village_id: UUID) -> ResponseReturnValue:
    """Give it back to the village with a reason; corrections typed beside it come back when there is none."""
    contest = current.required()
    current.hold()
    row = _row(village_id)
    typed = request.form.to_dict()
    token = str(form(Seen())["version"])
    try:
        reason = form(Reason())["reason"]
    except ValidationError as error:
        wrong = _errors(error, "send_back")
        words = request.form.get("reason", "")
        return pages.return_page(contest, row, errors=wrong, typed=typed, send_back_reason=words), 422
    if row.token != token:
        return _stale("send_back", contest, row, typed, reason)
    try:
        actions.send_back(db(), me(), row, contest, reason, now())
    except Refused as refused:
        return pages.return_page(contest, row, errors=[_said(refused)], typed=typed), refused.status
    return _done("send_back", row)


def _decide(what: str, village_id: UUID, act: Callable[..., object]) -> ResponseReturnValue:
    """A decision that needs nothing typed."""
    contest = current.required()
    current.hold()
    row = _row(village_id)
    if row.token != form(Seen())["version"]:
        return _stale(what, contest, row)
    try:
        act(db(), me(), row, contest, now())
    except Refused as refused:
        return pages.return_page(contest, row, errors=[_said(refused)]), refused.status
    return _done(what, row)


def _stale(
    what: str, contest: OpenContest, row: ReturnRow, typed: Mapping[str, str] | None = None, reason: str = ""
) -> ResponseReturnValue:
    """The page was older than the return: told, nothing done, nothing typed lost. Sent twice: as if once."""
    if done_before(what, me(), row):
        return _done(what, row)
    errors = [_said(stale(row))]
    return pages.return_page(contest, row, errors=errors, typed=typed, send_back_reason=reason), 409


def _done(what: str, row: ReturnRow) -> ResponseReturnValue:
    words = {
        "accept": gettext("已受理%(village)s的申报表。", village=row.village.name),
        "verify": gettext("已核实%(village)s的申报表，等党委书记批准上报。", village=row.village.name),
        "approve": gettext("已批准%(village)s的申报表，正在上报县里。", village=row.village.name),
        "reopen": gettext("已收回%(village)s的核实结论，可以重新核实。", village=row.village.name),
        "send_back": gettext("已退回%(village)s，村里会看到理由。", village=row.village.name),
    }
    flash(words[what], "success")
    stays = what in ("accept", "reopen")
    target = url_for("verification.page", village_id=row.village.id) if stays else url_for(".listing")
    return redirect(target, 303)


# --- a selection ---


@verification.post("/accept")
@allow("return.accept")
def accept_some() -> ResponseReturnValue:
    """Take the selection up."""
    return _decide_some("accept", actions.accept)


@verification.post("/verify")
@allow("return.verify")
def verify_some() -> ResponseReturnValue:
    """Verify the selection as filed."""

    def as_filed(session: object, actor: object, row: ReturnRow, contest: OpenContest, at: object) -> None:
        actions.verify(db(), me(), row, contest, [], {}, now())

    return _decide_some("verify", as_filed)


@verification.post("/approve")
@allow("rollup.approve")
def approve_some() -> ResponseReturnValue:
    """Approve the selection's roll-up."""
    return _decide_some("approve", actions.approve)


@verification.post("/send-back")
@allow("return.send_back")
def send_back_some() -> ResponseReturnValue:
    """Give the selection back with one reason; the first post, from the list, asks for it."""
    contest = current.required()
    current.hold()
    try:
        chosen = _chosen(Selection())
    except ValidationError as error:
        return pages.list_page(errors=_errors(error)), 422
    seen = picked(current.returns(), chosen)
    rows = [row for row in current.returns() if row.village.id in seen]
    if "reason" not in request.form:
        return pages.send_back_page(rows)
    try:
        reason = form(Reason())["reason"]
    except ValidationError as error:
        words = request.form["reason"]
        return pages.send_back_page(rows, errors=_errors(error, "reason"), reason=words), 422
    outcome = decide_each(
        "send_back",
        me(),
        contest,
        current.returns(),
        chosen,
        refusal,
        lambda row: actions.send_back(db(), me(), row, contest, reason, now()),
    )
    return _tell("send_back", outcome)


def _chosen(schema: Schema) -> list[Choice]:
    chosen: list[Choice] = form(schema)["selected"]
    return chosen


def _decide_some(what: str, act: Callable[..., object]) -> ResponseReturnValue:
    contest = current.required()
    current.hold()
    try:
        chosen = _chosen(Selection())
    except ValidationError as error:
        return pages.list_page(errors=_errors(error)), 422
    outcome = decide_each(
        what,
        me(),
        contest,
        current.returns(),
        chosen,
        refusal,
        lambda row: act(db(), me(), row, contest, now()),
    )
    return _tell(what, outcome)


def _tell(what: str, outcome: Outcome) -> ResponseReturnValue:
    """What was done, what had been done, and what was left alone with the reason of each."""
    done = len(outcome.done)
    words = {
        "accept": gettext("已受理 %(count)s 个村。", count=done),
        "verify": gettext("已按填报数核实 %(count)s 个村，等党委书记批准上报。", count=done),
        "approve": gettext("已批准 %(count)s 个村，正在上报县里。", count=done),
        "send_back": gettext("已退回 %(count)s 个村。", count=done),
    }
    if done:
        flash(words[what], "success")
    if outcome.before:
        flash(gettext("%(count)s 个村您刚才已经办过，没有重复办理。", count=len(outcome.before)), "info")
    if outcome.refused:
        flash(gettext("%(count)s 个村没有办，原因如下。", count=len(outcome.refused)), "warning")
    for refused in outcome.refused[:REFUSALS_SHOWN]:
        flash(wording.said(refused), "warning")
    return redirect(url_for(".listing"), 303)


# --- words ---


def _said(refused: Refused) -> dict[str, str]:
    return {"field": "", "message": wording.said(refused)}


def _errors(error: ValidationError, field: str = "") -> list[dict[str, str]]:
    messages: object = error.messages
    while isinstance(messages, dict | list) and messages:
        messages = next(iter(messages.values())) if isinstance(messages, dict) else messages[0]
    return [{"field": field, "message": str(messages)}]
