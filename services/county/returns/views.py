"""Pages of the returns as they come up: progress per township, villages, one return, giving it back."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.county.contest import course
from services.county.contest.models import Contest
from services.county.contest.schemas import GiveBackForm, wanted_of
from services.county.contest.stages import shown, steps
from services.county.exceptions.actions import current_exceptions
from services.county.returns import actions
from services.county.returns.models import SentBack, VerifiedReturn
from services.county.returns.progress import STATES, VillageProgress, by_township, by_village
from services.county.rulebooks.actions import version
from shared.kit.errors import Absent
from shared.kit.guard import allow
from shared.kit.i18n import in_english, named
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now
from shared.rules.rulebook_values import Rulebook


@allow("contest.see")
def returns(contest_id: UUID) -> ResponseReturnValue:
    """How far the townships are, and the villages, in order of what must be chased."""
    contest = shown(db(), contest_id)
    townships, villages = by_township(db(), contest), by_village(db(), contest)
    wanted = wanted_of(request.args)
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    listed = [one for one in villages if wanted.township in (None, one.unit.parent_id)]
    return render_template(
        "county/returns.html",
        contest=contest,
        steps=steps(db(), contest),
        townships=townships,
        names={one.unit.id: one.unit.name for one in townships},
        wanted=wanted,
        chips=_chips(contest, listed, wanted.township, state),
        villages=[one for one in listed if not state or one.state == state],
        labels=_labels(),
        counted=sum(one.counted for one in townships),
        expected=sum(one.expected for one in townships),
        may_give_back=me().may("return.send_back") and contest.state in ("collecting", "verifying"),
        may_except=me().may("exception.grant") and contest.state in ("collecting", "verifying"),
        late={village.id: one for one, village in current_exceptions(db(), contest, now())},
    )


def _labels() -> dict[str, tuple[str, str]]:
    """Words and colour of each state."""
    return {
        "counted": (gettext("已上报，计入"), "green"),
        "given_back": (gettext("已退回乡镇"), "amber"),
        "missing": (gettext("还没有上报"), "red"),
    }


def _chips(
    contest: Contest, listed: list[VillageProgress], township: UUID | None, chosen: str
) -> list[dict[str, Any]]:
    choices = [("", gettext("全部"))] + [(state, _labels()[state][0]) for state in STATES]
    return [
        {
            "label": label,
            "count": sum(not state or one.state == state for one in listed),
            "href": url_for("contest.returns", contest_id=contest.id, township=township, state=state or None),
            "active": state == chosen,
        }
        for state, label in choices
    ]


@allow("contest.see")
def village_return(contest_id: UUID, village_id: UUID) -> ResponseReturnValue:
    """One village: what it filed, what its township made of it, and every attempt before."""
    return _village_page(shown(db(), contest_id), village_id)


def _village_page(contest: Contest, village_id: UUID) -> ResponseReturnValue:
    village = db().get(Unit, village_id)
    if village is None or village.level != "branch" or village.is_general:
        raise Absent
    received = actions.returns_of_village(db(), contest.id, village_id)
    rulebook = version(db(), contest.rulebook_hash)[1]
    newest = received[0] if received else None
    return render_template(
        "county/return.html",
        contest=contest,
        village=village,
        township=db().get(Unit, village.parent_id),
        newest=newest,
        back=db().get(SentBack, newest.id) if newest else None,
        parts=_parts(rulebook, newest) if newest else [],
        vetoes=[(named(rulebook.events[one["event"]]), one["reason"], one["by"]) for one in newest.vetoes]
        if newest
        else [],
        earlier=[(one, db().get(SentBack, one.id)) for one in received[1:]],
        may_give_back=me().may("return.send_back"),
        open_stage=contest.state in ("collecting", "verifying"),
        stage=course.stage_name(contest.state),
    )


def _parts(rulebook: Rulebook, row: VerifiedReturn) -> list[dict[str, Any]]:
    changes = {one["indicator"]: one for one in row.changes}
    return [
        {
            "name": named(category),
            "lines": [
                {
                    "name": named(one),
                    "unit": one.unit_en if in_english() and one.unit_en else one.unit,
                    "filed": row.filed.get(one.code, ""),
                    "verified": row.verified.get(one.code, ""),
                    "change": changes.get(one.code),
                }
                for one in rulebook.indicators
                if one.category == category.code
            ],
        }
        for category in rulebook.categories
    ]


@allow("return.send_back")
def give_back(contest_id: UUID, village_id: UUID) -> ResponseReturnValue:
    """Give a rolled-up return back to its township, with the reason."""
    contest = course.hold(db(), contest_id)
    typed = form(GiveBackForm())
    row = actions.return_by_id(db(), typed["return_id"])
    if row.unit_id != village_id:
        raise Absent
    actions.give_back(db(), me(), contest, row, typed["reason"], now())
    flash(gettext("已退回乡镇，在重新上报之前不计入。"), "success")
    return redirect(url_for("contest.returns", contest_id=contest.id, state="given_back"), 303)
