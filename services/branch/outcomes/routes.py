"""Outcomes at the branch: the shared room, and what members ask for."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.outcomes import asking
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.place import PLACE
from services.branch.outcomes.waiting import proposed_codes
from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from services.branch.roster.reading import members
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import N_, named
from shared.kit.web import db, form, me, now
from shared.outcomes import wording
from shared.outcomes.desk import CaseRefused
from shared.outcomes.pages import chosen_year, said
from shared.outcomes.routes import outcomes_blueprint
from shared.outcomes.schemas import AskForm
from shared.outcomes.voice import case_for
from shared.sync.asked_year import year_named
from shared.sync.years import MemberYear

outcomes = outcomes_blueprint(PLACE)


@outcomes.route("/tolerance", methods=["GET", "POST"])
@allow("outcome.speak")
def tolerance() -> ResponseReturnValue:
    """Apply for fault tolerance."""
    year = year_named(chosen_year(PLACE))
    if year.closed is not None:
        raise Refused(N_("%(year)s 年度已经关闭，不能再申请容错；本人有异议的走申诉。"), year=year.year)

    def act(data: dict[str, Any], member_id: UUID) -> None:
        codes = data["codes"]
        asking.apply_for_tolerance(
            db(), me(), village(), year, data["id"], member_id, codes, data["text"], now()
        )

    page = {
        "title": gettext("申请容错"),
        "note": gettext("申请办理期间，所列结果暂不决定；违纪违法不在容错之列。"),
        **_shieldable(year, _whose()),
        "action": url_for("outcomes.tolerance", year=year.year),
    }
    return _ask(page, year.year, act)


def _whose() -> Member | None:
    """Whom the application is about: who asks, or whom the branch has chosen. Raises Absent."""
    asked = me().person_id if me().scope.person is not None else request.values.get("member", "")
    try:
        return member_of(db(), village().id, UUID(str(asked)))
    except ValueError:
        return None


def _shieldable(year: MemberYear, member: Member | None) -> dict[str, Any]:
    """What can be held back for this member: first what he was heard on, the rest folded away.

    The branch chooses first whom it asks for: what may follow depends on who it is.
    """
    if member is None:
        return {"codes": [], "others": [], "choosing": True}
    possible = asking.may_be_shielded(db(), member, year)
    codes = [
        {"value": one.code, "label": named(one), "what": wording.what(year.outcomes, one.code)}
        for one in year.outcomes.rules
        if one.code in possible
    ]
    nothing = "" if codes else gettext("按本人的格次和身份，没有可以申请容错的结果。")
    if me().scope.person is None:
        return {"codes": codes, "others": [], "nothing": nothing, "whose": member}
    waiting = proposed_codes(db(), me().person_id, year.year)
    return {
        "nothing": nothing,
        "codes": [one for one in codes if one["value"] in waiting],
        "others": [one for one in codes if one["value"] not in waiting],
    }


@outcomes.route("/grade-appeal", methods=["GET", "POST"])
@allow("outcome.speak")
def grade_appeal() -> ResponseReturnValue:
    """Appeal against a grade."""
    year = year_named(chosen_year(PLACE))

    def act(data: dict[str, Any], member_id: UUID) -> None:
        asking.appeal_grade(db(), me(), village(), year, data["id"], member_id, data["text"], now())

    page = {
        "title": gettext("对格次申诉"),
        "note": gettext("由县里没有参与原决定的人办理；申诉成立的，所有后果逐级撤销，基础分一并更正。"),
        "codes": [],
        "others": [],
        "action": url_for("outcomes.grade_appeal", year=year.year),
    }
    return _ask(page, year.year, act)


@outcomes.route("/<uuid:case_id>/appeal", methods=["GET", "POST"])
@allow("outcome.speak")
def appeal(case_id: UUID) -> ResponseReturnValue:
    """Appeal against an outcome."""
    found = case_for(db(), DESK, me(), case_id).case
    name = wording.case_name(DESK.rulebook(db(), found.rulebook), found)

    def act(data: dict[str, Any], _member_id: UUID) -> None:
        asking.appeal_outcome(db(), me(), village(), data["id"], case_id, data["text"], now())

    page = {
        "title": gettext("申诉：%(about)s", about=name),
        "note": gettext("由县里没有参与原决定的人办理。"),
        "codes": [],
        "others": [],
        "action": url_for("outcomes.appeal", case_id=case_id),
        "about": found.member_id,
    }
    return _ask(page, found.year, act)


def _ask(page: dict[str, Any], year: int, act: Callable[[dict[str, Any], UUID], None]) -> ResponseReturnValue:
    """The form, or what was posted in it."""
    if request.method == "GET":
        return _form(page, year, [])
    try:
        data = form(AskForm())
        act(data, page.get("about") or _about(data))
    except ValidationError as error:
        return _form(page, year, told(error)), 422
    except Absent:
        raise
    except CaseRefused as refused:
        return _form(page, year, said(refused)), refused.status
    except Refused as refused:
        words = gettext(refused.message) % refused.values
        return _form(page, year, [{"field": "", "message": words}]), refused.status
    flash(gettext("已提出，正在报县里。办理情况会显示在这里。"), "success")
    return redirect(url_for("outcomes.one", case_id=data["id"]), 303)


def _about(data: dict[str, Any]) -> UUID:
    """Whom it is about: the member who asks, or who the branch asks for."""
    if me().scope.person is not None:
        person = me().person_id
        if person is None:
            raise Absent
        return person
    if data["member"] is None:
        raise ValidationError({"member": [gettext("请选党员。")]})
    member: UUID = data["member"]
    return member


def _form(page: dict[str, Any], year: int, errors: Sequence[dict[str, str]]) -> str:
    typed = request.form
    choose = me().scope.person is None and "about" not in page and "whose" not in page
    return render_template(
        "outcomes/ask.html",
        **page,
        id=typed.get("id") or str(uuid4()),
        year=year,
        typed=typed,
        ticked=typed.getlist("codes"),
        members=[
            {"value": one.id, "label": one.name, "selected": str(one.id) == typed.get("member")}
            for one in members(db(), village().id, civil(now()).date())
        ]
        if choose
        else [],
        errors=list(errors),
    )
