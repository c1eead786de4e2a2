"""Claims that a transfer carried here: struck by two persons with a reason; the next statement says so."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.points.books import keep_books_open
from services.branch.points.models import CarriedStrike
from services.branch.points.over import require_open_years, require_postable
from services.branch.roster.actions import member_of
from services.branch.transfers.reading import records
from shared.contracts.statements import StatementClosed, StruckLine
from shared.contracts.transfers import CarriedClaim, CarriedYear
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.sync.years import MemberYear

REASON_LENGTH = 200
LOST = "（恢复数据时原文已缺，以月报为准）"
MOVED_ON = N_("这条申报刚刚被别人办理过。请看过最新情况再办。")


@dataclass(frozen=True)
class Named:
    """A carried claim by the branch that approved it and the number it gave."""

    member_id: UUID
    branch_id: UUID
    number: int


def ask_strike(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, named: Named, reason: str, now: datetime
) -> None:
    """Ask that a carried claim be struck. Raises Absent, Refused: one's own, gone, no reason, struck."""
    carried, claim = _claim(session, unit, year, named)
    _may_touch(session, actor, unit, year, named.member_id)
    if not reason.strip():
        raise Refused(N_("请写明理由，申报人会看到。"))
    key = (unit.id, named.branch_id, year.year, named.number)
    found = session.get(CarriedStrike, key, with_for_update=True)
    if found is not None and found.state != "declined":
        raise Refused(MOVED_ON)
    found = found or CarriedStrike(
        unit_id=unit.id, branch_id=named.branch_id, year=year.year, number=named.number
    )
    found.member_id, found.scheme = named.member_id, carried.schemes[claim.scheme]
    found.item, found.day, found.points = claim.item, claim.day, claim.points
    found.reason, found.state = reason.strip()[:REASON_LENGTH], "asked"
    found.asked_by, found.asked_by_id, found.asked_at = actor.name, actor.account_id, now
    found.decided_by, found.decided_at = "", None
    session.add(found)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "claim.ask_strike", _subject(named), year=year.year)


def decide_strike(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    named: Named,
    confirm: bool,
    now: datetime,
) -> None:
    """A second person strikes it, or lets it stand. Raises Absent, Refused: the same person, one's own."""
    keep_books_open(session, unit.id)
    key = (unit.id, named.branch_id, year.year, named.number)
    found = session.get(CarriedStrike, key, with_for_update=True)
    if found is None or found.member_id != named.member_id:
        raise Absent
    if found.state != "asked":
        raise Refused(MOVED_ON)
    _may_touch(session, actor, unit, year, named.member_id)
    if same_person(session, actor, found.asked_by_id, found.asked_by):
        raise Refused(N_("提出冲销和确认要由两个人分别办理。"))
    found.state = "confirmed" if confirm else "declined"
    found.decided_by, found.decided_at = actor.name, now
    session.flush()
    act = "claim.struck" if confirm else "claim.keep"
    audit.record(session, now, actor.account_id, unit.id, act, _subject(named), year=year.year)


def _claim(session: Session, unit: Unit, year: MemberYear, named: Named) -> tuple[CarriedYear, CarriedClaim]:
    record = records(session, unit.id).get(named.member_id)
    carried = record.year(year.year) if record else None
    for one in carried.claims if carried else ():
        if carried is not None and (one.branch_id, one.number) == (named.branch_id, named.number):
            return carried, one
    raise Absent


def _may_touch(session: Session, actor: SignedIn, unit: Unit, year: MemberYear, member_id: UUID) -> None:
    member = member_of(session, unit.id, member_id)
    if member.until is not None:
        raise Refused(N_("%(name)s 已经不在本支部。"), name=member.name)
    if actor.person_id == member_id:
        raise Refused(N_("不能办自己的申报，请另一位委员办理。"))
    require_open_years(session, [year.year])
    require_postable(session, unit.id, year.year)


def _subject(named: Named) -> str:
    return f"{named.branch_id}/{named.number}"


def strikes_of(session: Session, unit_id: UUID, member_id: UUID) -> list[CarriedStrike]:
    """Every strike asked about a member's carried claims here."""
    query = select(CarriedStrike).where(
        CarriedStrike.unit_id == unit_id, CarriedStrike.member_id == member_id
    )
    return list(session.scalars(query.order_by(CarriedStrike.day, CarriedStrike.number)))


def restrike(session: Session, body: StatementClosed, line: StruckLine) -> None:
    """An own statement that comes back after a restore: what it struck is struck."""
    member_id = body.members[line.member].member_id
    key = (body.branch_id, line.branch_id, body.year, line.number)
    found = session.get(CarriedStrike, key)
    if found is None:
        at = datetime.fromisoformat(body.closed_at)
        found = CarriedStrike(
            unit_id=body.branch_id,
            branch_id=line.branch_id,
            year=body.year,
            number=line.number,
            member_id=member_id,
            scheme="",
            item="",
            day=at.date(),
            points=0,
            reason=LOST,
            asked_by=body.closed_by,
            asked_by_id=None,
            asked_at=at,
            decided_by=body.closed_by,
            decided_at=at,
        )
        session.add(found)
    found.state, found.struck_in = "confirmed", body.statement_id
    session.flush()
