"""Commitments at the branch and at the member: proposed, reviewed, published, kept, judged."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.commitments import keeping, proposing
from services.branch.commitments.models import Commitment, Problem
from services.branch.commitments.pages import (
    entered_of,
    form_page,
    ledger_page,
    one_page,
    own_page,
    pointed_out,
    sheet_page,
)
from services.branch.commitments.schemas import (
    CommitmentForm,
    DropForm,
    JudgeForm,
    ProgressForm,
    ReasonForm,
    Selection,
    TaskForm,
)
from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import SIGNED_IN, allow
from shared.kit.web import db, form, me, now
from shared.rules.commitments import Fit
from shared.sync.asked_year import keep_year, year, year_named, years

commitments = keep_year(
    Blueprint("commitments", __name__, template_folder="templates", url_prefix="/commitments")
)


def _own_id() -> UUID:
    """The signed-in person as a member of this branch. Raises Absent."""
    person = me().person_id
    if person is None:
        raise Absent
    return member_of(db(), village().id, person).id


def _said(refused: Refused) -> list[dict[str, str]]:
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


# --- a member's own ---


@commitments.get("/own")
@allow("own.see")
def own() -> ResponseReturnValue:
    """My commitments."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("我的承诺"))
    return render_template("branch/commitments_own.html", **own_page(_own_id()))


@commitments.get("/own/new")
@allow("claim.file")
def own_form() -> ResponseReturnValue:
    """The form; one that was returned, or a problem of last year, stands in it already."""
    return render_template("branch/commitment_form.html", **_own_form(_typed_before()))


def _typed_before() -> dict[str, str]:
    """What the form begins with: the commitment that was returned, or the problem to be solved."""
    again, problem = request.args.get("again", ""), request.args.get("problem", "")
    if again:
        one = _commitment(_uuid(again))
        if one.member_id != _own_id() or one.state != "returned":
            raise Absent
        names = ("what", "for_whom", "target", "measure", "due", "span")
        return {"id": str(one.id), **{name: str(getattr(one, name) or "") for name in names}}
    if problem:
        return {"problem": problem, "what": _problem(_uuid(problem)).text}
    return {}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Absent from error


def _due_fault(due: date | None) -> list[dict[str, str]]:
    """A commitment is kept or not within its year."""
    if due is None or due.year == year().year:
        return []
    return [{"field": "due", "message": gettext("期限要在 %(year)s 年内。", year=year().year)}]


def _own_form(typed: dict[str, str], **more: object) -> dict[str, object]:
    back = {"label": gettext("我的承诺"), "href": url_for("commitments.own")}
    return form_page(url_for("commitments.own_propose"), back, typed, **more)  # type: ignore[arg-type]


@commitments.post("/own/new")
@allow("claim.file")
def own_propose() -> ResponseReturnValue:
    """Propose it; what the checks point out is shown first, and it is sent all the same if wished."""
    typed = request.form.to_dict()
    try:
        data = form(CommitmentForm())
    except ValidationError as error:
        return render_template("branch/commitment_form.html", **_own_form(typed, errors=told(error))), 422
    if late := _due_fault(data["due"]):
        return render_template("branch/commitment_form.html", **_own_form(typed, errors=late)), 422
    entered = entered_of(data, _own_id())
    found = pointed_out(entered)
    if found and not data["confirmed"]:
        return render_template("branch/commitment_form.html", **_own_form(typed, found=found))
    proposing.propose(db(), me(), village(), year(), [entered], now())
    flash(gettext("已提交，等支部审诺。"), "success")
    return redirect(url_for("commitments.own"), 303)


# --- the branch ---


@commitments.get("")
@allow("commitment.see")
def ledger() -> ResponseReturnValue:
    """Every commitment of the year, in order of work."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("承诺台账"))
    return render_template("branch/commitments.html", **ledger_page())


@commitments.post("/publish")
@allow("commitment.review")
def publish() -> ResponseReturnValue:
    """Accept and publish the ticked proposals, all or none."""
    return _decide(
        Selection,
        lambda data: proposing.publish(db(), me(), village(), data["selected"], now()),
        lambda count: gettext("已公布 %(count)s 条承诺。", count=count),
    )


@commitments.post("/return")
@allow("commitment.review")
def give_back() -> ResponseReturnValue:
    """Return the ticked proposals with a reason; the first post asks for it."""
    if "reason" not in request.form and request.form.getlist("selected"):
        return _ask_reason([], 200)
    try:
        data = form(ReasonForm())
    except ValidationError as error:
        return _ask_reason(told(error), 422)
    return _decide(
        Selection,
        lambda chosen: proposing.give_back(db(), me(), village(), chosen["selected"], data["reason"], now()),
        lambda count: gettext("已退回 %(count)s 条，本人会看到理由。", count=count),
    )


def _ask_reason(errors: list[dict[str, str]], status: int) -> ResponseReturnValue:
    chosen = request.form.getlist("selected")
    page = render_template(
        "branch/claims_reason.html",
        title=gettext("退回 %(count)s 条承诺", count=len(chosen)),
        selected=chosen,
        action=url_for("commitments.give_back"),
        label=gettext("退回给本人"),
        back=url_for("commitments.ledger"),
        errors=errors,
        reason=request.form.get("reason", ""),
    )
    return page, status


def _decide(
    schema: type[Selection], act: Callable[[dict[str, object]], int], said: Callable[[int], str]
) -> ResponseReturnValue:
    try:
        count = act(form(schema()))
    except ValidationError as error:
        return render_template("branch/commitments.html", **ledger_page(told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template("branch/commitments.html", **ledger_page(_said(refused))), refused.status
    flash(said(count), "success")
    return redirect(url_for("commitments.ledger"), 303)


@commitments.get("/new")
@allow("commitment.review")
def task_form() -> ResponseReturnValue:
    """Where the branch enters a task: for a member, or for itself."""
    return render_template("branch/commitment_form.html", **_task_form(request.args.to_dict()))


def _task_form(typed: dict[str, str], **more: object) -> dict[str, object]:
    back = {"label": gettext("承诺台账"), "href": url_for("commitments.ledger")}
    action = url_for("commitments.task")
    return form_page(action, back, typed, branch=True, **more)  # type: ignore[arg-type]


@commitments.post("/new")
@allow("commitment.review")
def task() -> ResponseReturnValue:
    """Set a task, with its origin and the branch's three tests."""
    typed = request.form.to_dict()
    try:
        data = form(TaskForm())
    except ValidationError as error:
        return render_template("branch/commitment_form.html", **_task_form(typed, errors=told(error))), 422
    if late := _due_fault(data["due"]):
        return render_template("branch/commitment_form.html", **_task_form(typed, errors=late)), 422
    fit = Fit(data["wishes"], data["strengths"], data["needs"])
    entered = entered_of(data, data["member"], origin=data["origin"], fit=fit)
    found = pointed_out(entered)
    if found and not data["confirmed"]:
        return render_template("branch/commitment_form.html", **_task_form(typed, found=found))
    proposing.propose(db(), me(), village(), year(), [entered], now())
    own = gettext("已提出，等另一位委员公布。")
    flash(gettext("已列入任务清单。") if entered.member_id else own, "success")
    return redirect(url_for("commitments.ledger"), 303)


