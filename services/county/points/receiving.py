"""Approved statements as they arrive from the townships, into the county's ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from services.county.points.models import ApprovedStatement, LedgerLine
from shared.contracts.recount import category_sums
from shared.contracts.statements import StatementApproved, StatementClosed
from shared.kit.db import insert_rows
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable

_decode = msgspec.json.Decoder(StatementClosed).decode


def receive_approved(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep each statement and a ledger line per member. Raises Unacceptable where the bytes are another's."""
    statements: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for item in received:
        body: StatementApproved = item.body
        month = _decode(body.original)
        if (month.statement_id, month.branch_id) != (body.statement_id, item.unit):
            raise Unacceptable("the nested statement is of another branch or month")
        statements.append(_statement(body, month))
        lines += [_line(month, place) for place in range(len(month.members))]
    insert_rows(session, ApprovedStatement, statements)
    insert_rows(session, LedgerLine, lines)


def _statement(body: StatementApproved, month: StatementClosed) -> dict[str, Any]:
    return {
        "id": month.statement_id,
        "unit_id": month.branch_id,
        "township_id": body.township_id,
        "year": month.year,
        "month": month.month,
        "part": month.part,
        "total": sum(line.total for line in month.members),
        "members": len(month.members),
        "attendance": sum(line.attendance for line in month.members),
        "figures": month.figures,
        "categories": category_sums(month),
        "accepted_by": body.accepted_by,
        "approved_by": body.approved_by,
        "approved_at": datetime.fromisoformat(body.approved_at),
        "original": body.original,
    }


def _line(month: StatementClosed, place: int) -> dict[str, Any]:
    line = month.members[place]
    return {
        "statement_id": month.statement_id,
        "member_id": line.member_id,
        "unit_id": month.branch_id,
        "year": month.year,
        "month": month.month,
        "scheme": month.schemes[line.scheme],
        "exempt": line.exempt,
        "total": line.total,
        "attendance": line.attendance,
        "posted": [[one.done, one.category, one.points, one.kind] for one in line.posted],
    }
