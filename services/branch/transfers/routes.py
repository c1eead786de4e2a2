"""Members who move: offered, taken in or not, handed over."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.points import carried
from services.branch.transfers import actions
from services.branch.transfers.pages import list_page, member_to_move, offer_page, transfer_page
from services.branch.transfers.reading import transfer_of
from services.branch.transfers.schemas import AcceptForm, OfferForm, RefuseForm, StrikeForm
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.web import db, form, me, now
from shared.sync.asked_year import years

transfers = Blueprint("transfers", __name__, template_folder="templates", url_prefix="/transfers")


@transfers.get("")
@allow("roster.see")
def page() -> ResponseReturnValue:
    """Transfers in order of work."""
    return render_template("branch/transfers.html", **list_page())


@transfers.get("/of/<uuid:member_id>")
@allow("roster.edit")
def offer_form(member_id: UUID) -> ResponseReturnValue:
    """The form that offers a member to another branch."""
    return render_template("branch/transfer_offer.html", **offer_page(member_to_move(member_id)))


@transfers.post("/of/<uuid:member_id>")
@allow("roster.edit")
def offer(member_id: UUID) -> ResponseReturnValue:
    """Offer the member."""
    member = member_to_move(member_id)
    try:
        data = form(OfferForm())
        new = actions.Offer(member_id, data["target"].strip(), data["note"])
        made = actions.offer(db(), me(), village(), new, now())
    except ValidationError as error:
        return render_template("branch/transfer_offer.html", **offer_page(member, told(error))), 422
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return render_template("branch/transfer_offer.html", **offer_page(member, errors)), refused.status
    flash(gettext("已提出。对方支部接收之前，仍由本支部负责。"), "success")
    return redirect(url_for("transfers.one", transfer_id=made), 303)


@transfers.get("/<uuid:transfer_id>")
@allow("roster.see")
def one(transfer_id: UUID) -> ResponseReturnValue:
    """One transfer."""
    return _page(transfer_id, ())


def _page(transfer_id: UUID, errors: Any) -> str:
    found = transfer_of(db(), village().id, transfer_id)
    return render_template("branch/transfer.html", **transfer_page(found, errors))


@transfers.post("/<uuid:transfer_id>/accept")
@allow("roster.edit")
def accept(transfer_id: UUID) -> ResponseReturnValue:
    """Take the member in."""

    def act() -> str:
        since = form(AcceptForm())["since"]
        actions.accept(db(), me(), village(), transfer_id, since, now())
        return gettext("已接收。对方支部办结之后，党员和积分会自动转过来。")

    return _act(transfer_id, act)


@transfers.post("/<uuid:transfer_id>/refuse")
@allow("roster.edit")
def refuse(transfer_id: UUID) -> ResponseReturnValue:
    """Turn the offer down."""

    def act() -> str:
        reason = form(RefuseForm())["reason"]
        actions.refuse(db(), me(), village(), transfer_id, reason, now())
        return gettext("已答复对方支部。")

    return _act(transfer_id, act)


@transfers.post("/<uuid:transfer_id>/withdraw")
@allow("roster.edit")
def withdraw(transfer_id: UUID) -> ResponseReturnValue:
    """Take the offer back."""

    def act() -> str:
        actions.withdraw(db(), me(), village(), transfer_id, now())
        return gettext("已撤回，仍是本支部的党员。")

    return _act(transfer_id, act)


@transfers.post("/<uuid:transfer_id>/close")
@allow("roster.edit")
def close(transfer_id: UUID) -> ResponseReturnValue:
    """Hand the member over."""

    def act() -> str:
        actions.close(db(), me(), village(), transfer_id, now())
        return gettext("已办结，积分和记录随本人转走。")

    return _act(transfer_id, act)


@transfers.post("/<uuid:transfer_id>/claims")
@allow("claim.review")
def strike(transfer_id: UUID) -> ResponseReturnValue:
    """Ask that a claim brought along be struck; or, as a second person, strike it or let it stand."""

    def act() -> str:
        data = form(StrikeForm())
        branch, of_year, number = data["claim"].split(":")
        found = transfer_of(db(), village().id, transfer_id)
        claim = carried.Named(found.member_id, UUID(branch), int(number))
        book = next((one for one in years() if one.year == int(of_year)), None)
        if book is None:
            raise Absent
        if data["act"] == "ask":
            carried.ask_strike(db(), me(), village(), book, claim, data["reason"], now())
            return gettext("已提出冲销，等另一位委员确认。")
        confirm = data["act"] == "confirm"
        carried.decide_strike(db(), me(), village(), book, claim, confirm, now())
        return gettext("已冲销，差额记入下一次月报。") if confirm else gettext("没有冲销，照旧计入。")

    return _act(transfer_id, act)


def _act(transfer_id: UUID, act: Callable[[], str]) -> ResponseReturnValue:
    try:
        said = act()
    except ValidationError as error:
        return _page(transfer_id, told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return _page(transfer_id, errors), refused.status
    flash(said, "success")
    return redirect(url_for("transfers.one", transfer_id=transfer_id), 303)
