"""The village return, page by page."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.returns.actions import Changed, file_return, save_draft, withdraw
from services.branch.returns.checks import remarks
from services.branch.returns.history import history_page
from services.branch.returns.models import VillageReturn
from services.branch.returns.pages import check_page, done_page, filled, form_page, standing, what_is_wrong
from services.branch.returns.reading import ReturnStatus, last_year, may_file, return_of, status
from services.branch.returns.schemas import (
    SHOWN,
    VALUE,
    VersionForm,
    attempt_of,
    note_typed_over,
    return_form,
    typed_over,
)
from services.branch.village import note_of, village
from shared.kit.errors import Absent, Refused
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now, wants_fragment
from shared.sync.contests import OpenContest

returns = Blueprint("returns", __name__, template_folder="templates", url_prefix="/return")


@returns.get("")
@allow("return.edit")
def page() -> ResponseReturnValue:
    """The form while the village may write, else where its return stands."""
    found = standing()
    if found is None:
        return _nothing_yet()
    here, current = found
    if not (current.open and may_file(here, current, now())):
        return render_template("branch/return_history.html", **history_page(here, current, now()))
    return render_template("branch/return.html", **form_page(here, current))


@returns.get("/history")
@allow("return.edit")
def history() -> ResponseReturnValue:
    """Every attempt and verdict of this year's return."""
    found = standing()
    if found is None:
        return _nothing_yet()
    return render_template("branch/return_history.html", **history_page(*found, now()))


def _nothing_yet() -> str:
    return render_template(
        "branch/empty.html", heading={"title": gettext("村级申报"), "note": village().name}
    )


@returns.post("/save")
@allow("return.edit")
def save() -> ResponseReturnValue:
    """Keep what was typed so far; answers with what is wrong, field by field."""
    here, _current = _standing()
    data, bad = _typed(here)
    try:
        draft = _save(here, data)
    except Refused as refused:
        if not wants_fragment():
            raise
        words = gettext(refused.message) % refused.values
        return render_template("branch/_refused.html", message=words), refused.status
    return render_template("branch/_saved.html", **_saved(here, draft, data, bad))


def _saved(
    here: OpenContest, draft: VillageReturn, data: dict[str, str], bad: dict[str, str]
) -> dict[str, Any]:
    """The answer to the autosave: what is said at each field, and what this browser now knows to be saved."""
    said = remarks(here.rulebook, draft.values, last_year(db(), village().id, here.opened.year))
    for code, value in _typed_elsewhere(data, draft.values).items():
        said[code] = gettext("另一位同志改成了 %(value)s，刷新可见", value=value)
    said |= {code: words for code, words in bad.items() if code in said}
    checks = {VALUE + code: words for code, words in said.items()}
    shown = {SHOWN + code: data[VALUE + code] for code in said if VALUE + code in data}
    return {
        "saved_at": draft.updated_at,
        "filled": filled(here.rulebook, draft.values),
        "total": len(here.rulebook.indicators),
        "checks": {**checks, "note": bad.get("note", "")},
        "shown": {**shown, **({"was-note": data["note"]} if "note" in data else {})},
    }


def _typed_elsewhere(data: dict[str, str], saved: dict[str, str]) -> dict[str, str]:
    """Figures that stand otherwise than in this browser: somebody else has typed them."""
    return {
        code: value
        for code, value in saved.items()
        if value and VALUE + code in data and data[VALUE + code].strip() != value
    }


def _typed(here: OpenContest) -> tuple[dict[str, str], dict[str, str]]:
    """What can be saved of the posted form, and the words for what cannot ('note' among them)."""
    schema = return_form(here.rulebook)
    try:
        return form(schema), {}
    except ValidationError as error:
        messages = error.normalized_messages()
        if "version" in messages:
            raise
        wrong = {name.removeprefix(VALUE): gettext(words[0]) for name, words in messages.items()}
        return dict(error.valid_data), wrong


def _save(here: OpenContest, data: dict[str, str]) -> VillageReturn:
    return save_draft(
        db(),
        me(),
        village(),
        here,
        typed_over(data, here.rulebook),
        note_typed_over(data),
        now(),
        attempt=attempt_of(data["version"]),
    )


@returns.post("/check")
@allow("return.edit")
def check() -> ResponseReturnValue:
    """Save all of it and go on to the answers."""
    here, current = _standing()
    data, bad = _typed(here)
    if bad:
        return _again(here, current, bad)
    _save(here, data)
    return redirect(url_for("returns.answers"), 303)


def _again(here: OpenContest, current: ReturnStatus, bad: dict[str, str]) -> ResponseReturnValue:
    """The form as typed, nothing saved, with what cannot be."""
    typed = {one.code: request.form.get(VALUE + one.code, "") for one in here.rulebook.indicators}
    view = form_page(here, current, wrong=bad, typed=typed, note_error=bad.get("note", ""))
    view["note"] = request.form.get("note", view["note"])
    return render_template("branch/return.html", **view), 422


@returns.get("/check")
@allow("return.edit")
def answers() -> ResponseReturnValue:
    """Check your answers; the form with what is wrong while the draft cannot be filed."""
    here, current = _standing()
    if current.state != "draft" or not may_file(here, current, now()):
        return redirect(url_for("returns.page"))
    wrong = what_is_wrong(here, current)
    if wrong:
        return render_template("branch/return.html", **form_page(here, current, wrong=wrong)), 422
    return render_template("branch/return_check.html", **check_page(here, current))


@returns.post("/file")
@allow("return.file")
def file() -> ResponseReturnValue:
    """File what was checked; the same draft twice files it once."""
    here, current = _standing()
    seen = form(VersionForm())["version"]
    attempt = current.attempt
    if attempt is None or (attempt.filed_at and attempt.attempt != attempt_of(seen)):
        raise Refused("还没有填申报表，请先填写。")
    try:
        file_return(db(), me(), attempt, here, now(), seen=seen)
    except Changed as changed:
        fresh = status(db(), here.id, village().id)
        view = check_page(here, fresh, changed=gettext(changed.message))
        return render_template("branch/return_check.html", **view), changed.status
    return redirect(url_for("returns.done", return_id=attempt.id), 303)


@returns.get("/<uuid:return_id>/done")
@allow("return.edit")
def done(return_id: UUID) -> ResponseReturnValue:
    """The confirmation of a filed return, with its reference number."""
    found, here = return_of(db(), return_id)
    if found.filed_at is None or found.unit_id != village().id:
        raise Absent
    view = done_page(here, found, now())
    return render_template("branch/return_done.html", synthetic_note=note_of(here), **view)


@returns.post("/withdraw")
@allow("return.file")
def take_back() -> ResponseReturnValue:
    """Take the filed return back while the township has not taken it up."""
    here, _current = _standing()
    withdraw(db(), me(), village(), here, now())
    flash(gettext("已撤回。改好后请重新提交。"), "success")
    return redirect(url_for("returns.page"), 303)


def _standing() -> tuple[OpenContest, ReturnStatus]:
    found = standing()
    if found is None:
        raise Absent
    return found
