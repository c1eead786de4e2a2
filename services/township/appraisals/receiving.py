"""Filings as they arrive: graded again with the same rule, held against what is held here, kept as bytes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.township.appraisals.kept import kept
from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from services.township.roster.models import COPY
from shared.contracts.appraisal import AppraisalFiled, AppraisalVerdict
from shared.contracts.inputs import held_otherwise
from shared.contracts.regrade import differences, inputs_digest
from shared.kit.errors import Absent
from shared.rules.words import RuleError
from shared.sync.records import Received
from shared.sync.rosters import require_members
from shared.sync.years import year_of


def receive_filings(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep each filing with what grading it again gave. Raises OutOfScope for another's member."""
    require_members(
        session,
        COPY,
        ((item.unit, item.body.year, one.member_id) for item in received for one in item.body.grades),
    )
    for item in received:
        body: AppraisalFiled = item.body
        found, otherwise, fault = _again(session, body)
        row = {
            "id": body.filing_id,
            "unit_id": item.unit,
            "year": body.year,
            "members": len(body.grades),
            "grades": dict(Counter(one.grade or "" for one in body.grades)),
            "differences": found,
            "otherwise": otherwise,
            "fault": fault,
            "filed_by": body.filed_by,
            "filed_at": datetime.fromisoformat(body.filed_at),
            "received_at": now,
            "original": item.payload,
        }
        session.execute(insert(ReceivedAppraisal).inline(), [row])


def recover_verdicts(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own decisions that branches still hold, put back after a restore: the newest word is the state."""
    for item in sorted(received, key=lambda one: str(one.body.at)):
        body: AppraisalVerdict = item.body
        at = datetime.fromisoformat(body.at)
        found = session.get(AppraisalReview, body.filing_id)
        if found is None:
            found = AppraisalReview(filing_id=body.filing_id, unit_id=body.branch_id, state=body.verdict)
            session.add(found)
        known = found.decided_at or found.accepted_at
        if known is not None and known > at:
            continue
        found.state, found.reason = body.verdict, body.reason
        if body.verdict == "accepted":
            found.accepted_by, found.accepted_at = body.by, at
        else:
            found.decided_by, found.decided_at = body.by, at
        session.flush()


def _again(session: Session, body: AppraisalFiled) -> tuple[list[dict[str, Any]], list[Any], str]:
    """Differences, figures that are not those held here, why it could not be graded again ('' it could)."""
    try:
        year = year_of(session, body.year)
        rulebook = year.appraisal
        if rulebook.hash != body.rulebook:
            return [], [], "rulebook"
        if inputs_digest(rulebook, body.inputs, body.decisions, body.skip_reason) != body.digest:
            return [], [], "digest"
        otherwise = held_otherwise(body, kept(session, body.branch_id, year))
        return _plain(differences(body, rulebook)), msgspec.to_builtins(otherwise), ""
    except Absent:
        return [], [], "year"
    except RuleError as error:
        return [], [], error.message


def _plain(found: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "member_id": str(one.member_id),
            "filed": [one.filed.total, one.filed.grade] if one.filed else None,
            "counted": [one.counted.total, one.counted.grade] if one.counted else None,
        }
        for one in found
    ]
