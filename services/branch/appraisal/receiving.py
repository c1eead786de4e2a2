"""What arrives about filings: the township's verdicts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.branch.appraisal.models import AppraisalVerdict
from shared.contracts.appraisal import AppraisalVerdict as VerdictBody
from shared.sync.records import Received


def receive_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the township's verdicts on filings (insert-only: the newest one counts)."""
    for item in received:
        body: VerdictBody = item.body
        row = {
            "id": body.verdict_id,
            "filing_id": body.filing_id,
            "unit_id": item.unit,
            "verdict": body.verdict,
            "reason": body.reason,
            "by": body.by,
            "at": datetime.fromisoformat(body.at),
        }
        session.execute(insert(AppraisalVerdict).inline(), [row])
