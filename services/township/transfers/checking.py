"""A closing record against the statements received here: nothing posted may be left out or added."""

from collections import defaultdict
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.statements.models import ReceivedStatement
from services.township.transfers.reading import carried_to
from shared.contracts.statements import StatementClosed
from shared.contracts.transfers import TransferClosed
from shared.kit.units import Unit
from shared.sync.refusal import Unacceptable

_decode = msgspec.json.Decoder(StatementClosed).decode
Sums = dict[tuple[str, str], int]


def check_record(session: Session, unit: Unit, record: TransferClosed) -> None:
    """What it says was posted is what the branch stated. Raises Unacceptable: it would count twice."""
    said = {
        year.year: _filled({(one.done, one.category): one.points for one in year.posted})
        for year in record.years
    }
    stated = {year: _filled(sums) for year, sums in _stated(session, unit, record).items()}
    if {year: sums for year, sums in said.items() if sums} != {y: sums for y, sums in stated.items() if sums}:
        raise Unacceptable("the record says that something else was posted than the statements do")


def _filled(sums: Sums) -> Sums:
    return {key: points for key, points in sums.items() if points}


def _stated(session: Session, unit: Unit, record: TransferClosed) -> dict[int, Sums]:
    """By year, what was carried to this branch and what it has stated since."""
    came = carried_to(session, unit.id).get(record.member_id)
    found: dict[int, Sums] = defaultdict(lambda: defaultdict(int))
    for year in came.years if came else ():
        found[year.year].update({(one.done, one.category): one.points for one in year.posted})
    query = select(ReceivedStatement.original).where(ReceivedStatement.unit_id == unit.id)
    if came is not None:
        query = query.where(ReceivedStatement.closed_at > datetime.fromisoformat(came.at))
    for statement in map(_decode, session.scalars(query)):
        for line in statement.members:
            if line.member_id != record.member_id:
                continue
            sums = found[statement.year]
            for one in line.posted:
                key = (one.done, one.category)
                sums[key] = sums.get(key, 0) + one.points
    return found
