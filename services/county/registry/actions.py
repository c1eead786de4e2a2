"""The county keeps the tree of units: every change is announced to the tiers below."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from shared.contracts.documents import UnitRow, UnitsChanged
from shared.kit import audit
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.signer import Signer


def announce_units(
    session: Session, sign: Signer, units: Sequence[Unit], reason: str, account_id: UUID | None, now: datetime
) -> None:
    """Tell townships and branches how these units now stand. The caller has changed them in this session."""
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    document = UnitsChanged(
        change_id=new_id(), rows=[_row(unit) for unit in units], reason=reason, changed_at=now.isoformat()
    )
    announce(session, sign, county, document, now)
    for unit in units:
        audit.record(session, now, account_id, unit.id, "unit.change", unit.code, reason=reason)


def _row(unit: Unit) -> UnitRow:
    assert unit.parent_id is not None
    return UnitRow(
        id=unit.id,
        code=unit.code,
        name=unit.name,
        level=unit.level,
        kind=unit.kind,
        parent_id=unit.parent_id,
        path=unit.path,
        closed_on=unit.closed_on.isoformat() if unit.closed_on else "",
        successor_id=unit.successor_id,
        general_id=unit.general_id,
    )
