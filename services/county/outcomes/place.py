"""The county's cases for the pages."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import func, select

from services.county.contest.course_views import signer
from services.county.grades.models import ConfirmedAppraisal
from services.county.outcomes.desk import READING
from services.county.outcomes.models import BATCHES, OutcomeRun
from services.county.outcomes.pool import year_book
from services.county.outcomes.proposing import branches_to_draw, propose_outcomes
from services.county.outcomes.undoing import desk
from services.county.roster.models import KnownMember
from services.county.years.actions import years
from services.county.years.models import MemberYear
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.outcomes.desk import Desk
from shared.outcomes.place import Drawing
from shared.rules.outcomes import Rulebook


class CountyPlace:
    """Every case of the county: its own to decide, the branches' to read, appeals to judge."""

    reading = READING
    roster: Any = KnownMember
    roster_key = "member_id"
    batches = BATCHES

    def deciding(self) -> Desk:
        """What is said here goes down under the county's signature."""
        return desk(signer())

    def years(self) -> list[int]:
        """Years that were opened, newest first."""
        return [one.year for one in years(db())]

    def _year(self, year: int) -> MemberYear:
        found = db().get(MemberYear, year)
        if found is None:
            raise Absent
        return found

    def rulebook(self, year: int) -> Rulebook:
        """The outcome rules of a year."""
        return year_book(db(), self._year(year).rulebooks)

    def note(self, year: int) -> str:
        """What was said of the figures when the year was opened."""
        return self._year(year).synthetic_note

    def drawing(self, year: int) -> Drawing | None:
        """How many of the branches that are confirmed have been proposed for."""
        graded = db().scalar(
            select(func.count(ConfirmedAppraisal.unit_id.distinct())).where(ConfirmedAppraisal.year == year)
        )
        query = select(
            func.count(OutcomeRun.unit_id.distinct()), func.coalesce(func.sum(OutcomeRun.proposed), 0)
        ).where(OutcomeRun.year == year)
        drawn, proposed = db().execute(query).one()
        return Drawing(int(drawn), int(graded or 0), int(proposed))

    def draw_up(self, year: int) -> int:
        """Propose for branches that have nothing yet; where all have, for all anew."""
        units = branches_to_draw(db(), year)
        if not units:
            confirmed = select(ConfirmedAppraisal.unit_id).where(ConfirmedAppraisal.year == year).distinct()
            units = list(db().scalars(confirmed))
        return propose_outcomes(db(), self.deciding(), me(), self._year(year), units, now())

    def asks(self, year: int) -> list[dict[str, str]]:
        """Members ask at their branch."""
        return []

    def brought(self, year: int) -> Sequence[Mapping[str, Any]]:
        """Every branch's cases are held here."""
        return ()

    def brought_of(self, member_id: UUID, year: int) -> list[dict[str, Any]]:
        """Every branch's cases are held here."""
        return []

    def marks(self, member_id: UUID) -> str:
        """Candidates and breaches, which no roster says."""
        return url_for("outcomes.marks", member_id=member_id) if me().may("outcome.decide") else ""

    def problems(self, cases: Sequence[Any]) -> Mapping[tuple[UUID, int], Sequence[str]] | None:
        """Problems stay in their branches."""
        return None

    def organ(self, unit: Unit, tier: str) -> str:
        """The organ that signs a notice: the county's organisation department, or the branch."""
        if tier == "branch":
            return gettext("中共%(unit)s支部委员会", unit=unit.name)
        return gettext("中共%(unit)s委组织部", unit=me().unit.name)


PLACE = CountyPlace()
