"""Closing a month: what each member earned is posted, signed off and sent to the township."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, String, Uuid, all_, any_, bindparam, func, select, update
from sqlalchemy.orm import Session

from services.branch.commitments.models import Commitment
from services.branch.generals.models import Endorsement
from services.branch.generals.submitting import require_settled, submit, word_on
from services.branch.points.books import (
    LAST_CLOSED,
    Books,
    first_after,
    hold_books,
    member_points,
    read_books,
)
from services.branch.points.models import Claim, Statement, StatementLine, StatementVerdict
from services.branch.points.stating import message
from services.branch.roster.models import MOVED, Member
from services.branch.roster.reading import members
from services.branch.transfers.reading import ANYBODY_CAME
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import ids_given, insert_rows, read_rows
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rules.points.posting import Posting, postings
from shared.rules.points.year import Month
from shared.sync.years import MemberYear

_UNIT, _YEAR = bindparam("unit", type_=Uuid), bindparam("year")
_IN_MONTH = Claim.day >= bindparam("first", type_=Date)
_UNDECIDED = (Claim.state == "waiting", Claim.category != all_(bindparam("deductions", type_=ARRAY(String))))
_PROMISED = select(func.count()).where(
    Commitment.unit_id == _UNIT,
    Commitment.year == _YEAR,
    Commitment.state != "returned",
    Commitment.handed_in.is_(None),
)
# What a close asks of the books, in one look: what is due, what is undecided, the overview's figures.
_AT_CLOSE = select(
    LAST_CLOSED.scalar_subquery().label("last"),
    ANYBODY_CAME,
    func.count().filter(*_UNDECIDED).label("waiting"),
    func.count().filter(_IN_MONTH).label("claims"),
    func.count().filter(_IN_MONTH, Claim.state == "approved").label("approved"),
    func.count().filter(_IN_MONTH, Claim.state == "returned").label("returned"),
    func.count().filter(_IN_MONTH, Claim.proxy).label("proxy"),
    _PROMISED.scalar_subquery().label("commitments"),
    _PROMISED.where(Commitment.hollow).scalar_subquery().label("hollow"),
).where(Claim.unit_id == _UNIT, Claim.year == _YEAR, Claim.day < bindparam("after", type_=Date))
# In the books as read, and no longer so when marked: nothing of the closing stands, it is tried again.
MEANWHILE = N_("有申报刚刚被别人办理过，没有改动任何一条。请刷新后再办。")
FIGURES = ("claims", "approved", "returned", "proxy", "commitments", "hollow")
_COLUMNS = tuple(one.name for one in Statement.__table__.columns)
_ROSTER = (
    select(Member.id, Member.field, Member.exempt, Member.since, Member.until, Member.left_why)
    .where(Member.unit_id == _UNIT)
    .order_by(Member.number)
)
_GIVEN = Claim.id == any_(ids_given("ids"))
_STATED = update(Claim).where(_GIVEN, Claim.state == "approved").values(stated_in=bindparam("statement"))
_STRUCK = update(Claim).where(_GIVEN).values(struck_in=bindparam("statement"))


def next_month(session: Session, unit_id: UUID, year: int) -> int:
    """The month to be closed next; 13 when all twelve are."""
    return (read_rows(session, LAST_CLOSED, {"unit": unit_id, "year": year}).scalar() or 0) + 1


def sent_back(
    session: Session, unit_id: UUID, year: int, month: int
) -> StatementVerdict | Endorsement | None:
    """Who sent the month's latest part back and why, township or general branch, until it is answered."""
    latest = session.scalars(
        select(Statement)
        .where(Statement.unit_id == unit_id, Statement.year == year, Statement.month == month)
        .order_by(Statement.part.desc())
        .limit(1)
    ).one_or_none()
    if latest is None:
        return None
    standing = word_on(session, latest.id)
    if standing is not None and standing.state == "sent_back":
        return standing.said
    verdict = session.scalars(
        select(StatementVerdict)
        .where(StatementVerdict.statement_id == latest.id)
        .order_by(StatementVerdict.at.desc())
        .limit(1)
    ).one_or_none()
    return verdict if verdict and verdict.verdict == "sent_back" else None


