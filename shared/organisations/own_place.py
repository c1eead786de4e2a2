"""What the pages of a unit as its own subject ask of its tier."""

from collections.abc import Sequence
from typing import Protocol

from shared.organisations.filing import Own
from shared.sync.years import MemberYear


class OwnPlace(Protocol):
    """A tier whose units file what they did and are classed by the tier above."""

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""

    def year(self) -> MemberYear:
        """The one the address asks for. Raises Absent."""

    def own(self) -> Own:
        """The asker's unit in that year."""

    def title(self) -> str:
        """What the unit's points are called."""

    def crumb(self) -> dict[str, str] | None:
        """Where the page of points lies."""

    def promises(self, own: Own) -> list[str]:
        """What the unit has committed to this year."""
