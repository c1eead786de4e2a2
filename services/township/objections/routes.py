"""Objections: those of the township's villages with the county's answers; raising one for a village."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext
from marshmallow import ValidationError

from services.township import current
from services.township.objections import actions
from services.township.objections.models import Objection, ObjectionAnswer
from services.township.objections.schemas import TEXT_LENGTH, Objecting
from services.township.verification.wording import said
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.guard import allow
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now
from shared.sync.contests import OpenContest

objections = Blueprint("objections", __name__, url_prefix="/objections", template_folder="templates")
# The publicity is over: what remains is an appeal.
ENDED = ("locked", "published")


@objections.get("")
@allow("result.see")
def listing() -> ResponseReturnValue:
    """A contest's objections, newest first; one can object to the newest contest only."""
    return _listing()


def _listing(errors: Sequence[dict[str, str]] = ()) -> str:
    contest = current.chosen()
    newest = contest is not None and contest.id == current.required().id
    found = actions.objections(db(), contest.id) if contest else []
    return render_template(
        "township/objections.html",
        contest={"title": contest.opened.title} if contest else None,
        until=contest.course.objections_until if contest and not _why_not(contest) else None,
        may_raise=me().may("objection.raise") and newest,
        over=contest is not None and contest.course.stage in ENDED,
        raise_href=url_for(".new"),
        why_not=_why_not(contest),
        objections=[_shown(*row) for row in found],
        errors=errors,
        **current.of_year(contest, ".listing"),
    )


def _why_not(contest: OpenContest | None) -> str:
    """Why nobody can object now; '' while one can."""
    if contest is None or contest.course.may_object(civil(now()).date()):
        return ""
    until = contest.course.objections_until
    if until is None or contest.course.stage in ("collecting", "verifying", "trial"):
        return gettext("县里公示之后才能提")
    return gettext("公示已于 %(day)s 结束", day=format_date(until, gettext("M 月 d 日")))


def _shown(objection: Objection, answer: ObjectionAnswer | None, village: Unit) -> dict[str, Any]:
    tier = gettext("支部") if objection.raised_at_tier == "branch" else gettext("乡镇")
    return {
        "village": village.name,
        "text": objection.text,
        "by": objection.by,
        "tier": tier,
        "at": objection.at,
        "answer": answer
        and {"upheld": answer.upheld, "text": answer.answer, "by": answer.by, "at": answer.at},
    }


@objections.get("/new")
@allow("objection.raise")
def new() -> ResponseReturnValue:
    """The form; `?village=` chooses one beforehand."""
    contest = current.required()
    if _why_not(contest):
        return _out_of_time(gettext(actions.OUT_OF_TIME)), 409
    chosen = request.args.get("village", type=UUID)
    if "village" in request.args and chosen not in _villages():
        raise Absent
    return _form(contest, chosen=chosen, once=new_id())


def _out_of_time(words: str) -> str:
    """The list with the reason, and no form: there is nothing to be mended in what was typed."""
    return _listing([{"field": "", "message": words}])


def _villages() -> dict[UUID, Unit]:
    return {row.village.id: row.village for row in current.returns()}


def _form(contest: OpenContest, chosen: UUID | None, once: UUID, text: str = "", errors: Any = ()) -> str:
    options = [
        {"value": unit.id, "label": unit.name, "selected": unit.id == chosen} for unit in _villages().values()
    ]
    return render_template(
        "township/objection.html",
        villages=options,
        text=text,
        until=contest.course.objections_until,
        once=once,
        action=url_for(".raise_one"),
        back={"label": gettext("异议"), "href": url_for(".listing")},
        longest=TEXT_LENGTH,
        errors=errors,
    )


@objections.post("")
@allow("objection.raise")
def raise_one() -> ResponseReturnValue:
    """Object on a village's behalf."""
    contest = current.required()
    try:
        typed = form(Objecting())
    except ValidationError as error:
        if _why_not(contest):
            return _out_of_time(gettext(actions.OUT_OF_TIME)), 409
        return _again(contest, error), 422
    village = _villages().get(typed["village"])
    if village is None:
        raise Absent
    try:
        actions.raise_objection(
            db(), me(), village, contest, typed["text"].strip(), now(), objection_id=typed["once"]
        )
    except Refused as refused:
        return _out_of_time(said(refused)), refused.status
    flash(gettext("已代%(village)s提出异议，正在报县里。", village=village.name), "success")
    return redirect(url_for(".listing"), 303)


def _again(contest: OpenContest, error: ValidationError) -> str:
    """The form with what was typed; a village or form id that cannot be read is nobody's."""
    assert isinstance(error.messages, dict)
    if not error.messages.keys() <= {"text"}:
        raise Absent
    errors = [{"field": field, "message": str(words[0])} for field, words in error.messages.items()]
    village, once = request.form.get("village", type=UUID), request.form.get("once", type=UUID)
    return _form(contest, village, once or new_id(), request.form.get("text", ""), errors)
