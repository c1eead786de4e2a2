"""Organisations when a year is closed: what is open, classings worked out again, next year's bases carried.

A county that classes no organisations has nothing here: only what was opened keeps a year open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.organisations.bases import base_goes_to
from services.county.organisations.checking import approved_fault
from services.county.organisations.models import CarriedUnitBase
from services.county.organisations.reviews import reviews
from services.county.organisations.room import ROOM, member_year
from services.county.organisations.standing import UnitClass, classes
from shared.contracts.classing import UnitInput
from shared.contracts.documents import UnitBase
from shared.kit.clock import civil
from shared.kit.units import Unit
from shared.organisations.classings import Standing, classings
from shared.organisations.year_end import UnitYear, unit_years
from shared.rulebooks import holidays
from shared.rules.appraisal import Rulebook, next_base
from shared.rules.calendar import add_working_days, parse_calendar
from shared.sync.signer import Signer


@dataclass(frozen=True)
class Again:
    """A classing worked out again: whose, of how many units, what differs ('' where nothing does)."""

    pool_id: UUID
    units: int
    fault: str


def _newest(session: Session, year: int) -> list[Standing]:
    found = classings(session, ROOM, year)
    return [some[-1] for _pool, some in sorted(found.items(), key=lambda pair: str(pair[0]))]


def open_classes(session: Session, year: int, today: date) -> list[tuple[str, Sequence[str]]]:
    """What of organisations keeps a year open, by sort: names of pools or units."""
    newest = _newest(session, year)
    if not newest:
        return []
    names = {one.id: one.name for one in session.scalars(select(Unit))}
    order = {one: place for place, one in enumerate(session.scalars(select(Unit.id).order_by(Unit.path)))}
    undecided = {one.row.unit_id for one in newest if one.state not in ("approved", "dropped")}
    asked = {one.asked.unit_id for one in reviews(session, year) if one.state != "confirmed"}
    running = {
        one.row.unit_id
        for one in newest
        for approved in [one.word("approved")]
        if approved is not None and today <= last_review_day(session, year, approved.at)
    }
    sorts = (("classing", undecided), ("class_review", asked), ("class_window", running - undecided))
    return [
        (sort, [names[one] for one in sorted(units, key=lambda one: order.get(one, 0))])
        for sort, units in sorts
    ]


def last_review_day(session: Session, year: int, approved_at: datetime) -> date:
    """The last day on which a review of what was approved then may be asked for."""
    days = member_year(session, year).appraisal_organisations.classing.review_days
    return add_working_days(civil(approved_at).date(), days, parse_calendar(holidays()))


def classings_again(session: Session, year: int) -> Iterator[Again]:
    """Every approved classing from what it was filed with: entries, tallies, findings, pinned rules."""
    for one in _newest(session, year):
        if one.state != "approved":
            continue
        yield Again(one.row.unit_id, one.row.units, approved_fault(session, one))


def carry_bases(session: Session, sign: Signer, year: int, now: datetime) -> int:
    """Write every classed unit's base for next year and tell it, with what it has still to put right.

    How many. Whole hundredths by the rulebook, once: a unit that has its base keeps it.
    """
    known = classes(session, year)
    if not known:
        return 0
    carried = set(session.scalars(select(CarriedUnitBase.unit_id).where(CarriedUnitBase.year == year + 1)))
    rulebook = member_year(session, year).appraisal_organisations
    given = {line.unit_id: line for one in _newest(session, year) for line in one.filed.inputs}
    said = unit_years(session, ROOM.said, year)
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    units = {one.id: one for one in session.scalars(select(Unit))}
    waiting = [unit for unit in known if unit not in carried]
    for unit in waiting:
        row = _base(known[unit], rulebook, now)
        session.add(row)
        problems = _open_problems(given.get(unit), said.get(unit, UnitYear()))
        document = UnitBase(
            unit, row.year, row.base, row.from_total, row.from_earned, problems, now.isoformat()
        )
        to = base_goes_to(units[unit], county)
        announce(session, sign, county, document, now, to=to, about=unit)
    session.flush()
    return len(waiting)


def _base(one: UnitClass, rulebook: Rulebook, now: datetime) -> CarriedUnitBase:
    earned = one.total - one.row.base
    return CarriedUnitBase(
        unit_id=one.row.unit_id,
        year=one.row.year + 1,
        base=next_base(rulebook, one.total, earned),
        from_total=one.total,
        from_earned=earned,
        at=now,
    )


def _open_problems(given: UnitInput | None, words: UnitYear) -> list[str]:
    """What the finding named and nobody has closed: next year's draft commitments."""
    return [] if given is None or words.rectification == "closed" else list(given.problems)
