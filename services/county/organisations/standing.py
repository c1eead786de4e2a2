"""The classes of a year as they stand: what was approved, put right by reviews that were upheld."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from services.county.organisations.models import ClassedUnit, ClassReviewWord
from shared.kit.clock import civil
from shared.kit.db import among
from shared.rules.appraisal import Rulebook


@dataclass(frozen=True)
class UnitClass:
    """A unit's class; `review`: the confirmed word that changed it."""

    row: ClassedUnit
    review: ClassReviewWord | None

    @property
    def grade(self) -> str:
        """The class as it stands."""
        return self.review.grade if self.review else self.row.grade

    @property
    def total(self) -> int:
        """The total as it stands, hundredths."""
        return self.row.total + (self.review.points if self.review else 0)

    def owed(self, rulebook: Rulebook) -> date | None:
        """By when it must be put right, as the class stands; None where nothing must be."""
        rules = rulebook.classing
        if self.grade not in rules.rectify:
            return None
        since = self.review.at if self.review else self.row.at
        return self.row.rectify_until or civil(since).date() + timedelta(days=rules.rectify_days)


def classes(session: Session, year: int, units: Iterable[UUID] | None = None) -> dict[UUID, UnitClass]:
    """Every classed unit of a year (units None: all in scope)."""
    query = select(ClassedUnit).options(defer(ClassedUnit.document)).where(ClassedUnit.year == year)
    words = select(ClassReviewWord).where(
        ClassReviewWord.year == year,
        ClassReviewWord.kind == "confirmed",
        ClassReviewWord.upheld,
        ClassReviewWord.grade != "",
    )
    if units is not None:
        named = list(units)
        query = query.where(among(ClassedUnit.unit_id, named))
        words = words.where(among(ClassReviewWord.unit_id, named))
    upheld = {one.unit_id: one for one in session.scalars(words.order_by(ClassReviewWord.at))}
    return {
        one.unit_id: UnitClass(one, _since(one, upheld.get(one.unit_id)))
        for one in session.scalars(query.order_by(ClassedUnit.at))
    }


def _since(row: ClassedUnit, word: ClassReviewWord | None) -> ClassReviewWord | None:
    """A review of a class that was done anew since is over."""
    return word if word is not None and word.at >= row.at else None


def class_of(session: Session, unit_id: UUID, year: int) -> UnitClass | None:
    """One unit's class; None while the county has approved none."""
    return classes(session, year, [unit_id]).get(unit_id)
