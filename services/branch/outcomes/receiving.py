"""What the county says about cases of this branch's members, and what follows for their bases."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.appraisal.models import GradeLine, MemberBase
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import BaseCorrection
from services.branch.outcomes.waiting import corrected_bases
from shared.contracts.outcomes import CasesTold
from shared.outcomes.corrections import Graded, corrections, right_bases
from shared.outcomes.keeping import keep, own_words
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


def receive_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep what the township said, standing in for this branch."""
    keep(session, DESK, own_words(received), speaker="township")


def recover_told(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that the township still holds, put back after a restore."""
    bodies: list[CasesTold] = [item.body for item in received]
    keep(session, DESK, bodies, speaker="branch")


def correct_bases(session: Session, unit_id: UUID, member_id: UUID, case_id: UUID, now: datetime) -> None:
    """Bring carried bases to what upheld appeals against grades make of them, by counter-entries."""
    found = {year: one.points for (_member, year), one in corrections(session, DESK, [member_id]).items()}
    if not found:
        return
    query = (
        select(MemberBase, GradeLine)
        .join(
            GradeLine, (GradeLine.run_id == MemberBase.run_id) & (GradeLine.member_id == MemberBase.member_id)
        )
        .where(MemberBase.unit_id == unit_id, MemberBase.member_id == member_id, MemberBase.year > min(found))
    )
    rows = [(row[0], row[1]) for row in session.execute(query)]
    years = [Graded(line.year, line.base, line.total - line.base) for _base, line in rows]
    right = right_bases({one.year: year_of(session, one.year).appraisal for one in years}, years, found)
    before = corrected_bases(session, unit_id, [member_id])
    for carried, _line in rows:
        change = right[carried.year] - carried.base - before.get((member_id, carried.year), 0)
        if change:
            row = {"case_id": case_id, "member_id": member_id, "year": carried.year, "unit_id": unit_id}
            row |= {"points": change, "at": now}
            session.execute(insert(BaseCorrection).on_conflict_do_nothing().inline(), [row])
