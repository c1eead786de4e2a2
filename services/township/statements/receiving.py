"""Statements as they arrive: counted again with the same rule function, kept with their exact bytes."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from services.township.statements.models import ReceivedStatement
from services.township.transfers.models import Passage
from shared.contracts.recount import NOBODY, Difference, category_sums, recount, tangled
from shared.contracts.statements import StatementClosed
from shared.kit.db import insert_rows
from shared.sync.passages import carried_by_unit
from shared.sync.records import Received
from shared.sync.years import year_of

_decode = msgspec.json.Decoder(StatementClosed).decode


def receive_statements(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep each statement with what counting it again gave."""
    schemes = {year: year_of(session, year).schemes for year in {item.body.year for item in received}}
    carried = carried_by_unit(session, Passage, {item.unit for item in received})
    waiting: list[dict[str, Any]] = []
    for item in received:
        body: StatementClosed = item.body
        came = carried.get(body.branch_id, NOBODY)
        earlier: list[StatementClosed] = []
        if tangled(body, schemes[body.year], came):
            # What stands on earlier months must find those that arrived together with it.
            insert_rows(session, ReceivedStatement, waiting)
            waiting, earlier = [], earlier_statements(session, body)
        found = recount(body, schemes[body.year], earlier, came)
        waiting.append(_row(item, found, now))
    insert_rows(session, ReceivedStatement, waiting)


def _row(item: Received, found: Sequence[Difference], now: datetime) -> dict[str, Any]:
    body: StatementClosed = item.body
    return {
        "id": body.statement_id,
        "unit_id": item.unit,
        "year": body.year,
        "month": body.month,
        "part": body.part,
        "note": body.note,
        "total": sum(line.total for line in body.members),
        "members": len(body.members),
        "attendance": sum(line.attendance for line in body.members),
        "figures": body.figures,
        "categories": category_sums(body),
        "differences": [{**asdict(one), "member_id": str(one.member_id)} for one in found],
        "closed_by": body.closed_by,
        "closed_at": datetime.fromisoformat(body.closed_at),
        "received_at": now,
        "original": item.payload,
    }


def earlier_statements(session: Session, body: StatementClosed) -> list[StatementClosed]:
    """The branch's statements of the year before this one, in the order they were closed."""
    order = tuple_(ReceivedStatement.closed_at, ReceivedStatement.month, ReceivedStatement.part)
    query = (
        select(ReceivedStatement.original)
        .where(
            ReceivedStatement.unit_id == body.branch_id,
            ReceivedStatement.year == body.year,
            # Two months closed in one go may carry one moment.
            order < (datetime.fromisoformat(body.closed_at), body.month, body.part),
        )
        .order_by(order)
    )
    return [_decode(payload) for payload in session.scalars(query)]
