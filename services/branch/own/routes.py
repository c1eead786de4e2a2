"""A member's own pages, made for a phone: file one thing, see what became of it, see how it counted."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.own.pages import choose_page, claims_page, form_page, home_page, member, points_page
from services.branch.points import deciding, filing
from services.branch.points.models import Claim
from services.branch.points.reading import claim_of
from services.branch.village import village
from shared.kit.entries import EntryForm, ReplyForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.rules.points.claims import Claimed
from shared.sync.asked_year import keep_year, year_named, year_of_day

own = keep_year(Blueprint("own", __name__, template_folder="templates", url_prefix="/my"))


@own.get("")
@allow("own.see")
def home() -> ResponseReturnValue:
    """The first page of a member."""
    return render_template("branch/own_home.html", **home_page())


@own.get("/claims")
@allow("own.see")
def claims() -> ResponseReturnValue:
    """What I filed."""
    return render_template("branch/own_claims.html", **claims_page())


@own.get("/points")
@allow("own.see")
def points() -> ResponseReturnValue:
    """How my points came about."""
    return render_template("branch/own_points.html", **points_page())


@own.get("/new")
@allow("claim.file")
def choose() -> ResponseReturnValue:
    """Which thing was done."""
    return render_template("branch/own_choose.html", **choose_page())


@own.get("/file")
@allow("claim.file")
def file_form() -> ResponseReturnValue:
    """The form for one item, mostly filled in."""
    page = form_page()
    if page["item"] is None:
        return _unknown_item()
    return render_template("branch/own_file.html", **page)


@own.post("/file")
@allow("claim.file")
def file() -> ResponseReturnValue:
    """File it; the same form sent twice files it once."""
    try:
        data = form(EntryForm())
    except ValidationError as error:
        return _form_again(told(error))
    claimed = Claimed(data["item"], data["day"], data["times"], data["what"], data["witness"])
    new = filing.NewClaim(data["id"], member().id, claimed)
    try:
        filing.file_claims(db(), me(), village(), year_of_day(data["day"]), [new], now())
    except filing.Unclaimable as refused:
        field = {"evidence": "witness", "too_short": "what", "times": "times"}.get(refused.code, "day")
        words = gettext(refused.message) % refused.values
        return _form_again([{"field": field if refused.code != "unknown_item" else "", "message": words}])
    return redirect(url_for("own.done", claim_id=data["id"]), 303)


def _form_again(errors: list[dict[str, str]]) -> ResponseReturnValue:
    page = form_page(errors)
    if page["item"] is None:
        return _unknown_item()
    return render_template("branch/own_file.html", **page), 422


def _unknown_item() -> ResponseReturnValue:
    words = filing.WORDS["unknown_item"]
    flash(gettext(words), "warning")
    return redirect(url_for("own.choose"), 303)


@own.get("/claims/<uuid:claim_id>/done")
@allow("claim.file")
def done(claim_id: UUID) -> ResponseReturnValue:
    """The confirmation with its number."""
    row = _mine(claim_id)
    return render_template("branch/own_done.html", row=row)


@own.post("/claims/<uuid:claim_id>/withdraw")
@allow("claim.file")
def withdraw(claim_id: UUID) -> ResponseReturnValue:
    """Take one back while nobody has decided it."""
    of = _mine(claim_id).claim.year
    deciding.withdraw(db(), me(), village(), year_named(of), claim_id, now())
    flash(gettext("已撤回。"), "success")
    return redirect(url_for("own.claims", year=of), 303)


@own.get("/claims/<uuid:claim_id>/reply")
@allow("own.see")
def reply_form(claim_id: UUID) -> ResponseReturnValue:
    """Where a member answers a deduction."""
    return render_template("branch/own_reply.html", row=_mine(claim_id), errors=[], reply="")


@own.post("/claims/<uuid:claim_id>/reply")
@allow("own.see")
def reply(claim_id: UUID) -> ResponseReturnValue:
    """The member's word, before the branch decides."""
    row = _mine(claim_id)
    try:
        words = form(ReplyForm())["reply"]
        deciding.reply(db(), me(), village(), claim_id, words, now())
    except ValidationError as error:
        typed = request.form.get("reply", "")
        return render_template("branch/own_reply.html", row=row, errors=told(error), reply=typed), 422
    except Refused as refused:
        if refused.status == Absent.status:
            raise
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return render_template("branch/own_reply.html", row=row, errors=errors, reply=""), refused.status
    flash(gettext("您的说明已交给支部。"), "success")
    return redirect(url_for("own.claims", year=row.claim.year), 303)


def _mine(claim_id: UUID) -> Any:
    """One of the member's own claims. Raises Absent."""
    claim = db().get(Claim, claim_id)
    if claim is None or claim.member_id != member().id:
        raise Absent
    return claim_of(db(), village().id, year_named(claim.year), claim_id)
