"""Statements as they arrive: counted again with the same rule function, kept with their exact bytes."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from services.township.statements.models import ReceivedStatement
from services.township.transfers.reading import carried_to
from shared.contracts.recount import category_sums, recount, tangled
from shared.contracts.statements import StatementClosed
from shared.sync.records import Received
from shared.sync.years import year_of

_decode = msgspec.json.Decoder(StatementClosed).decode


def receive_statements(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep each statement with what counting it again gave."""
    for item in received:
        body: StatementClosed = item.body
        row = {
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
            "differences": _differences(session, body),
            "closed_by": body.closed_by,
            "closed_at": datetime.fromisoformat(body.closed_at),
            "received_at": now,
            "original": item.payload,
        }
        session.add(ReceivedStatement(**row))
        session.flush()


def _differences(session: Session, body: StatementClosed) -> list[dict[str, Any]]:
    schemes = year_of(session, body.year).schemes
    carried = carried_to(session, body.branch_id)
    earlier = earlier_statements(session, body) if tangled(body, schemes, carried) else []
    found = recount(body, schemes, earlier, carried)
    return [{**asdict(one), "member_id": str(one.member_id)} for one in found]


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
