"""What arrives about filings and settled years: the township's verdicts, the county's questions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.branch.appraisal.models import AppraisalVerdict, YearAsk
from shared.contracts.appraisal import AppraisalVerdict as VerdictBody
from shared.contracts.outcomes import AskedMember, YearAsked
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


def receive_asked(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the county asks; a repeat changes nothing."""
    for item in received:
        body: YearAsked = item.body
        rows = [
            {
                "id": body.ask_id,
                "member_id": one.member_id,
                "unit_id": item.unit,
                "year": body.year,
                "sort": body.sort,
                "counts_name": one.counts_name,
                "reason": body.reason,
                "by": body.by,
                "at": datetime.fromisoformat(body.at),
            }
            for one in body.members or [AskedMember(item.unit, "", "")]
        ]
        session.execute(upsert(YearAsk).on_conflict_do_nothing(index_elements=["id", "member_id"]), rows)
