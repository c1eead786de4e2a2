"""What a tier gives the pages of cases besides its desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from shared.kit.units import Unit
from shared.outcomes.batches import Tables
from shared.outcomes.desk import Desk
from shared.rules.outcomes import Rulebook


@dataclass(frozen=True)
class Drawing:
    """How far proposing has come: branches drawn up of those graded; `barred` says why it cannot be done."""

    drawn: int
    graded: int
    proposed: int
    barred: str = ""


class Place(Protocol):
    """One tier's way to its cases. `roster` has name and number, `roster_key` names its member ids.

    `batches` are its tables of notices printed together, None where it sends none.
    """

    reading: Desk
    roster: Any
    roster_key: str
    batches: Tables | None

    def deciding(self) -> Desk:
        """The desk that says something; needs a request."""

    def years(self) -> list[int]:
        """Years that were opened, newest first."""

    def rulebook(self, year: int) -> Rulebook:
        """The outcome rules of a year. Raises Absent."""

    def note(self, year: int) -> str:
        """What the county says of figures that are not real, else ''."""

    def drawing(self, year: int) -> Drawing | None:
        """How far proposing has come here; None where this tier proposes nothing."""

    def draw_up(self, year: int) -> int:
        """Propose for those branches that have nothing yet, or anew; how many proposals."""

    def asks(self, year: int) -> Sequence[Mapping[str, str]]:
        """Links to what may be asked for here."""

    def brought(self, year: int) -> Sequence[Mapping[str, Any]]:
        """Cases that came along with those who moved here, by branch: {branch, rows}; none above a branch."""

    def brought_of(self, member_id: UUID, year: int) -> list[dict[str, Any]]:
        """The same of one member, as links beside another case."""

    def marks(self, member_id: UUID) -> str:
        """Where this tier's marks about a member are kept, '' where the asker keeps none."""

    def problems(self, cases: Sequence[Any]) -> Mapping[tuple[UUID, int], Sequence[str]] | None:
        """What the appraisal found, by member and year of these cases; None above a branch."""

    def organ(self, unit: Unit, tier: str) -> str:
        """The full name of the organ that signs a notice."""
