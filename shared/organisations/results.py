"""Classes and bases as the county's documents say them, at a tier below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.documents import UnitBase, UnitClassed, UnitReviewed
from shared.sync.publications import documents, latest


@dataclass(frozen=True)
class Classed:
    """A unit's class of a year, with the answers to its requests for review, oldest first."""

    document: UnitClassed
    reviews: Sequence[UnitReviewed] = ()

    @property
    def upheld(self) -> UnitReviewed | None:
        """The review that changed the class."""
        return next((one for one in reversed(self.reviews) if one.upheld and one.grade), None)

    @property
    def grade(self) -> str:
        """The class as it stands."""
        return self.upheld.grade if self.upheld else self.document.grade

    @property
    def total(self) -> int:
        """The total as it stands, hundredths."""
        return self.document.total + (self.upheld.points if self.upheld else 0)

    @property
    def rectify_until(self) -> str:
        """By when it must be put right, '' where nothing must."""
        return self.upheld.rectify_until if self.upheld else self.document.rectify_until


def classed_units(session: Session, year: int) -> Mapping[UUID, Classed]:
    """Every unit in scope that the county has classed that year."""
    reviews: dict[UUID, list[UnitReviewed]] = {}
    for answer in documents(session, UnitReviewed):
        if answer.year == year:
            reviews.setdefault(answer.unit_id, []).append(answer)
    newest = {one.unit_id: one for one in documents(session, UnitClassed) if one.year == year}
    return {
        unit: Classed(one, [r for r in reviews.get(unit, ()) if r.classing_id == one.classing_id])
        for unit, one in newest.items()
    }


def classed_unit(session: Session, unit_id: UUID, year: int) -> Classed | None:
    """One unit's class."""
    document = latest(session, UnitClassed, f"{unit_id}/{year}")
    if document is None:
        return None
    answers = [
        one
        for one in documents(session, UnitReviewed)
        if (one.unit_id, one.year, one.classing_id) == (unit_id, year, document.classing_id)
    ]
    return Classed(document, answers)


def answers_of(session: Session, unit_id: UUID, year: int) -> Mapping[UUID, UnitReviewed]:
    """The county's answers to a unit's requests for review, by request."""
    return {
        one.request_id: one
        for one in documents(session, UnitReviewed)
        if (one.unit_id, one.year) == (unit_id, year)
    }


def bases_of(session: Session, year: int) -> Mapping[UUID, int]:
    """What units began a year with as the county carried it, hundredths."""
    return {one.unit_id: one.base for one in documents(session, UnitBase) if one.year == year}
