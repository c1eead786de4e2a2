"""Pages of a contest's course: the list, a new one, where it stands, its steps, its history."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest import course, next_step
from services.county.contest.models import Contest
from services.county.contest.records import last_edition, last_trial
from services.county.contest.schemas import ContestForm, StageForm
from services.county.contest.stages import shown, steps
from services.county.contest.trial import run_trial
from services.county.returns.progress import by_township
from services.county.rulebooks.actions import version, versions
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.signer import Signer


def signer() -> Signer:
    """This node's hand, as the runtime of this process holds it."""
    made: Signer = current_app.extensions["sanji.runtime"].signer()
    return made


def to(endpoint: str, contest: Contest, **values: Any) -> ResponseReturnValue:
    """Answer a post: look at a page of this contest."""
    return redirect(url_for(f"contest.{endpoint}", contest_id=contest.id, **values), 303)


@allow("contest.see")
def index() -> ResponseReturnValue:
    """Every contest year."""
    found = course.contests(db())
    return render_template("county/contests.html", contests=found, stage_name=course.stage_name)


@allow("contest.run")
def new() -> ResponseReturnValue:
    """The form of a new contest year."""
    year = civil(now()).year
    typed = {
        "year": year,
        "title": gettext("%(year)s 年村级组织分档竞赛", year=year),
        "rulebook_hash": request.args.get("rulebook", ""),
    }
    return _form(typed)


def _form(
    typed: dict[str, Any], contest: Contest | None = None, errors: list[dict[str, str]] | None = None
) -> ResponseReturnValue:
    page = render_template(
        "county/contest_form.html",
        typed=typed,
        contest=contest,
        rulebooks=versions(db()),
        errors=errors or [],
    )
    return page, 422 if errors else 200


def _told(unfit: course.Unfit) -> list[dict[str, str]]:
    return [{"field": unfit.field, "message": next_step.refusal(unfit)}]


@allow("contest.run")
def create() -> ResponseReturnValue:
    """Prepare a contest year; nothing goes out yet."""
    try:
        contest = course.draft_contest(db(), me(), **form(ContestForm()), now=now())
    except ValidationError as error:
        return _form(request.form, None, told(error))
    except course.Unfit as unfit:
        return _form(request.form, None, _told(unfit))
    flash(gettext("竞赛已建立，还没有发出。看过规则和日期后再开始收集。"), "success")
    return to("overview", contest)


@allow("contest.run")
def edit(contest_id: UUID) -> ResponseReturnValue:
    """The form of a draft."""
    contest = shown(db(), contest_id)
    if contest.state != "draft":
        raise Refused("竞赛已经开始，规则和日期不再更改。")
    names = ("year", "title", "rulebook_hash", "filing_until", "verifying_until", "synthetic_note")
    return _form({name: getattr(contest, name) for name in names}, contest)


@allow("contest.run")
def amend(contest_id: UUID) -> ResponseReturnValue:
    """Put a draft right."""
    contest = course.hold(db(), contest_id)
    try:
        typed = form(ContestForm(exclude=["year"]))
        course.amend_draft(db(), me(), contest, **typed, now=now())
    except ValidationError as error:
        return _form(request.form, contest, told(error))
    except course.Unfit as unfit:
        return _form(request.form, contest, _told(unfit))
    flash(gettext("已改好。"), "success")
    return to("overview", contest)


@allow("contest.see")
def overview(contest_id: UUID) -> ResponseReturnValue:
    """Where the contest stands, and the step that comes next."""
    contest = shown(db(), contest_id)
    stored, rulebook = version(db(), contest.rulebook_hash)
    begun = contest.state != "draft"
    return render_template(
        "county/contest.html",
        contest=contest,
        stage=course.stage_name(contest.state),
        steps=steps(db(), contest),
        stored=stored,
        rulebook=rulebook,
        on=next_step.step_on(db(), contest, me(), now()),
        back=next_step.step_back(contest, me()),
        lagging=[one for one in by_township(db(), contest) if one.missing] if begun else [],
        trial=last_trial(db(), contest),
        edition=last_edition(db(), contest),
    )


@allow("contest.run")
def begin(contest_id: UUID) -> ResponseReturnValue:
    """Open the year: from here its rules are fixed."""
    typed = form(StageForm(exclude=["after"]))
    contest = course.hold(db(), contest_id, typed["version"])
    course.open_contest(db(), me(), contest, signer(), now())
    flash(gettext("已开始收集，规则和通知正在发往乡镇和支部。"), "success")
    return to("overview", contest)


@allow("contest.run")
def move(contest_id: UUID) -> ResponseReturnValue:
    """One stage on, or a step back with its reason; entering the trial computes at once."""
    typed = form(StageForm())
    contest = course.hold(db(), contest_id, typed["version"])
    if typed["after"] not in ("collecting", "verifying", "trial"):
        # Publicity, lock and publication have their own conditions and their own doors.
        raise Refused("竞赛的这一步要在它自己的页面上办。")
    if contest.state == "draft":
        raise Refused("先从“开始收集”发出竞赛。")
    backward = course.ORDER.index(typed["after"]) < course.ORDER.index(contest.state)
    obstacle = None if backward else next_step.obstacle_to(db(), contest, me(), now())
    if obstacle:
        raise obstacle
    course.advance(db(), me(), contest, typed["after"], typed["reason"], signer(), now())
    if typed["after"] == "trial" and not backward:
        run_trial(db(), me(), contest, now())
        return to("trial", contest)
    flash(gettext("竞赛已进入“%(stage)s”。", stage=course.stage_name(contest.state)), "success")
    return to("overview", contest)


@allow("contest.see")
def history(contest_id: UUID) -> ResponseReturnValue:
    """Every step so far, by whom, when and why."""
    contest = shown(db(), contest_id)
    return render_template(
        "county/history.html",
        contest=contest,
        events=course.history(db(), contest),
        stage_name=course.stage_name,
        order=course.ORDER,
    )