@commitments.get("/sheets/<uuid:member_id>")
@allow("commitment.see")
def sheet(member_id: UUID) -> ResponseReturnValue:
    """A member's task sheet."""
    member = member_of(db(), village().id, member_id)
    return render_template("branch/task_sheet.html", **sheet_page(member))


# --- one commitment ---


def _commitment(commitment_id: UUID) -> Commitment:
    if not years():
        raise Absent
    return keeping.commitment_of(db(), village(), commitment_id)


def _member(one: Commitment) -> Member | None:
    return db().get(Member, (one.unit_id, one.member_id)) if one.member_id else None


@commitments.get("/<uuid:commitment_id>")
@allow(SIGNED_IN)
def page(commitment_id: UUID) -> ResponseReturnValue:
    """One commitment with what was done on it."""
    one = _commitment(commitment_id)
    return render_template("branch/commitment.html", **one_page(one, _member(one)))


@commitments.post("/<uuid:commitment_id>/progress")
@allow("claim.file")
def add_progress(commitment_id: UUID) -> ResponseReturnValue:
    """Note what was done; a member's points for it are claimed by the same entry."""
    one = _commitment(commitment_id)
    try:
        data = form(ProgressForm())
        keeping.add_progress(
            db(),
            me(),
            village(),
            year_named(one.year),
            one,
            data["id"],
            data["day"],
            data["amount"],
            data["what"],
            data["witness"],
            now(),
        )
    except ValidationError as error:
        return render_template("branch/commitment.html", **one_page(one, _member(one), told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template(
            "branch/commitment.html", **one_page(one, _member(one), _said(refused))
        ), refused.status
    flash(gettext("已记下。积分申报一并报上去了。") if one.member_id else gettext("已记下。"), "success")
    return redirect(url_for("commitments.page", commitment_id=one.id), 303)


@commitments.post("/<uuid:commitment_id>/judge")
@allow("commitment.review")
def judge(commitment_id: UUID) -> ResponseReturnValue:
    """Judge it, by its count or by hand."""
    one = _commitment(commitment_id)
    try:
        data = form(JudgeForm())
        picked = proposing.Picked(one.id, data["version"])
        share = {"done": 100, "not": 0}.get(data["verdict"], data["share"]) * 100
        keeping.judge_commitment(db(), me(), village(), picked, now(), data["verdict"], share)
    except ValidationError as error:
        return render_template("branch/commitment.html", **one_page(one, _member(one), told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template(
            "branch/commitment.html", **one_page(one, _member(one), _said(refused))
        ), refused.status
    flash(gettext("已评诺。"), "success")
    return redirect(url_for("commitments.ledger"), 303)


# --- problems of last year ---


def _problem(problem_id: UUID) -> Problem:
    found = db().get(Problem, problem_id)
    own = found is not None and found.member_id == me().person_id
    if found is None or found.unit_id != village().id or not (own or me().may("commitment.review")):
        raise Absent
    return found


@commitments.post("/problems/<uuid:problem_id>/drop")
@allow("claim.file")
def drop(problem_id: UUID) -> ResponseReturnValue:
    """Ask that a problem be not carried on, with a reason."""
    problem = _problem(problem_id)
    proposing.ask_to_drop(db(), me(), problem, form(DropForm())["reason"], now())
    flash(gettext("已提交，等支部同意。"), "success")
    return redirect(url_for("commitments.own" if problem.member_id else "commitments.ledger"), 303)


@commitments.post("/problems/<uuid:problem_id>/accept-drop")
@allow("commitment.review")
def accept_drop(problem_id: UUID) -> ResponseReturnValue:
    """The branch lets it drop."""
    proposing.accept_drop(db(), me(), village(), _problem(problem_id), now())
    flash(gettext("已同意不列入。"), "success")
    return redirect(url_for("commitments.ledger"), 303)
