"""The township's copies of cases for the pages: to be read."""

from typing import Any

from services.township.outcomes.desk import DESK
from services.township.roster.models import KnownMember
from shared.kit.errors import Absent
from shared.outcomes.below import BelowTheCounty
from shared.outcomes.desk import Desk
from shared.outcomes.place import Drawing


class TownshipPlace(BelowTheCounty):
    """Cases of the township's branches, decided elsewhere but for those that are handed up."""

    reading = DESK
    roster: Any = KnownMember
    roster_key = "member_id"
    batches = None

    def deciding(self) -> Desk:
        """What is said here, standing in for a branch, goes to the branch and to the county."""
        return DESK

    def drawing(self, year: int) -> Drawing | None:
        """Nothing is proposed here."""
        return None

    def draw_up(self, year: int) -> int:
        """Nothing is proposed here."""
        raise Absent

    def asks(self, year: int) -> list[dict[str, str]]:
        """Nobody asks here."""
        return []


PLACE = TownshipPlace()
