"""From which day on a membership may end: months stated with somebody were his to be a member in."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.points.models import Claim, StatementLine


def earliest_end(session: Session, unit_id: UUID, member_id: UUID) -> date | None:
    """The first day from which somebody may belong here no more; None where no month was stated with him.

    In the last month stated he was a member for a day at least, and on the day of what counted last.
    """
    month = (
        select(StatementLine.year, StatementLine.month)
        .where(StatementLine.unit_id == unit_id, StatementLine.member_id == member_id)
        .order_by(StatementLine.year.desc(), StatementLine.month.desc())
        .limit(1)
    )
    found = session.execute(month).first()
    if found is None:
        return None
    counted = session.scalar(
        select(func.max(Claim.day)).where(
            Claim.unit_id == unit_id,
            Claim.member_id == member_id,
            Claim.state == "approved",
            Claim.stated_in.is_not(None),
            Claim.handed_in.is_(None),
        )
    )
    first = date(found.year, found.month, 1)
    return max(first, counted or first) + timedelta(days=1)
