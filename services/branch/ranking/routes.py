"""Ranking at the branch: seen, put up for publicity, objected to, answered, closed."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.ranking import actions
from services.branch.ranking.pages import chosen_period, ranking_page
from services.branch.ranking.schemas import WordsForm
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.asked_year import keep_year, year, years

ranking = keep_year(Blueprint("ranking", __name__, template_folder="templates", url_prefix="/points/ranking"))


@ranking.get("")
@allow("ranking.see")
def page() -> ResponseReturnValue:
    """The ranking of a quarter or the year."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("积分排名"))
    return render_template("branch/ranking.html", **ranking_page())


@ranking.post("/start")
@allow("ranking.publish")
def start() -> ResponseReturnValue:
    """Put the period up for publicity."""
    return _done(
        lambda: actions.start(db(), me(), village(), year(), chosen_period(), now()),
        gettext("已开始公示。"),
    )


@ranking.post("/<uuid:ranking_id>/close")
@allow("ranking.publish")
def close(ranking_id: UUID) -> ResponseReturnValue:
    """End the publicity."""
    return _done(lambda: actions.close(db(), me(), village(), ranking_id, now()), gettext("公示已结束。"))


@ranking.post("/<uuid:ranking_id>/objections")
@allow("ranking.see")
def object_to(ranking_id: UUID) -> ResponseReturnValue:
    """A member's objection."""
    return _with_words(
        lambda words: actions.object_to(db(), me(), village(), ranking_id, words, now()),
        gettext("异议已提交，支部会在公示结束前答复。"),
    )


@ranking.post("/objections/<uuid:objection_id>/answer")
@allow("ranking.publish")
def answer(objection_id: UUID) -> ResponseReturnValue:
    """The branch's answer."""
    return _with_words(
        lambda words: actions.answer(db(), me(), village(), objection_id, words, now()),
        gettext("已答复，本人会看到。"),
    )


def _with_words(act: Callable[[str], object], said: str) -> ResponseReturnValue:
    try:
        words = form(WordsForm())["words"]
    except ValidationError as error:
        shown = ranking_page(told(error), request.form.get("words", ""))
        return render_template("branch/ranking.html", **shown), 422
    return _done(lambda: act(words), said)


def _done(act: Callable[[], object], said: str) -> ResponseReturnValue:
    try:
        act()
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        shown = ranking_page(errors, request.form.get("words", ""))
        return render_template("branch/ranking.html", **shown), refused.status
    flash(said, "success")
    return redirect(url_for("ranking.page", year=year().year, period=chosen_period()), 303)
