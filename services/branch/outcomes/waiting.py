"""What the year's appraisal asks of this room: what is still undecided, and bases put right by appeals."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.outcomes.models import BaseCorrection, OutcomeCase, OutcomeRun, OutcomeWord
from services.branch.roster.models import Member

NOT_DRAWN = "尚未生成结果运用建议"


def undecided(session: Session, unit_id: UUID, year: int) -> tuple[str, ...]:
    """Members whose outcomes wait for a decision or a second person; before anything is proposed, that."""
    run = select(OutcomeRun.id).where(OutcomeRun.unit_id == unit_id, OutcomeRun.year == year).limit(1)
    if session.scalars(run).first() is None:
        return (NOT_DRAWN,)
    query = (
        select(Member.name)
        .join(OutcomeCase, (OutcomeCase.member_id == Member.id) & (OutcomeCase.unit_id == Member.unit_id))
        .where(
            OutcomeCase.unit_id == unit_id,
            OutcomeCase.year == year,
            OutcomeCase.tier == "branch",
            OutcomeCase.state.in_(("open", "decided")),
        )
        .order_by(Member.number)
    )
    return tuple(dict.fromkeys(session.scalars(query)))


def proposed_codes(session: Session, member_id: UUID | None, year: int) -> set[str]:
    """Outcomes of the year that wait for a decision about the member, and on which he has been heard."""
    heard = select(OutcomeWord.id).where(OutcomeWord.case_id == OutcomeCase.id, OutcomeWord.kind == "heard")
    query = select(OutcomeCase.code).where(
        heard.correlate(OutcomeCase).exists(),
        OutcomeCase.member_id == member_id,
        OutcomeCase.year == year,
        OutcomeCase.sort == "outcome",
        OutcomeCase.state == "open",
    )
    return set(session.scalars(query))


def corrected_bases(
    session: Session, unit_id: UUID, members: Iterable[UUID] | None = None
) -> dict[tuple[UUID, int], int]:
    """What upheld appeals have added to bases so far (hundredths), by member and year."""
    query = select(BaseCorrection.member_id, BaseCorrection.year, func.sum(BaseCorrection.points)).where(
        BaseCorrection.unit_id == unit_id
    )
    if members is not None:
        query = query.where(BaseCorrection.member_id.in_(list(members)))
    found = session.execute(query.group_by(BaseCorrection.member_id, BaseCorrection.year))
    return {(row[0], row[1]): int(row[2]) for row in found}