def close_month(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    month: int,
    now: datetime,
    note: str = "",
) -> Statement:
    """Close a month that is over, or answer one sent back with a further part.

    Raises Refused: out of order, not over yet, claims still undecided or decided meanwhile, a month before
    waits for endorsement.
    """
    hold_books(session, unit.id)
    require_settled(session, unit, year.year, month)
    found = _at_close(session, unit.id, year, month)
    last = found.last or 0
    part = _part(session, unit.id, year, month, last + 1, now)
    if found.waiting:
        raise Refused(N_("还有 %(count)s 条申报没有审核，审完再结账。"), count=found.waiting)
    everyone = read_rows(session, _ROSTER, {"unit": unit.id}).all()
    upto, whole = _reach(everyone, year.year, month, last)
    books = read_books(session, unit.id, year, upto, anybody_came=found.anybody_came, everybody=whole)
    roster = _of_month(everyone, year.year, month, books)
    statement = Statement(
        id=new_id(),
        unit_id=unit.id,
        year=year.year,
        month=month,
        part=part,
        note=note.strip(),
        total=0,
        members=0,
        figures={name: getattr(found, name) for name in FIGURES},
        closed_by=actor.name,
        closed_at=now,
    )
    pairs = _lines(statement, year, roster, books)
    lines = [line for _member, line in pairs]
    statement.members = len(lines)
    statement.total = sum(line["total"] for line in lines)
    roster_ids = {line["member_id"] for line in lines}
    # Who has no line in this month is stated with the next one.
    books.carried_struck = [one for one in books.carried_struck if one.member_id in roster_ids]
    _mark(session, books, statement.id)
    insert_rows(session, Statement, [{name: getattr(statement, name) for name in _COLUMNS}])
    same = {"statement_id": statement.id, "unit_id": unit.id, "year": year.year, "month": month}
    insert_rows(session, StatementLine, lines, same=same)
    submit(session, actor, unit, message(statement, lines, books), now)
    audit.record(
        session, now, actor.account_id, unit.id, "month.close", str(statement.id), month=month, part=part
    )
    return statement


def preview(
    session: Session, unit: Unit, year: MemberYear, month: int
) -> list[tuple[Member, Mapping[str, Any]]]:
    """What closing this month now would post, per member. Nothing is written."""
    everyone = members(session, unit.id)
    last = next_month(session, unit.id, year.year) - 1
    upto, whole = _reach(everyone, year.year, month, last)
    books = read_books(session, unit.id, year, upto, everybody=whole)
    made = Statement(id=new_id(), unit_id=unit.id, year=year.year, month=month)
    roster = _of_month(everyone, year.year, month, books)
    return list(_lines(made, year, roster, books))


def _reach(everyone: Iterable[Any], year: int, month: int, last: int) -> tuple[Month, list[UUID]]:
    """Up to which month a closing posts, and whose whole year it counts.

    An answer counts everybody again, up to the `last` month closed: what a cap over the year shifts between
    months has no other statement to be posted in, and an answer to a wrong posting puts it right.
    """
    if month > last:
        return (year, month), []
    return (year, last), [one.id for one in everyone if one.left_why != MOVED]


def _at_close(session: Session, unit_id: UUID, year: MemberYear, month: int) -> Any:
    values = {"unit": unit_id, "year": year.year, "deductions": _may_wait(year, month)}
    days = {"first": date(year.year, month, 1), "after": first_after(year.year, month)}
    return read_rows(session, _AT_CLOSE, values | days).one()


def _may_wait(year: MemberYear, month: int) -> list[str]:
    """Categories decided after closing: deductions wait for the member's word; the last month leaves none."""
    return sorted(year.deductions) if month < 12 else []


