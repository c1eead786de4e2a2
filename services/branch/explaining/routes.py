"""Why, at the branch: for who holds the appraisal, and for the member himself."""

from importlib.resources import files
from typing import Any
from uuid import UUID

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.branch.explaining.reading import explained
from services.branch.own.reading import own_member
from services.branch.village import village
from shared.explaining.asking import Named
from shared.explaining.document import Explanation
from shared.explaining.routes import asked_year, json_file, shown
from shared.kit.guard import allow
from shared.kit.web import db, me
from shared.sync.asked_year import years

# The page itself is shared with the tiers above.
TEMPLATES = str(files("shared.explaining") / "templates")
why = Blueprint("why", __name__, template_folder=TEMPLATES)


def _explained(member_id: UUID) -> Explanation:
    return explained(db(), Named(member_id), asked_year([one.year for one in years()]), me())


def _own() -> Explanation:
    return _explained(own_member(db(), village().id, me().person_id).id)


@why.get("/appraisal/members/<uuid:member_id>/why")
@allow("appraisal.hold")
def page(member_id: UUID) -> ResponseReturnValue:
    """Why one member's year came out as it did."""
    found = _explained(member_id)
    here: dict[str, Any] = {"member_id": member_id, "year": found.year}
    crumb = {"label": gettext("年终评议"), "href": url_for("appraisal.member", **here)}
    return shown(found, crumb, url_for("why.document", **here))


@why.get("/appraisal/members/<uuid:member_id>/why.json")
@allow("appraisal.hold")
def document(member_id: UUID) -> ResponseReturnValue:
    """The same for machines."""
    return json_file(_explained(member_id))


@why.get("/my/why")
@allow("own.see")
def own() -> ResponseReturnValue:
    """Why my year came out as it did."""
    found = _own()
    crumb = {"label": gettext("我的评议"), "href": url_for("appraisal.own", year=found.year)}
    return shown(found, crumb, url_for("why.own_document", year=found.year))


@why.get("/my/why.json")
@allow("own.see")
def own_document() -> ResponseReturnValue:
    """The same for machines."""
    return json_file(_own())
