"""What branches tell about cases, and settled years, as they arrive through the townships."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.county.outcomes.desk import READING
from services.county.years.models import CarriedBase, SettledYear
from shared.contracts.outcomes import YearSettled
from shared.outcomes.keeping import keep, own_words
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable


def receive_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what branches opened and said."""
    keep(session, READING, own_words(received), speaker="branch")


def receive_settled(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep that a branch's year is settled, with everybody's next base."""
    for item in received:
        body: YearSettled = item.body
        if body.branch_id != item.unit:
            raise Unacceptable("a branch settles the year of another branch")
        settled = {
            "unit_id": item.unit,
            "year": body.year,
            "filing_id": body.filing_id,
            "members": len(body.bases),
            "open_problems": body.open_problems,
            "by": body.by,
            "at": datetime.fromisoformat(body.at),
        }
        session.execute(insert(SettledYear).inline(), [settled])
        rows = [
            {
                "member_id": one.member_id,
                "year": body.year + 1,
                "unit_id": item.unit,
                "base": one.base,
                "from_total": one.from_total,
                "from_earned": one.from_earned,
            }
            for one in body.bases
        ]
        if rows:
            session.execute(insert(CarriedBase).inline(), rows)
