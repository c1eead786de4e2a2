"""The township's copies of cases for the pages: to be read."""

from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from services.township.outcomes.desk import DESK
from services.township.roster.models import KnownMember
from services.township.years import years
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.kit.web import db
from shared.outcomes.desk import Desk
from shared.outcomes.place import Drawing
from shared.rules.outcomes import Rulebook
from shared.sync.years import MemberYear


class TownshipPlace:
    """Cases of the township's branches, decided elsewhere but for those that are handed up."""

    reading = DESK
    roster: Any = KnownMember
    roster_key = "member_id"
    batches = None

    def deciding(self) -> Desk:
        """What is said here, standing in for a branch, goes to the branch and to the county."""
        return DESK

    def years(self) -> list[int]:
        """Years that were opened, newest first."""
        return [one.year for one in years()]

    def _year(self, year: int) -> MemberYear:
        found = next((one for one in years() if one.year == year), None)
        if found is None:
            raise Absent
        return found

    def rulebook(self, year: int) -> Rulebook:
        """The outcome rules of a year."""
        return self._year(year).outcomes

    def note(self, year: int) -> str:
        """What the county says of figures that are not real."""
        return self._year(year).opened.synthetic_note

    def drawing(self, year: int) -> Drawing | None:
        """Nothing is proposed here."""
        return None

    def draw_up(self, year: int) -> int:
        """Nothing is proposed here."""
        raise Absent

    def asks(self, year: int) -> list[dict[str, str]]:
        """Nobody asks here."""
        return []

    def marks(self, member_id: UUID) -> str:
        """Only the county marks members."""
        return ""

    def organ(self, unit: Unit, tier: str) -> str:
        """The organ that signs a notice: the branch, or the county's organisation department."""
        if tier == "branch":
            return gettext("中共%(unit)s支部委员会", unit=unit.name)
        county = db().scalars(select(Unit.name).where(Unit.level == "county")).one()
        return gettext("中共%(unit)s委组织部", unit=county)


PLACE = TownshipPlace()
