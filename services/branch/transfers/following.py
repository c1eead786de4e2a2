"""What follows somebody who moved on: grades fed back, what appeals changed, open commitments, cases."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.branch.appraisal.models import AppraisalFiling, Feedback, GradeLine
from services.branch.appraisal.state import newest_filing
from services.branch.commitments.keeping import progress_of
from services.branch.commitments.models import Commitment
from services.branch.outcomes.corrected import brought_grades, corrected
from services.branch.outcomes.desk import DESK
from services.branch.roster.models import MOVED, Member
from services.branch.transfers.brought import carried_on
from services.branch.transfers.cases import carried_cases
from services.branch.transfers.models import BroughtGrade
from services.branch.transfers.reading import transfers
from services.branch.transfers.telling import say_on
from services.branch.transfers.told_on import note_told
from shared.contracts.transfers import (
    CarriedCommitment,
    CarriedCorrection,
    CarriedGrade,
    CarriedProgress,
)
from shared.kit.db import among
from shared.kit.units import Unit

OPEN = ("proposed", "returned", "published")


def follow(session: Session, unit: Unit, member: Member, by: str, now: datetime) -> None:
    """All that is known of a member just handed over; the commitments go for good."""
    years = set(
        session.scalars(select(AppraisalFiling.year).where(AppraisalFiling.unit_id == unit.id).distinct())
    )
    grades = [_brought(one) for one in brought_grades(session, unit.id, [member.id])]
    grades += [one for year in sorted(years) for one in fed_back(session, unit, year, [member.id]).values()]
    carried = carried_cases(session, DESK, unit.id, member.id)
    say_on(
        session,
        unit.id,
        member.id,
        grades=grades,
        corrections=known_corrections(session, member.id, now),
        commitments=_handed_on(session, unit, member),
        cases=[*carried_on(session, unit.id, member.id), *carried.cases],
        by=by,
        now=now,
    )
    note_told(session, unit.id, member.id, carried.whole, now)


def follow_grades(
    session: Session, unit: Unit, year: int, members: Collection[UUID], by: str, now: datetime
) -> None:
    """Grades just fed back to those who have moved on since."""
    gone = select(Member.id).where(
        Member.unit_id == unit.id, among(Member.id, members), Member.left_why == MOVED
    )
    moved = session.scalars(gone).all()
    for member_id, grade in (fed_back(session, unit, year, moved) if moved else {}).items():
        say_on(
            session,
            unit.id,
            member_id,
            grades=[grade],
            corrections=known_corrections(session, member_id, now),
            by=by,
            now=now,
        )


def known_corrections(session: Session, member_id: UUID, now: datetime) -> list[CarriedCorrection]:
    """What upheld appeals left of the member's years, as far as it is known here."""
    found = sorted(corrected(session, [member_id]).values(), key=lambda one: one.year)
    return [CarriedCorrection(one.case_id, one.year, one.grade, one.points, now.isoformat()) for one in found]


def fed_back(session: Session, unit: Unit, year: int, members: Collection[UUID]) -> dict[UUID, CarriedGrade]:
    """Confirmed grades of these members that they have been told."""
    filed = newest_filing(session, unit.id, year)
    if filed is None or filed[1] is None or filed[1].verdict != "confirmed":
        return {}
    query = (
        select(GradeLine, Feedback)
        .join(
            Feedback,
            (Feedback.unit_id == GradeLine.unit_id)
            & (Feedback.year == GradeLine.year)
            & (Feedback.member_id == GradeLine.member_id),
        )
        .where(
            GradeLine.run_id == filed[0].run_id,
            among(GradeLine.member_id, members),
            Feedback.signed_at.is_not(None),
        )
    )
    return {line.member_id: _carried(unit, line, told) for line, told in session.execute(query)}


def _carried(unit: Unit, line: GradeLine, told: Feedback) -> CarriedGrade:
    assert told.signed_at is not None
    return CarriedGrade(
        year=line.year,
        branch_code=unit.code,
        branch_name=unit.name,
        base=line.base,
        months=line.months,
        bonus=line.bonus,
        deductions=line.deductions,
        appraisal=line.appraisal,
        total=line.total,
        grade=line.grade,
        lines=line.lines,
        signed_by=told.signed_by,
        proxy=told.proxy,
        signed_at=told.signed_at.isoformat(),
    )


def _brought(one: BroughtGrade) -> CarriedGrade:
    return CarriedGrade(
        year=one.year,
        branch_code=one.branch_code,
        branch_name=one.branch_name,
        base=one.base,
        months=one.months,
        bonus=one.bonus,
        deductions=one.deductions,
        appraisal=one.appraisal,
        total=one.total,
        grade=one.grade,
        lines=one.lines,
        signed_by=one.signed_by,
        proxy=one.proxy,
        signed_at=one.signed_at.isoformat(),
    )


def _handed_on(session: Session, unit: Unit, member: Member) -> list[CarriedCommitment]:
    """The member's commitments that nobody has judged, marked as gone; they are judged elsewhere."""
    query = (
        select(Commitment)
        .where(
            Commitment.unit_id == unit.id,
            Commitment.member_id == member.id,
            Commitment.state.in_(OPEN),
            Commitment.handed_in.is_(None),
        )
        .order_by(Commitment.year, Commitment.proposed_at, Commitment.id)
        .with_for_update()
    )
    found = session.scalars(query).all()
    gone = (one for one in transfers(session, unit.id, member.id) if one.out and one.state == "closed")
    last = max(gone, key=lambda one: one.at)
    for one in found:
        one.handed_in, one.version = last.id, one.version + 1
    session.flush()
    return [_commitment(session, one) for one in found]


def _commitment(session: Session, one: Commitment) -> CarriedCommitment:
    return CarriedCommitment(
        commitment_id=one.id,
        year=one.year,
        span=one.span,
        origin=one.origin,
        what=one.what,
        for_whom=one.for_whom,
        target=one.target,
        measure=one.measure,
        due=one.due,
        findings=list(one.findings),
        hollow=one.hollow,
        fit=one.fit,
        state=one.state,
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at.isoformat(),
        decided_by=one.decided_by,
        decided_at=one.decided_at.isoformat() if one.decided_at else "",
        reason=one.reason,
        progress=[
            CarriedProgress(
                entry.id, entry.day, entry.achieved, entry.what, entry.witness, entry.by, entry.at.isoformat()
            )
            for entry in progress_of(session, one.id)
        ],
    )


def recover_handed_on(session: Session, transfer_id: UUID, commitments: Sequence[CarriedCommitment]) -> None:
    """Own word that comes back after a restore: what it handed on is gone from here."""
    marked = update(Commitment).where(among(Commitment.id, [one.commitment_id for one in commitments]))
    session.execute(marked.values(handed_in=transfer_id).execution_options(synchronize_session=False))
