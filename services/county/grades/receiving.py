"""Confirmed appraisals as they arrive from the townships, into the county's grades."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.county.grades.counting import graded_by_several, look_again
from services.county.grades.models import ConfirmedAppraisal, Grade
from services.county.roster.models import COPY
from shared.contracts.appraisal import AppraisalConfirmed, AppraisalFiled
from shared.kit.db import insert_rows
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable
from shared.sync.rosters import require_members

_decode = msgspec.json.Decoder(AppraisalFiled).decode


def receive_confirmed(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep each appraisal and a grade per member. Raises Unacceptable where they are another's."""
    members: list[UUID] = []
    for item in received:
        body: AppraisalConfirmed = item.body
        filed = _decode(body.original)
        inputs = {one.member_id: one for one in filed.inputs}
        if (filed.filing_id, filed.branch_id) != (body.filing_id, item.unit):
            raise Unacceptable("the nested appraisal is of another branch or filing")
        if set(inputs) != {one.member_id for one in filed.grades}:
            raise Unacceptable("the nested appraisal grades others than it has figures of")
        require_members(session, COPY, ((item.unit, filed.year, one.member_id) for one in filed.grades))
        session.execute(insert(ConfirmedAppraisal).inline(), [_appraisal(body, filed)])
        rows: list[dict[str, Any]] = [
            {
                "filing_id": filed.filing_id,
                "member_id": one.member_id,
                "unit_id": filed.branch_id,
                "year": filed.year,
                "base": inputs[one.member_id].base,
                "appraisal": one.appraisal,
                "total": one.total,
                "grade": one.grade,
                "rank": one.rank,
                "exempt": inputs[one.member_id].exempt,
            }
            for one in filed.grades
        ]
        insert_rows(session, Grade, rows)
        members += [row["member_id"] for row in rows]
    if twice := graded_by_several(session, members):
        look_again(session, twice, now)


def _appraisal(body: AppraisalConfirmed, filed: AppraisalFiled) -> dict[str, Any]:
    return {
        "id": filed.filing_id,
        "unit_id": filed.branch_id,
        "township_id": body.township_id,
        "year": filed.year,
        "members": len(filed.grades),
        "rulebook": filed.rulebook,
        "digest": filed.digest,
        "accepted_by": body.accepted_by,
        "confirmed_by": body.confirmed_by,
        "confirmed_at": datetime.fromisoformat(body.confirmed_at),
        "original": body.original,
    }
