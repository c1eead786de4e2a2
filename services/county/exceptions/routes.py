"""Leave to file late: who has it, who had it, giving it and taking it back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest import course
from services.county.contest.course_views import signer
from services.county.contest.models import Contest
from services.county.contest.records import township_names
from services.county.contest.stages import shown
from services.county.exceptions import actions
from services.county.exceptions.models import FilingLeave
from services.county.exceptions.schemas import GrantForm, RevokeForm
from services.county.returns.progress import by_village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now

exceptions = Blueprint(
    "exceptions", __name__, url_prefix="/contests/<uuid:contest_id>/late", template_folder="templates"
)


@exceptions.get("")
@allow("contest.see")
def page(contest_id: UUID) -> ResponseReturnValue:
    """Who may file late, who might, and how."""
    return _page(shown(db(), contest_id), request.args, [])


def _page(contest: Contest, typed: Any, errors: list[dict[str, str]]) -> ResponseReturnValue:
    towns, current = township_names(db()), actions.current_exceptions(db(), contest, now())
    lasting = {one.id for one, _unit in current}
    open_stage = contest.state in actions.OPEN_STAGES
    answer = render_template(
        "county/late.html",
        contest=contest,
        towns=towns,
        current=current,
        ended=[
            (one, unit, _end(one))
            for one, unit in actions.exceptions_of(db(), contest)
            if one.id not in lasting
        ],
        villages=_without_leave(contest, lasting) if open_stage else [],
        may_grant=open_stage and me().may("exception.grant"),
        open_stage=open_stage,
        stage=course.stage_name(contest.state),
        typed=typed,
        errors=errors,
    )
    return answer, 422 if errors else 200


def _without_leave(contest: Contest, lasting: set[UUID]) -> list[Any]:
    having = {one.unit_id for one, _unit in actions.exceptions_of(db(), contest) if one.id in lasting}
    return [
        one.unit for one in by_village(db(), contest) if one.state == "missing" and one.unit.id not in having
    ]


def _end(one: FilingLeave) -> str:
    if one.revoked_at is None:
        return gettext("已到期，或竞赛已进入试算")
    return gettext("%(who)s收回：%(reason)s", who=one.revoked_by, reason=one.revoke_reason)


@exceptions.post("")
@allow("exception.grant")
def grant(contest_id: UUID) -> ResponseReturnValue:
    """Let one village file late."""
    contest = course.hold(db(), contest_id)
    try:
        typed = form(GrantForm())
        actions.grant(db(), me(), contest, typed["village"], typed["until"], typed["reason"], signer(), now())
    except ValidationError as error:
        return _page(contest, request.form, told(error))
    except Absent:
        raise
    except Refused as refused:
        words = gettext(refused.message) % refused.values
        return _page(contest, request.form, [{"field": "until", "message": words}])
    flash(gettext("已准予延期，正在通知乡镇和支部。"), "success")
    return redirect(url_for("exceptions.page", contest_id=contest.id), 303)


@exceptions.post("/<uuid:leave_id>/revoke")
@allow("exception.grant")
def revoke(contest_id: UUID, leave_id: UUID) -> ResponseReturnValue:
    """Take leave back."""
    contest = course.hold(db(), contest_id)
    try:
        typed = form(RevokeForm())
    except ValidationError as error:
        return _page(contest, {}, [{**one, "field": f"reason-{leave_id}"} for one in told(error)])
    actions.revoke(db(), me(), contest, leave_id, typed["reason"], signer(), now())
    flash(gettext("已收回，支部收到后不能再报。"), "success")
    return redirect(url_for("exceptions.page", contest_id=contest.id), 303)
