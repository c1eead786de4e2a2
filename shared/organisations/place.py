"""What the pages of classing ask of a tier: where it keeps things, which year, what a confirmation does."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from shared.contracts.classing import ClassingFiled, UnitSaid
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.units import Unit
from shared.kit.web import now
from shared.organisations.classings import Room
from shared.organisations.results import Classed
from shared.sync.years import MemberYear


class Place(Protocol):
    """A tier that classes the units below it."""

    room: Room

    def years(self) -> Sequence[MemberYear]:
        """Years that were opened, newest first."""

    def year(self) -> MemberYear:
        """The one the address asks for, else the newest. Raises Absent."""

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


# A year is reported on from its last month, and classed when the next has been opened already.
REPORTED_BEFORE_ITS_END = timedelta(days=31)


def reported_by(known: Sequence[int]) -> int | None:
    """The newest of these years that is far enough to be reported on; None where none is."""
    last = (civil(now()).date() + REPORTED_BEFORE_ITS_END).year - 1
    return max((one for one in known if one <= last), default=None)


def year_classed(place: Place) -> MemberYear:
    """The year of the address, else the newest that is reported on, else the newest. Raises Absent."""
    known = place.years()
    last = None if request.args.get("year") else reported_by([one.year for one in known])
    return next((one for one in known if one.year == last), None) or place.year()


def at_work(years: Sequence[MemberYear]) -> Sequence[MemberYear]:
    """Years in which something may wait: the open ones, and the last, whose units still put things right."""
    return [one for one in years if one.closed is None or one.year >= civil(now()).year - 1]
