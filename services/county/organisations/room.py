"""Where the county keeps what concerns organisations as subjects, and a year with its rulebooks."""

from typing import Any

from sqlalchemy.orm import Session

from services.county.organisations.models import TABLES, Classing, ClassingWord, OrganisationSaid
from services.county.years.books import stored_book
from services.county.years.models import MemberYear as Opened
from shared.contracts.documents import YearClosed, YearOpened
from shared.kit.errors import Absent
from shared.organisations.classings import Room
from shared.sync.years import MemberYear

ROOM = Room(TABLES, OrganisationSaid, Classing, ClassingWord)
NEEDED = frozenset({"commitment_checks", "appraisal", "appraisal_organisations", "outcomes"})
_parsed: dict[str, Any] = {}


def _book(session: Session, digest: str) -> Any:
    # The hash names the content: what was parsed once holds for ever.
    if digest not in _parsed:
        _parsed[digest] = stored_book(session, digest).parsed
    return _parsed[digest]


def whole(one: Opened) -> bool:
    """Whether a year has all its rulebooks; where not, its closing says so, and pages go on without it."""
    return one.rulebooks.keys() >= NEEDED


def member_year(session: Session, year: int) -> MemberYear:
    """A year as the tiers below know it too. Raises Absent for one never opened."""
    one = session.get(Opened, year)
    if one is None:
        raise Absent
    books = {key: _book(session, digest) for key, digest in one.rulebooks.items()}
    opened = YearOpened(
        county_id=one.unit_id,
        year=one.year,
        rulebooks=one.rulebooks,
        ranked=one.ranked,
        synthetic_note=one.synthetic_note,
        opened_at=one.opened_at.isoformat(),
    )
    closed = YearClosed(one.unit_id, one.year, "", "") if one.state == "closed" else None
    return MemberYear(
        opened,
        closed,
        {book.hash: book for key, book in books.items() if key.startswith("points/")},
        books["commitment_checks"],
        books["appraisal"],
        books["appraisal_organisations"],
        books["outcomes"],
        books.get("points_organisations"),
    )
