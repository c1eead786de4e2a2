"""The year-end appraisal: its steps for the branch, and a member's own page."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.appraisal import after, announcing, grading, settling, steps
from services.branch.appraisal.pages import (
    grades_page,
    member_page,
    members_page,
    own_page,
    said,
    steps_page,
    words_page,
)
from services.branch.appraisal.schemas import ProblemForm, ReasonForm, ReportForm, TieForm
from services.branch.appraisal.steps import Said
from services.branch.own.reading import own_member
from services.branch.roster.models import Member
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.asked_year import keep_year, year, years

appraisal = keep_year(Blueprint("appraisal", __name__, template_folder="templates", url_prefix="/appraisal"))
Errors = list[dict[str, str]]


def _do(act: Callable[[], object], again: Callable[[Errors], str], done: str, to: str) -> ResponseReturnValue:
    """Act and go on; where it is refused, the page again with the words."""
    try:
        act()
    except ValidationError as error:
        return again(told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        return again(said(refused)), refused.status
    flash(done, "success")
    return redirect(to, 303)


def _steps(errors: Errors) -> str:
    return render_template("branch/appraisal.html", **steps_page(errors))


def _grades(errors: Errors) -> str:
    return render_template("branch/appraisal_grades.html", **grades_page(errors))


# --- the branch ---


@appraisal.get("")
@allow("appraisal.hold")
def page() -> ResponseReturnValue:
    """The steps."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("年终评议"))
    return _steps([])


@appraisal.post("/steps/<code>/close")
@allow("appraisal.hold")
def close(code: str) -> ResponseReturnValue:
    """Close a step."""
    done, to = gettext("这一步已办结。"), url_for("appraisal.page")
    return _do(lambda: steps.close_step(db(), me(), village(), year(), code, now()), _steps, done, to)


@appraisal.post("/steps/<code>/skip")
@allow("appraisal.hold")
def skip(code: str) -> ResponseReturnValue:
    """Leave a step out, with a reason."""

    def act() -> None:
        steps.skip_step(db(), me(), village(), year(), code, form(ReasonForm())["reason"], now())

    return _do(act, _steps, gettext("这一步已省略，理由已记录。"), url_for("appraisal.page"))


@appraisal.post("/settle-again")
@allow("appraisal.hold")
def settle_again() -> ResponseReturnValue:
    """Work the bases out anew and tell the county the year anew."""

    def act() -> None:
        settling.settle_again(db(), me(), village(), year(), form(ReasonForm())["reason"], now())

    return _do(act, _steps, gettext("已重新核对基础分，并重新报县里。"), url_for("appraisal.page"))


@appraisal.get("/members")
@allow("appraisal.hold")
def members() -> ResponseReturnValue:
    """Everybody appraised."""
    year()
    return render_template("branch/appraisal_members.html", **members_page())


def _subject(member_id: UUID) -> Member:
    return steps.subject_of(db(), village(), year(), member_id, now())


@appraisal.get("/members/<uuid:member_id>")
@allow("appraisal.hold")
def member(member_id: UUID) -> ResponseReturnValue:
    """One member."""
    return render_template("branch/appraisal_member.html", **member_page(_subject(member_id)))


def _for(member_id: UUID, act: Callable[[], object], done: str) -> ResponseReturnValue:
    found = _subject(member_id)

    def again(errors: Errors) -> str:
        return render_template("branch/appraisal_member.html", **member_page(found, errors))

    return _do(act, again, done, url_for("appraisal.member", member_id=member_id))


@appraisal.post("/members/<uuid:member_id>/report")
@allow("appraisal.hold")
def report_for(member_id: UUID) -> ResponseReturnValue:
    """A self-report written down for somebody."""
    return _for(member_id, lambda: _report(member_id), gettext("已代为记下。"))


def _report(member_id: UUID) -> None:
    steps.report(db(), me(), village(), year(), member_id, form(ReportForm())["text"], now())


@appraisal.post("/members/<uuid:member_id>/problems")
@allow("appraisal.hold")
def problem_for(member_id: UUID) -> ResponseReturnValue:
    """A problem the organisation or the people found."""
    return _for(member_id, lambda: _problem(member_id), gettext("已记下。"))


def _problem(member_id: UUID) -> None:
    data = form(ProblemForm())
    steps.found_problem(db(), me(), village(), year(), member_id, data["problem"], data["found_by"], now())


@appraisal.post("/members/<uuid:member_id>/sign")
@allow("appraisal.hold")
def sign_for(member_id: UUID) -> ResponseReturnValue:
    """Feedback given face to face and signed on paper."""
    act = lambda: after.sign_feedback(db(), me(), village(), year(), member_id, now())  # noqa: E731
    return _for(member_id, act, gettext("已记下签收。"))


@appraisal.post("/members/<uuid:member_id>/problems/<uuid:problem_id>/done")
@allow("appraisal.hold")
def done_for(member_id: UUID, problem_id: UUID) -> ResponseReturnValue:
    """What was done about a problem."""
    return _for(member_id, lambda: _put_right(problem_id), gettext("已记下，等别人销号。"))


def _put_right(problem_id: UUID) -> None:
    after.put_right(db(), me(), village(), problem_id, form(ReasonForm())["reason"], now())


@appraisal.post("/members/<uuid:member_id>/problems/<uuid:problem_id>/settle")
@allow("appraisal.hold")
def settle(member_id: UUID, problem_id: UUID) -> ResponseReturnValue:
    """A problem is put right."""
    act = lambda: after.settle(db(), me(), village(), problem_id, now())  # noqa: E731
    return _for(member_id, act, gettext("已销号。"))


