"""What the pages of classing ask of a tier: where it keeps things, which year, what a confirmation does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.classing import ClassingFiled, UnitSaid
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from shared.organisations.classings import Room
from shared.organisations.results import Classed
from shared.sync.years import MemberYear


class Place(Protocol):
    """A tier that classes the units below it."""

    room: Room

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""

    def year(self) -> MemberYear:
        """The one the address asks for. Raises Absent."""

    def pool(self) -> Unit:
        """The unit whose units the asker classes."""

    def bases(self, session: Session, year: int) -> Mapping[UUID, int]:
        """What units began a year with, hundredths."""

    def classed(self, session: Session, year: int) -> Mapping[UUID, Classed]:
        """Classes as the county approved them."""

    def confirmed(self, session: Session, actor: SignedIn, filed: ClassingFiled, now: datetime) -> None:
        """What follows a confirmation: the township files it, the county decides at once."""

    def judged(self, session: Session, said: UnitSaid, now: datetime) -> None:
        """Who else is told of a word on putting right."""

    def own_links(self) -> list[dict[str, str]]:
        """Where the pool's own points and commitments are, as a subject itself."""

    def unit_href(self, unit_id: UUID) -> str:
        """Where a unit's points stand."""
