"""Points at the branch: review in bulk, filing for others, months closed."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid5

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.points import closing, deciding, filing
from services.branch.points.deciding import Chosen
from services.branch.points.entering import entry_page
from services.branch.points.pages import STATES, month_page, months_page, review_page
from services.branch.points.schemas import CloseForm, ProxyForm, ReasonForm, Selection
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told, typed_points
from shared.kit.guard import allow
from shared.kit.i18n import N_
from shared.kit.web import db, form, me, now
from shared.rules.points.claims import Claimed
from shared.sync.asked_year import keep_year, year, year_of_day, years

SENT = N_("%(month)s 月已结账，正在上报乡镇。")
points = keep_year(Blueprint("points", __name__, template_folder="templates", url_prefix="/points"))


@points.get("")
@allow("points.see")
def review() -> ResponseReturnValue:
    """Claims, those to be looked at first."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("积分审核"))
    state = request.args.get("state", "waiting")
    if state not in dict(STATES):
        raise Absent
    return render_template("branch/claims.html", **review_page(state))


@points.post("/approve")
@allow("claim.review")
def approve() -> ResponseReturnValue:
    """Approve the ticked claims, all or none."""
    return _decide(
        lambda chosen: deciding.approve(
            db(), me(), village(), year(), [_priced(one) for one in chosen], now()
        ),
        lambda count: gettext("已通过 %(count)s 条。结账之前可以在“已通过”里撤回审核。", count=count),
    )


def _priced(one: Chosen) -> Chosen:
    """The points typed beside a claim whose item has a range; hundredths. Raises Refused."""
    typed = request.form.get(f"points-{one.id}", "").strip()
    if not typed:
        return one
    return replace(one, points=typed_points(typed))


@points.post("/reopen")
@allow("claim.review")
def reopen() -> ResponseReturnValue:
    """Take approvals back while their month is open."""
    return _decide(
        lambda chosen: deciding.reopen(db(), me(), village(), chosen, now()),
        lambda count: gettext("已撤回 %(count)s 条的审核。", count=count),
    )


@points.post("/return")
@allow("claim.review")
def give_back() -> ResponseReturnValue:
    """Return the ticked claims with a reason; the first post asks for it."""
    return _with_reason(
        "points.give_back",
        deciding.give_back,
        gettext("退回 %(count)s 条申报"),
        gettext("退回给本人"),
        lambda count: gettext("已退回 %(count)s 条，本人会看到理由。", count=count),
    )


@points.post("/decline")
@allow("claim.review")
def decline() -> ResponseReturnValue:
    """Do not recognise claims that nobody could put right any more; the first post asks for the reason."""
    return _with_reason(
        "points.decline",
        deciding.decline,
        gettext("不予认定 %(count)s 条申报"),
        gettext("不予认定"),
        lambda count: gettext("%(count)s 条不予认定，本人会看到理由。", count=count),
    )


@points.post("/strike")
@allow("claim.review")
def strike() -> ResponseReturnValue:
    """Strike approved claims with a reason; the first post asks for it."""
    return _with_reason(
        "points.strike",
        deciding.strike,
        gettext("冲销 %(count)s 条已通过的申报"),
        gettext("冲销"),
        lambda count: gettext("已冲销 %(count)s 条，差额记入下一次月报。", count=count),
    )


def _with_reason(
    endpoint: str,
    act: Callable[..., int],
    title: str,
    label: str,
    said: Callable[[int], str],
) -> ResponseReturnValue:
    chosen = _chosen()
    asked = {
        "title": title % {"count": len(chosen)},
        "selected": request.form.getlist("selected"),
        "action": url_for(endpoint),
        "label": label,
        "back": url_for("points.review"),
    }
    if "reason" not in request.form:
        return render_template("branch/claims_reason.html", **asked, errors=[], reason="")
    try:
        reason = form(ReasonForm())["reason"]
    except ValidationError as error:
        shown = {"errors": told(error), "reason": request.form["reason"]}
        return render_template("branch/claims_reason.html", **asked, **shown), 422
    return _done(lambda: act(db(), me(), village(), chosen, reason, now()), said)


def _chosen() -> list[Chosen]:
    chosen: list[Chosen] = form(Selection())["selected"]
    return chosen


def _decide(act: Callable[[list[Chosen]], int], said: Callable[[int], str]) -> ResponseReturnValue:
    try:
        chosen = _chosen()
    except ValidationError as error:
        return _again(told(error)[0]["message"], 422)
    return _done(lambda: act(chosen), said)


def _done(act: Callable[[], int], said: Callable[[int], str]) -> ResponseReturnValue:
    try:
        count = act()
    except Absent:
        raise
    except Refused as refused:
        return _again(gettext(refused.message) % refused.values, refused.status)
    flash(said(count), "success")
    return redirect(url_for("points.review"), 303)


def _again(words: str, status: int) -> ResponseReturnValue:
    page = review_page(errors=[{"field": "", "message": words}])
    return render_template("branch/claims.html", **page), status


# --- filing for others ---


@points.get("/new")
@allow("claim.proxy")
def enter() -> ResponseReturnValue:
    """The form with which the branch files for one member or a whole meeting."""
    return render_template("branch/claim_new.html", **entry_page())


@points.post("/new")
@allow("claim.proxy")
def file() -> ResponseReturnValue:
    """File for every member ticked, all or none; sending the same form twice files it once."""
    try:
        data = form(ProxyForm())
    except ValidationError as error:
        return render_template("branch/claim_new.html", **entry_page(told(error))), 422
    claimed = Claimed(data["item"], data["day"], data["times"], data["what"], data["witness"])
    # One id per member out of the form's: the same form again gives the same ids.
    entered = [filing.NewClaim(uuid5(data["id"], str(member)), member, claimed) for member in data["members"]]
    of = year_of_day(data["day"])
    try:
        filed = filing.file_claims(db(), me(), village(), of, entered, now())
    except filing.Unclaimable as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return render_template("branch/claim_new.html", **entry_page(errors)), 422
    flash(gettext("已为 %(count)s 人登记，等审核。", count=len(filed)), "success")
    return redirect(url_for("points.review", year=of.year), 303)


# --- months ---


@points.get("/months")
@allow("points.see")
def months() -> ResponseReturnValue:
    """The year's months."""
    return render_template("branch/months.html", **months_page())


@points.get("/months/<int:month>")
@allow("points.see")
def month(month: int) -> ResponseReturnValue:
    """One month, closed or as it would be."""
    _real(month)
    return render_template("branch/month.html", **month_page(month))


@points.post("/months/<int:month>/close")
@allow("month.close")
def close(month: int) -> ResponseReturnValue:
    """Close the month, or answer the township that sent it back."""
    _real(month)
    note = form(CloseForm())["note"]
    try:
        closing.close_month(db(), me(), village(), year(), month, now(), note)
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return render_template("branch/month.html", **month_page(month, errors)), refused.status
    words = N_("%(month)s 月已结账，等党总支审核。") if village().general_id else SENT
    flash(gettext(words, month=month), "success")
    return redirect(url_for("points.months", year=year().year), 303)


def _real(month: int) -> None:
    if not 1 <= month <= 12:
        raise Absent
