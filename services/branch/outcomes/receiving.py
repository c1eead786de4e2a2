"""What the county says about cases of this branch's members, and what follows for their bases."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.appraisal.models import MemberBase
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import BaseCorrection
from services.branch.outcomes.waiting import corrected_bases
from shared.contracts.outcomes import CasesTold
from shared.outcomes.corrections import Carried, base_changes, corrections
from shared.outcomes.keeping import keep
from shared.outcomes.passing import read_decided
from shared.sync.records import Received
from shared.sync.years import year_of


def receive_decided(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep the county's cases and words; where an appeal changed a total, put later bases right."""
    found = read_decided(session, received)
    keep(session, DESK, found, speaker="county")
    for one in found:
        for word in one.words:
            if word.kind == "confirmed":
                correct_bases(session, one.branch_id, word.member_id, word.case_id, now)


def recover_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that the township still holds, put back after a restore."""
    bodies: list[CasesTold] = [item.body for item in received]
    keep(session, DESK, bodies, speaker="branch")


def correct_bases(session: Session, unit_id: UUID, member_id: UUID, case_id: UUID, now: datetime) -> None:
    """Write what upheld appeals change in the bases already carried, less what was written before."""
    found = corrections(session, DESK, [member_id])
    points = {year: one.points for (_member, year), one in found.items() if one.points}
    if not points:
        return
    years = _carried(session, unit_id, member_id, min(points))
    books = {row.year: year_of(session, row.year).appraisal for row in years}
    before = corrected_bases(session, unit_id, [member_id])
    for year, wanted in base_changes(books, years, points).items():
        change = wanted - before.get((member_id, year), 0)
        if change:
            row = {"case_id": case_id, "member_id": member_id, "year": year, "unit_id": unit_id}
            row |= {"points": change, "at": now}
            session.execute(insert(BaseCorrection).on_conflict_do_nothing().inline(), [row])


def _carried(session: Session, unit_id: UUID, member_id: UUID, since: int) -> list[Carried]:
    """Years of the member that have handed a base on, from `since`."""
    query = (
        select(MemberBase)
        .where(MemberBase.unit_id == unit_id, MemberBase.member_id == member_id, MemberBase.year > since)
        .order_by(MemberBase.year)
    )
    return [
        Carried(row.year - 1, row.from_total - row.from_earned, row.from_total)
        for row in session.scalars(query)
    ]