def _part(session: Session, unit_id: UUID, year: MemberYear, month: int, due: int, now: datetime) -> int:
    if month < due:
        if sent_back(session, unit_id, year.year, month) is None:
            raise Refused(
                N_("%(month)s 月已经结账。要改的，撤销有误的申报，差额会记入下一个月。"), month=month
            )
        query = select(func.max(Statement.part)).where(
            Statement.unit_id == unit_id, Statement.year == year.year, Statement.month == month
        )
        return (session.scalar(query) or 0) + 1
    if month > due:
        raise Refused(N_("请先结 %(month)s 月。"), month=due)
    if (early := too_early(year, month, now)) is not None:
        raise early
    return 1


def too_early(year: MemberYear, month: int, now: datetime) -> Refused | None:
    """Why a month cannot be closed yet: it is not over, or December's late days are not."""
    day, today = year.closes_from(month), civil(now).date()
    if today >= day:
        return None
    if today >= first_after(year.year, month):
        words = N_(
            "12 月的积分可以补报到 %(until)s，%(day)s 起才能结账：结账以后，补报的积分就没有月份可记了。"
        )
        return Refused(words, until=year.late_until, day=day)
    return Refused(N_("%(month)s 月还没有结束，%(day)s 起可以结账。"), month=month, day=day)


def undecided(session: Session, unit_id: UUID, year: MemberYear, month: int) -> int:
    """Claims done by the end of the month that wait for a decision.

    Deductions may wait for the member's reply: they are posted when they are decided, in December at last.
    """
    found = session.scalar(
        select(func.count()).where(
            Claim.unit_id == unit_id,
            Claim.year == year.year,
            Claim.state == "waiting",
            Claim.day < first_after(year.year, month),
            Claim.category.not_in(_may_wait(year, month)),
        )
    )
    return found or 0


def _of_month(roster: Iterable[Any], year: int, month: int, books: Books) -> list[Any]:
    """Every member of the month, and whoever else has something to be posted; not who was handed over."""
    touched = {one.member_id for one in (*books.fresh, *books.struck)} | {*books.alive, *books.carried}
    return [
        one for one in roster if one.left_why != MOVED and (one.id in touched or _belongs(one, year, month))
    ]


def _belongs(member: Any, year: int, month: int) -> bool:
    first, after = date(year, month, 1), first_after(year, month)
    return member.since < after and (member.until is None or member.until > first)


def _lines(
    statement: Statement, year: MemberYear, roster: Sequence[Any], books: Books
) -> list[tuple[Any, dict[str, Any]]]:
    """Members with their lines; who is not of the month and has nothing new or to be posted, has none."""
    found = [(member, _line(statement, year, member, books)) for member in roster]
    new = {one.member_id for one in (*books.fresh, *books.struck)}
    return [
        (member, line)
        for member, line in found
        if line["posted"] or member.id in new or _belongs(member, statement.year, statement.month)
    ]


def _line(statement: Statement, year: MemberYear, member: Any, books: Books) -> dict[str, Any]:
    carried = books.carried.get(member.id)
    found = member_points(year, books.alive.get(member.id, ()), carried)
    closing = (statement.year, statement.month)
    entries = postings(found, books.posted.get(member.id, {}), closing, books.upto)
    attendance = found[closing].attendance if closing in found else 0
    if carried:
        attendance -= carried.attendance.get(f"{statement.year}-{statement.month:02}", 0)
    return {
        "member_id": member.id,
        "scheme": year.by_field[member.field].hash,
        "exempt": member.exempt,
        "total": sum(entry.points for entry in entries),
        "attendance": attendance,
        "posted": [_entry(entry) for entry in entries],
    }


def _entry(entry: Posting) -> list[Any]:
    return [f"{entry.done[0]}-{entry.done[1]:02}", entry.category, entry.points, entry.kind]


def _mark(session: Session, books: Books, statement_id: UUID) -> None:
    for mark, claims in ((_STATED, books.fresh), (_STRUCK, books.struck)):
        if claims:
            values = {"ids": [claim.id for claim in claims], "statement": statement_id}
            if session.connection().execute(mark, values).rowcount != len(claims):
                raise Refused(MEANWHILE)
    for one in books.carried_struck:
        one.struck_in = statement_id
    session.flush()
