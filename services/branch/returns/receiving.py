"""What arrives at the branch: the township's verdicts, and own facts that come back after a restore."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.branch.returns.models import Verdict, VillageReturn
from shared.contracts.returns import ReturnFiled, ReturnVerdict, ReturnWithdrawn
from shared.sync.records import Received


def receive_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the township's verdicts (insert-only: the newest one counts)."""
    for item in received:
        body: ReturnVerdict = item.body
        session.add(
            Verdict(
                id=body.verdict_id,
                return_id=body.return_id,
                contest_id=body.contest_id,
                unit_id=item.unit,
                verdict=body.verdict,
                reason=body.reason,
                changes=[
                    {name: getattr(change, name) for name in change.__struct_fields__}
                    for change in body.changes
                ],
                by=body.by,
                at=datetime.fromisoformat(body.at),
            )
        )
    session.flush()


def recover_returns(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild filed returns the township still holds, after this database was restored to before them."""
    for item in received:
        body: ReturnFiled = item.body
        found = session.get(VillageReturn, body.return_id) or VillageReturn(
            id=body.return_id, contest_id=body.contest_id, unit_id=body.village_id, attempt=body.attempt
        )
        found.state, found.values, found.note = "filed", body.values, body.note
        found.filed_by, found.filed_at, found.updated_at = (
            body.filed_by,
            datetime.fromisoformat(body.filed_at),
            now,
        )
        session.add(found)
    session.flush()


def recover_withdrawals(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild withdrawals the same way."""
    for item in received:
        body: ReturnWithdrawn = item.body
        found = session.get(VillageReturn, body.return_id)
        if found is not None:
            found.state, found.updated_at = "withdrawn", now
    session.flush()
