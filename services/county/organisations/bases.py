"""What units begin a year with: the base carried when the last was closed, and counter-entries to it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.organisations.models import CarriedUnitBase, UnitBaseCorrection
from services.county.organisations.standing import UnitClass
from shared.contracts.documents import UnitBase
from shared.kit.db import among
from shared.kit.units import Unit
from shared.rules.appraisal import Rulebook, next_base
from shared.sync.signer import Signer


def unit_bases(session: Session, year: int, units: Iterable[UUID] | None = None) -> dict[UUID, int]:
    """Bases of a year by unit, hundredths (units None: all in scope); who has none is not there."""
    carried = select(CarriedUnitBase.unit_id, CarriedUnitBase.base).where(CarriedUnitBase.year == year)
    change = select(UnitBaseCorrection.unit_id, func.sum(UnitBaseCorrection.points)).where(
        UnitBaseCorrection.year == year
    )
    if units is not None:
        named = list(units)
        carried = carried.where(among(CarriedUnitBase.unit_id, named))
        change = change.where(among(UnitBaseCorrection.unit_id, named))
    added = {row[0]: int(row[1]) for row in session.execute(change.group_by(UnitBaseCorrection.unit_id))}
    return {row[0]: row[1] + added.get(row[0], 0) for row in session.execute(carried)}


def correct_base(
    session: Session, sign: Signer, one: UnitClass, rulebook: Rulebook, request_id: UUID, now: datetime
) -> None:
    """Bring a base already carried to what the class as it stands makes it; the unit is told anew."""
    unit_id, year = one.row.unit_id, one.row.year + 1
    held = unit_bases(session, year, [unit_id]).get(unit_id)
    earned = one.total - one.row.base
    right = next_base(rulebook, one.total, earned)
    if held is None or held == right:
        return
    session.add(
        UnitBaseCorrection(request_id=request_id, unit_id=unit_id, year=year, points=right - held, at=now)
    )
    session.flush()
    # Its problems went down with the base that was carried.
    document = UnitBase(unit_id, year, right, one.total, earned, [], now.isoformat())
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    unit = session.get_one(Unit, unit_id)
    announce(session, sign, county, document, now, to=base_goes_to(unit, county), about=unit_id)


def base_goes_to(unit: Unit, county: UUID) -> UUID:
    """Which stream brings a unit its base: its own below the county, else its township's."""
    assert unit.parent_id is not None
    return unit.id if unit.parent_id == county else unit.parent_id
