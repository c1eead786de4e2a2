"""The county's changes to the tree, put into a lower tier's own part of it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from shared.contracts.documents import UnitRow, UnitsChanged, read_document
from shared.kit.units import Unit
from shared.sync.publications import receive_publications
from shared.sync.records import Received


def receive_unit_changes(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the county's word and follow it: known units change, new ones below known parents appear.

    Rows keyed by unit stay untouched: a moved village brings its returns along, a closed one keeps its past.
    """
    receive_publications(session, received, now)
    for item in received:
        document = read_document(item.body.document.body)
        assert isinstance(document, UnitsChanged)
        for row in sorted(document.rows, key=lambda row: row.path):
            _follow(session, row)
    session.flush()


def _follow(session: Session, row: UnitRow) -> None:
    unit = session.get(Unit, row.id)
    if unit is None:
        if session.get(Unit, row.parent_id) is None:
            return  # another township's: not this tier's to know
        unit = Unit(id=row.id, code=row.code, level=row.level, kind=row.kind)
        session.add(unit)
    unit.name, unit.kind, unit.path = row.name, row.kind, row.path
    if session.get(Unit, row.parent_id) is not None:
        unit.parent_id = row.parent_id
    unit.general_id = row.general_id
    unit.closed_on = date.fromisoformat(row.closed_on) if row.closed_on else None
    known = row.successor_id and session.get(Unit, row.successor_id)
    unit.successor_id = row.successor_id if known else None
