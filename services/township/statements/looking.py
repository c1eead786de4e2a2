"""Marking claims of the spot check as looked at."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.township.statements.models import SpotLook
from services.township.statements.reading import month_of_statement
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent


def mark_looked(
    session: Session, actor: SignedIn, statement_id: UUID, numbers: Collection[int], now: datetime
) -> int:
    """Keep who looked at which of the drawn claims; marking one twice changes nothing. Raises Absent."""
    _row, part = month_of_statement(session, statement_id)
    if not set(numbers) <= set(part.drawn):
        raise Absent
    rows = [
        {
            "statement_id": statement_id,
            "number": number,
            "unit_id": part.received.unit_id,
            "by": actor.name,
            "at": now,
        }
        for number in numbers
    ]
    session.execute(insert(SpotLook).on_conflict_do_nothing(), rows)
    audit.record(session, now, actor.account_id, part.received.unit_id, "statement.look", str(statement_id))
    return len(rows)