@appraisal.get("/check")
@allow("appraisal.hold")
def words_of_check() -> ResponseReturnValue:
    """Findings of the organisation check."""
    year()
    return render_template("branch/appraisal_words.html", **words_page("check"))


@appraisal.get("/opinion")
@allow("appraisal.hold")
def words_of_opinion() -> ResponseReturnValue:
    """The branch's opinions."""
    year()
    return render_template("branch/appraisal_words.html", **words_page("opinion"))


@appraisal.post("/words/<kind>")
@allow("appraisal.hold")
def say(kind: str) -> ResponseReturnValue:
    """Findings or opinions, all that are filled in."""
    if kind not in ("check", "opinion"):
        raise Absent

    def again(errors: Errors) -> str:
        return render_template("branch/appraisal_words.html", **words_page(kind, errors))

    return _do(
        lambda: steps.say(db(), me(), village(), year(), kind, _typed(), now()),
        again,
        gettext("已保存。"),
        url_for("appraisal.page"),
    )


def _typed() -> dict[UUID, Said]:
    found = {}
    for name, code in request.form.items():
        if name.startswith("code-") and code:
            key = name.removeprefix("code-")
            try:
                member_id = UUID(key)
            except ValueError as error:
                raise Absent from error
            reason = request.form.get(f"reason-{key}", "").replace("\0", "")[:400]
            found[member_id] = Said(code, reason)
    return found


# --- points and grades ---


@appraisal.get("/grades")
@allow("appraisal.hold")
def grades() -> ResponseReturnValue:
    """Points and grades."""
    year()
    return _grades([])


def _graded(act: Callable[[], object], done: str) -> ResponseReturnValue:
    return _do(act, _grades, done, url_for("appraisal.grades"))


@appraisal.post("/grades/work-out")
@allow("appraisal.hold")
def work_out() -> ResponseReturnValue:
    """Work points and grades out anew."""
    return _graded(
        lambda: grading.work_out(db(), me(), village(), year(), now()), gettext("已核算。核对后办结这一步。")
    )


@appraisal.post("/grades/tie")
@allow("appraisal.hold")
def tie() -> ResponseReturnValue:
    """A meeting's word on equals; the grading is worked out with it at once."""

    def act() -> None:
        data = form(TieForm())
        grading.decide_tie(db(), me(), village(), year(), data["members"], data["reason"], now())
        grading.work_out(db(), me(), village(), year(), now())

    return _graded(act, gettext("会议决定已记录，并重新核算。"))


@appraisal.post("/grades/publish")
@allow("appraisal.hold")
def publish() -> ResponseReturnValue:
    """Begin the publicity."""
    return _graded(
        lambda: announcing.begin_publicity(db(), me(), village(), year(), now()), gettext("开始公示。")
    )


@appraisal.post("/objections/<uuid:objection_id>/answer")
@allow("appraisal.hold")
def answer(objection_id: UUID) -> ResponseReturnValue:
    """Answer an objection."""

    def act() -> None:
        announcing.answer(db(), me(), village(), objection_id, form(ReasonForm())["reason"], now())

    return _graded(act, gettext("已答复，本人会看到。"))


@appraisal.post("/grades/file")
@allow("appraisal.hold")
def file() -> ResponseReturnValue:
    """Send it up."""
    return _graded(lambda: announcing.file_up(db(), me(), village(), year(), now()), gettext("已上报。"))


@appraisal.post("/grades/carry")
@allow("appraisal.hold")
def carry() -> ResponseReturnValue:
    """Carry next year's base."""
    return _graded(
        lambda: after.carry_bases(db(), me(), village(), year(), now()), gettext("下年基础分已结转。")
    )


# --- a member's own ---


def _me() -> Member:
    return own_member(db(), village().id, me().person_id)


def _own(errors: Errors) -> str:
    return render_template("branch/appraisal_own.html", **own_page(_me(), errors))


def _mine(act: Callable[[], object], done: str) -> ResponseReturnValue:
    return _do(act, _own, done, url_for("appraisal.own"))


@appraisal.get("/own")
@allow("own.see")
def own() -> ResponseReturnValue:
    """My appraisal."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("年终评议"))
    return _own([])


@appraisal.post("/own/report")
@allow("own.see")
def report() -> ResponseReturnValue:
    """My self-report."""
    return _mine(lambda: _report(_me().id), gettext("述职已提交，本环节办结前可以再改。"))


@appraisal.post("/own/problems")
@allow("own.see")
def problem() -> ResponseReturnValue:
    """A problem I found myself."""
    return _mine(lambda: _problem(_me().id), gettext("已记下。"))


@appraisal.post("/own/object")
@allow("own.see")
def object_to() -> ResponseReturnValue:
    """My objection."""

    def act() -> None:
        announcing.object_to(db(), me(), village(), year(), form(ReasonForm())["reason"], now())

    return _mine(act, gettext("异议已提交，支部会答复。"))


@appraisal.post("/own/sign")
@allow("own.see")
def sign() -> ResponseReturnValue:
    """I have read the feedback."""
    return _mine(
        lambda: after.sign_feedback(db(), me(), village(), year(), _me().id, now()), gettext("已签收。")
    )


@appraisal.post("/own/problems/<uuid:problem_id>/done")
@allow("own.see")
def put_right(problem_id: UUID) -> ResponseReturnValue:
    """What I did about a problem."""
    return _mine(lambda: _put_right(problem_id), gettext("已记下，等支部销号。"))
