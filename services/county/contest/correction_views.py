"""Pages of corrections: propose a figure, see what it would change, confirm or turn down as a second."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest import comparing, corrections, course, listing, next_step, trial_page
from services.county.contest.course_views import signer, to
from services.county.contest.models import Contest, Correction, Edition, Trial
from services.county.contest.records import last_edition, last_trial, lines
from services.county.contest.result_views import refuse_unless_published
from services.county.contest.schemas import ConfirmForm, CorrectionForm
from services.county.contest.stages import shown, steps
from services.county.contest.trial import open_corrections
from services.county.contest.trial_views import difference_view
from services.county.rulebooks.actions import version
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import named
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now


@allow("correction.propose")
def new_correction(contest_id: UUID) -> ResponseReturnValue:
    """The form: which village, which figure, what it should be, why."""
    contest = shown(db(), contest_id)
    refuse_unless_published(contest)
    return _form(contest, request.args, [])


def _form(contest: Contest, typed: Any, errors: list[dict[str, str]]) -> ResponseReturnValue:
    edition = _edition(contest)
    found = [line for line in lines(db(), db().get_one(Trial, edition.trial_id)) if line.values is not None]
    chosen = next((line for line in found if str(line.unit_id) == typed.get("village")), None)
    rulebook = version(db(), contest.rulebook_hash)[1]
    page = render_template(
        "county/correction_form.html",
        contest=contest,
        villages=sorted(found, key=lambda line: line.village_code),
        chosen=chosen,
        indicators=[
            (one.code, named(one), one.column, chosen.values.get(one.code, "") if chosen else "")
            for one in rulebook.indicators
        ],
        typed=typed,
        errors=errors,
    )
    return page, 422 if errors else 200


def _edition(contest: Contest) -> Edition:
    edition = last_edition(db(), contest)
    if edition is None:
        raise Absent
    return edition


@allow("correction.propose")
def propose(contest_id: UUID) -> ResponseReturnValue:
    """Keep the proposal and compute what would change; nothing published changes."""
    contest = course.hold(db(), contest_id)
    refuse_unless_published(contest)
    try:
        one = form(CorrectionForm())
        corrections.propose_correction(
            db(), me(), contest, one["village"], one["indicator"], one["value"], one["reason"], now()
        )
    except ValidationError as error:
        return _form(contest, request.form, told(error))
    except Absent:
        raise
    except Refused as refused:
        field = "value" if isinstance(refused, corrections.WrongFigure) else ""
        return _form(contest, request.form, [{"field": field, "message": next_step.refusal(refused)}])
    flash(gettext("已提出更正。看过影响后，请另一位同志确认。"), "success")
    return to("corrections", contest)


@allow("contest.see")
def preview(contest_id: UUID) -> ResponseReturnValue:
    """What the waiting corrections would change against the edition in force; and those before."""
    contest = shown(db(), contest_id)
    waiting = open_corrections(db(), contest)
    return render_template(
        "county/corrections.html",
        contest=contest,
        steps=steps(db(), contest),
        waiting=[_told(contest, one) for one in waiting],
        past=[_told(contest, one) for one in corrections.settled(db(), contest)],
        edition=last_edition(db(), contest),
        may_propose=me().may("correction.propose") and contest.state == "published",
        **(_consequences(contest, waiting) if waiting else {}),
    )


def _told(contest: Contest, one: Correction) -> dict[str, Any]:
    rulebook, village = version(db(), contest.rulebook_hash)[1], db().get(Unit, one.unit_id)
    return {
        "village": village.name if village else "",
        "indicator": named(rulebook.by_code[one.indicator]),
        "row": one,
        "mine": same_person(db(), me(), one.proposed_by_id, one.proposed_by),
    }


def _consequences(contest: Contest, waiting: list[Correction]) -> dict[str, Any]:
    edition, trial = _edition(contest), last_trial(db(), contest)
    assert trial is not None
    before = db().get_one(Trial, edition.trial_id)
    table = listing.read(db(), contest, trial)
    moved = comparing.movements(db(), before, trial)
    return {
        **difference_view(table.rulebook, moved, table),
        "trial": trial,
        "ties": trial_page.ties(table),
        "may_decide": me().may("tie.decide"),
        "may_confirm": me().may("correction.confirm"),
        "blocked": _blocked(trial, waiting),
    }


def _blocked(trial: Trial, waiting: list[Correction]) -> str:
    """Why these corrections cannot be confirmed by this person now; ''."""
    if not me().may("correction.confirm"):
        return gettext("等分管部长确认。")
    if any(same_person(db(), me(), one.proposed_by_id, one.proposed_by) for one in waiting):
        return gettext("更正须由提出人以外的另一位同志确认。")
    if trial.blocks:
        return gettext("更正后有并列，先由组织科裁定。")
    return ""


@allow("correction.confirm")
def confirm(contest_id: UUID) -> ResponseReturnValue:
    """The second person confirms: the next edition goes out."""
    contest = course.hold(db(), contest_id)
    seen = form(ConfirmForm())["seen"]
    edition = corrections.confirm_corrections(db(), me(), contest, signer(), now(), seen)
    flash(gettext("已确认，第 %(number)s 版正在发往乡镇和支部。", number=edition.number), "success")
    return to("result", contest)


@allow("correction.confirm")
def refuse(contest_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """The second person turns one correction down; the published result stands."""
    contest = course.hold(db(), contest_id)
    corrections.refuse_correction(db(), me(), contest, correction_id, now())
    flash(gettext("没有采纳这处更正，已发布的结果不变。"), "success")
    return to("corrections", contest)


@allow("correction.propose")
def withdraw(contest_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """Who proposed a correction takes it back before it is confirmed."""
    contest = course.hold(db(), contest_id)
    corrections.withdraw_correction(db(), me(), contest, correction_id, now())
    flash(gettext("已撤回这处更正，已发布的结果不变。"), "success")
    return to("corrections", contest)
