"""A branch's year with nothing left to decide, told upward: the next bases, and how many problems go on."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import MemberBase
from services.branch.appraisal.state import newest_filing, open_problems
from shared.contracts.outcomes import BaseLine, YearSettled
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from shared.sync.outbox import send_up
from shared.sync.years import MemberYear


def settle(session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime) -> None:
    """Tell the county that this branch's year is settled."""
    filing = newest_filing(session, unit.id, year.year)
    assert filing is not None, "the steps before are closed on a filing"
    query = (
        select(MemberBase)
        .where(MemberBase.unit_id == unit.id, MemberBase.year == year.year + 1)
        .order_by(MemberBase.member_id)
    )
    body = YearSettled(
        branch_id=unit.id,
        year=year.year,
        filing_id=filing[0].id,
        bases=[
            BaseLine(one.member_id, one.base, one.from_total, one.from_earned)
            for one in session.scalars(query)
        ],
        open_problems=len(open_problems(session, unit.id, year.year)),
        by=actor.name,
        at=now.isoformat(),
    )
    send_up(session, unit.id, unit.id, body, now)
