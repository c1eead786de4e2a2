"""What a general branch and its branches find on their desks."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.generals.endorsing import how_many_wait
from services.branch.generals.models import Submission
from services.branch.generals.submitting import STATEMENT, Standing, unsent
from services.branch.generals.wording import general_name
from services.branch.wording import moment
from shared.kit.units import Unit
from shared.kit.web import db, me

Things = list[dict[str, Any]]


def desk_things(unit: Unit) -> tuple[Things, Things]:
    """What somebody here must do now, and what waits at the general branch."""
    found = [_to_endorse(many)] if me().may("general.endorse") and (many := how_many_wait(db(), me())) else []
    if unit.is_general:
        return found, []
    rows = [_thing(unit, one) for one in unsent(db(), [unit.id])]
    return [*found, *(one for one in rows if one["main"])], [one for one in rows if not one["main"]]


def _to_endorse(many: int) -> dict[str, Any]:
    return {
        "title": gettext("有 %(count)s 份月报或评议要党总支审核", count=many),
        "detail": gettext("审核通过以后才报乡镇"),
        "href": url_for("generals.page"),
        "action": gettext("去审核"),
        "main": True,
    }


def _thing(unit: Unit, one: Standing) -> dict[str, Any]:
    said, submission = one.said, one.submission
    thing = {"title": _what(submission), "href": _where(submission), "action": gettext("查看"), "main": False}
    if said is not None:
        title = gettext("%(what)s被党总支退回", what=thing["title"])
        detail = f"{said.reason} {said.by} · {moment(said.at)}"
        return thing | {"title": title, "detail": detail, "action": gettext("去改"), "main": True}
    if unit.general_id is None:
        title = gettext("%(what)s要您上报", what=thing["title"])
        detail = gettext("本支部已经不在党总支下面，直接报乡镇")
        return thing | {"title": title, "detail": detail, "action": gettext("去上报"), "main": True}
    title = gettext("%(what)s等党总支审核", what=thing["title"])
    return thing | {"title": title, "detail": f"{general_name(db(), unit)} · {moment(submission.at)}"}


def _what(submission: Submission) -> str:
    if submission.kind == STATEMENT:
        return str(gettext("%(year)s 年 %(month)s 月积分月报", year=submission.year, month=submission.month))
    return str(gettext("%(year)s 年度民主评议", year=submission.year))


def _where(submission: Submission) -> str:
    if submission.kind == STATEMENT:
        return url_for("points.months", year=submission.year)
    return url_for("appraisal.grades", year=submission.year)
