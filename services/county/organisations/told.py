"""What units were told of their classes, as the documents they were sent say it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from services.county.organisations.reviews import Review, reviews
from services.county.organisations.room import member_year
from services.county.organisations.standing import UnitClass, classes
from shared.contracts.documents import UnitClassed, UnitReviewed, read_document
from shared.organisations.results import Classed
from shared.rules.appraisal import Rulebook


def classed_units(session: Session, year: int, units: Iterable[UUID]) -> dict[UUID, Classed]:
    """These units' classes with the answers to their requests for review."""
    named = list(units)
    rulebook = member_year(session, year).appraisal_organisations
    known = classes(session, year, named)
    answers: dict[UUID, list[UnitReviewed]] = {}
    for one in reviews(session, year, named):
        if one.state == "confirmed":
            unit = one.asked.unit_id
            answers.setdefault(unit, []).append(answer(one, year, known.get(unit), rulebook))
    return {
        unit: Classed(
            _document(one), [a for a in answers.get(unit, ()) if a.classing_id == one.row.classing_id]
        )
        for unit, one in known.items()
    }


def _document(one: UnitClass) -> UnitClassed:
    document = read_document(one.row.document)
    assert isinstance(document, UnitClassed)
    return document


def answer(one: Review, year: int, known: UnitClass | None, rulebook: Rulebook) -> UnitReviewed:
    """The county's answer to a request: what was decided, and who confirmed it."""
    decided, confirmed = one.decision, one.words[-1]
    assert decided is not None
    owed = known.owed(rulebook) if known and decided.grade else None
    return UnitReviewed(
        unit_id=one.asked.unit_id,
        classing_id=one.classing_id,
        request_id=one.asked.id,
        year=year,
        upheld=decided.upheld,
        grade=decided.grade,
        points=decided.points,
        reason=decided.text,
        rectify_until=owed.isoformat() if owed else "",
        decided_by=decided.by,
        confirmed_by=confirmed.by,
        at=confirmed.at.isoformat(),
    )
