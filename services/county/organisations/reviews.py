"""Requests for review of a class and how they stand: open, decided, confirmed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.organisations.models import ClassReviewWord
from services.county.organisations.room import ROOM
from shared.contracts.classing import ReviewAsked
from shared.organisations.year_end import UnitYear, Word, unit_years


@dataclass(frozen=True)
class Review:
    """One request with the words on it; `version` is how many there are."""

    asked: Word
    words: Sequence[ClassReviewWord]

    @property
    def state(self) -> str:
        """'open', 'decided' or 'confirmed'."""
        last = self.words[-1].kind if self.words else "sent_back"
        return "open" if last == "sent_back" else last

    @property
    def version(self) -> int:
        """How many words there are."""
        return len(self.words)

    @property
    def decision(self) -> ClassReviewWord | None:
        """What was decided last."""
        return next((one for one in reversed(self.words) if one.kind == "decided"), None)

    @property
    def classing_id(self) -> UUID:
        """The classing it is about."""
        return self.asked.as_(ReviewAsked).classing_id


def reviews(session: Session, year: int, units: Iterable[UUID] | None = None) -> list[Review]:
    """Requests of a year, oldest first (units None: all)."""
    return reviews_in(session, year, unit_years(session, ROOM.said, year, units).values())


def reviews_in(session: Session, year: int, years: Iterable[UnitYear]) -> list[Review]:
    """Requests among these units' words of a year, oldest first."""
    asked = [word for one in years for word in one.reviews]
    spoken: dict[UUID, list[ClassReviewWord]] = defaultdict(list)
    if asked:
        query = select(ClassReviewWord).where(ClassReviewWord.year == year)
        for word in session.scalars(query.order_by(ClassReviewWord.at, ClassReviewWord.id)):
            spoken[word.request_id].append(word)
    return sorted((Review(one, spoken[one.id]) for one in asked), key=lambda one: one.asked.at)
