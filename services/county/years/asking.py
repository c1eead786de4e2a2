"""Asking a branch to settle a year anew, where what it told keeps the year from closing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.telling import ask
from services.county.years.models import ClosedBranch, MemberYear, SettledYear, SettlementAsk
from shared.contracts.outcomes import YearAsked
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit

REASON_LENGTH = 400


def ask_anew(
    session: Session, actor: SignedIn, year: int, unit_id: UUID, reason: str, now: datetime
) -> SettlementAsk:
    """Ask a branch whose year did not come out the same to settle it anew. Raises Absent, Refused."""
    opened = session.get(MemberYear, year)
    found = session.get(ClosedBranch, (unit_id, year))
    # A classing that differs is no branch's to settle: it is returned to who filed it.
    if opened is None or found is None or not found.fault or session.get_one(Unit, unit_id).level != "branch":
        raise Absent
    if opened.state == "closed":
        raise Refused(N_("%(year)s 年度已经关闭。"), year=year)
    if not reason.strip():
        raise Refused(N_("请写明哪里不一致、要支部做什么。"))
    made = SettlementAsk(
        id=new_id(),
        unit_id=unit_id,
        year=year,
        reason=reason.strip()[:REASON_LENGTH],
        by=actor.name,
        at=now,
    )
    session.add(made)
    session.flush()
    body = YearAsked(made.id, unit_id, year, "again", [], made.reason, made.by, now.isoformat())
    ask(session, unit_id, body, now)
    audit.record(session, now, actor.account_id, unit_id, "year.ask", str(made.id), year=year)
    return made


def asked_and_answered(session: Session, year: int) -> dict[UUID, tuple[SettlementAsk, bool]]:
    """By branch, the last request of the year, and whether the branch has told its year since."""
    query = select(SettlementAsk).where(SettlementAsk.year == year).order_by(SettlementAsk.at)
    asks = {one.unit_id: one for one in session.scalars(query)}
    told = {
        row.unit_id: row.at
        for row in session.execute(
            select(SettledYear.unit_id, SettledYear.at).where(SettledYear.year == year)
        )
    }
    return {unit: (one, unit in told and told[unit] > one.at) for unit, one in asks.items()}
