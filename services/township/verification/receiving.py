"""What arrives at the township: returns and withdrawals from below, returns given back from above."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.township.verification.models import ReceivedReturn, ReceivedWithdrawal, ReturnedByCounty
from shared.contracts.returns import ReturnFiled, ReturnSentBack, ReturnWithdrawn
from shared.kit.ids import new_id
from shared.sync.records import Received


def receive_returns(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep filed returns with their exact bytes, so that the county can see what the branch signed off."""
    for item in received:
        body: ReturnFiled = item.body
        session.add(
            ReceivedReturn(
                id=body.return_id,
                contest_id=body.contest_id,
                unit_id=item.unit,
                attempt=body.attempt,
                values=body.values,
                note=body.note,
                filed_by=body.filed_by,
                filed_at=datetime.fromisoformat(body.filed_at),
                original=item.payload,
                received_at=now,
            )
        )
    session.flush()


def receive_withdrawals(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep withdrawals; whether one holds is read from what stood when it came."""
    for item in received:
        body: ReturnWithdrawn = item.body
        at = datetime.fromisoformat(body.at)
        session.add(ReceivedWithdrawal(return_id=body.return_id, unit_id=item.unit, by=body.by, at=at))
    session.flush()


def receive_sent_back(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the county gave back, with its reason."""
    for item in received:
        body: ReturnSentBack = item.body
        session.add(
            ReturnedByCounty(
                id=new_id(),
                return_id=body.return_id,
                unit_id=item.unit,
                reason=body.reason,
                by=body.by,
                at=datetime.fromisoformat(body.at),
            )
        )
    session.flush()
