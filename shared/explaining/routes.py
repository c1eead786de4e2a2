"""The pages 'why' of the tiers above the branch: under the member's page of the overview."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shared.explaining.asking import Named
from shared.explaining.document import Explanation, as_json
from shared.explaining.pages import why_page
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.kit.guard import allow
from shared.kit.web import db, me

Reading = Callable[[Session, Named, int, SignedIn | None], Explanation]


def asked_year(years: list[int]) -> int:
    """The year of the address, else the newest. Raises Absent for one that was not opened."""
    asked = request.args.get("year")
    found = next((one for one in years if asked in (None, "", str(one))), None)
    if found is None:
        raise Absent
    return found


def json_file(found: Explanation) -> Response:
    """The derivation as a file for machines."""
    text = json.dumps(as_json(found), ensure_ascii=False, indent=1)
    head = {"Content-Disposition": f"attachment; filename=why-{found.member_id}-{found.year}.json"}
    return Response(text, mimetype="application/json", headers=head)


def shown(found: Explanation, crumb: dict[str, str], json_href: str) -> str:
    """The derivation as a page."""
    return render_template("explaining/why.html", crumb=crumb, json_href=json_href, **why_page(found))


def why_blueprint(reading: Reading, years: Callable[[], list[int]]) -> Blueprint:
    """Pages under /overview/members/<id>/why, under the permission overview.see."""
    room = Blueprint("why", __name__, url_prefix="/overview/members", template_folder="templates")

    def explained(member_id: UUID) -> Explanation:
        return reading(db(), Named(member_id), asked_year(years()), me())

    @room.get("/<uuid:member_id>/why")
    @allow("overview.see")
    def page(member_id: UUID) -> ResponseReturnValue:
        """Why one member's year came out as it did."""
        found = explained(member_id)
        here: dict[str, Any] = {"member_id": member_id, "year": found.year}
        crumb = {"label": gettext("党员积分"), "href": url_for("overview.member", **here)}
        return shown(found, crumb, url_for("why.document", **here))

    @room.get("/<uuid:member_id>/why.json")
    @allow("overview.see")
    def document(member_id: UUID) -> ResponseReturnValue:
        """The same for machines."""
        return json_file(explained(member_id))

    return room
