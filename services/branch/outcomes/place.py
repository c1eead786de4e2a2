"""The branch's cases for the pages."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import func, select

from services.branch.appraisal.state import newest_filing, problems_named
from services.branch.outcomes.brought import brought_groups, brought_links
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import BATCHES, OutcomeRun
from services.branch.outcomes.proposing import propose_outcomes
from services.branch.roster.models import Member
from services.branch.village import village
from shared.kit.web import db, me, now
from shared.outcomes.below import BelowTheCounty
from shared.outcomes.desk import Desk
from shared.outcomes.place import Drawing
from shared.sync.asked_year import year_named


class BranchPlace(BelowTheCounty):
    """Cases of one branch: its own to decide, the county's to read and to answer."""

    reading = DESK
    roster: Any = Member
    roster_key = "id"
    batches = BATCHES

    def deciding(self) -> Desk:
        """What is said here goes up by itself."""
        return DESK

    def drawing(self, year: int) -> Drawing | None:
        """Whether the grades are confirmed, and proposals drawn up."""
        filing = newest_filing(db(), village().id, year)
        graded = filing is not None and filing[1] is not None and filing[1].verdict == "confirmed"
        query = select(func.count(), func.coalesce(func.sum(OutcomeRun.proposed), 0)).where(
            OutcomeRun.unit_id == village().id, OutcomeRun.year == year
        )
        runs, proposed = db().execute(query).one()
        return Drawing(int(runs > 0), int(graded), int(proposed))

    def draw_up(self, year: int) -> int:
        """Propose what the rules propose and no case is open for."""
        return propose_outcomes(db(), me(), village(), year_named(year), now())

    def brought(self, year: int) -> Sequence[Mapping[str, Any]]:
        """What came along with those who moved here; a member sees his of every year."""
        return brought_groups(year)

    def brought_of(self, member_id: UUID, year: int) -> list[dict[str, Any]]:
        """The same of one member, beside a case of this branch."""
        return brought_links(member_id, year)

    def problems(self, cases: Sequence[Any]) -> Mapping[tuple[UUID, int], Sequence[str]]:
        """Problems of the year that the branch did not let drop, as they were written down."""
        return problems_named(db(), {(one.member_id, one.year) for one in cases})

    def asks(self, year: int) -> list[dict[str, str]]:
        """What a member, or the branch for a member, may ask for."""
        if not me().may("outcome.speak"):
            return []
        tolerance = {"label": gettext("申请容错"), "href": url_for("outcomes.tolerance", year=year)}
        return [
            *([tolerance] if year_named(year).closed is None else []),
            {"label": gettext("对格次申诉"), "href": url_for("outcomes.grade_appeal", year=year)},
        ]


PLACE = BranchPlace()
