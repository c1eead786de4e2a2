"""Member information cards (党员信息卡) as pages to print: one, or the whole branch."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from services.branch.roster.pages import row
from services.branch.roster.reading import members
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.guard import allow
from shared.kit.units import ancestors
from shared.kit.web import db, now

roster_cards = Blueprint("roster_cards", __name__, template_folder="templates", url_prefix="/roster/cards")


@roster_cards.get("")
@allow("roster.see")
def everybody() -> ResponseReturnValue:
    """A card for everyone on the roster, by number."""
    active = [one for one in members(db(), village().id) if one.until is None]
    return _page(gettext("党员信息卡"), active)


@roster_cards.get("/<uuid:member_id>")
@allow("roster.see")
def one(member_id: UUID) -> ResponseReturnValue:
    """One member's card."""
    found = member_of(db(), village().id, member_id)
    return _page(gettext("%(name)s的信息卡", name=found.name), [found])


def _page(title: str, found: Sequence[Member]) -> ResponseReturnValue:
    above = ancestors(db(), village())
    return render_template(
        "branch/roster_cards.html",
        title=title,
        unit=village().name,
        above=above[0].name if above else "",
        cards=[row(member) for member in found],
        printed=civil(now()).date(),
    )
