"""Settled years as they arrive through the townships: the newest word of a branch, the bases that count."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.county.grades.counting import look_again
from services.county.roster.models import COPY
from services.county.years.models import ClosedBranch, MemberYear, SettledYear, ToldBase
from shared.contracts.outcomes import YearSettled
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable
from shared.sync.rosters import require_members


def receive_settled(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Keep that a branch's year is settled, with everybody's next base; a newer word replaces an older one.

    Raises OutOfScope for another's members, Unacceptable for a year that is closed.
    """
    require_members(
        session,
        COPY,
        ((item.unit, item.body.year, one.member_id) for item in received for one in item.body.bases),
    )
    for item in received:
        _keep_settled(session, item.unit, item.body)
    look_again(
        session,
        [one.member_id for item in received for one in item.body.bases] + _before(session, received),
        now,
    )


def _keep_settled(session: Session, unit_id: UUID, body: YearSettled) -> None:
    if body.branch_id != unit_id:
        raise Unacceptable("a branch settles the year of another branch")
    year = session.get(MemberYear, body.year)
    if year is not None and year.state == "closed":
        raise Unacceptable("the year is closed")
    at = datetime.fromisoformat(body.at)
    settled = {
        "unit_id": unit_id,
        "year": body.year,
        "filing_id": body.filing_id,
        "members": len(body.bases),
        "open_problems": body.open_problems,
        "by": body.by,
        "at": at,
    }
    put = insert(SettledYear).values(settled)
    newer = put.on_conflict_do_update(
        index_elements=["unit_id", "year"],
        set_={name: put.excluded[name] for name in settled if name not in ("unit_id", "year")},
        where=SettledYear.at < put.excluded.at,
    )
    session.execute(newer)
    # What was gone through before is gone through again; a fault stays on the page until then.
    again = delete(ClosedBranch).where(
        ClosedBranch.unit_id == unit_id, ClosedBranch.year == body.year, ClosedBranch.fault == ""
    )
    session.execute(again.execution_options(synchronize_session=False))
    rows = [
        {
            "unit_id": unit_id,
            "year": body.year + 1,
            "settled_at": at,
            "member_id": one.member_id,
            "base": one.base,
            "from_total": one.from_total,
            "from_earned": one.from_earned,
        }
        for one in body.bases
    ]
    if rows:
        session.execute(insert(ToldBase).on_conflict_do_nothing(), rows)


def _before(session: Session, received: Sequence[Received]) -> list[UUID]:
    """Members about whom these branches told something before for the same year, perhaps no longer."""
    pairs = [(item.unit, item.body.year + 1) for item in received]
    query = select(ToldBase.member_id).where(tuple_(ToldBase.unit_id, ToldBase.year).in_(pairs))
    return list(session.scalars(query.distinct()))
