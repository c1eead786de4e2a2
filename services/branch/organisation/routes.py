"""The branch's own points and year-end: the pages are shared, what they stand on is the branch's."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.organisation.actions import own_commitments
from services.branch.organisation.models import TABLES, OrganisationSaid
from services.branch.village import village
from shared.kit.web import db
from shared.organisations import own_routes
from shared.organisations.filing import Own
from shared.sync.asked_year import year, years
from shared.sync.years import MemberYear


class BranchPlace:
    """The branch as its own subject."""

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""
        return years()

    def year(self) -> MemberYear:
        """The one the address asks for. Raises Absent."""
        return year()

    def own(self) -> Own:
        """This branch in that year."""
        return Own(village(), year(), TABLES, OrganisationSaid)

    def title(self) -> str:
        """What its points are called."""
        return gettext("支部积分")

    def crumb(self) -> dict[str, str] | None:
        """It lies beside the review of members' claims."""
        return {"label": gettext("积分审核"), "href": url_for("points.review")}

    def promises(self, own: Own) -> list[str]:
        """What the branch has committed to."""
        return [one.what for one in own_commitments(db(), own.unit.id, own.year.year)]


PLACE = BranchPlace()
organisation = own_routes.own_blueprint(PLACE)


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room."""
    return own_routes.desk_things(PLACE)
