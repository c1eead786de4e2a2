"""Closing a month: what each member earned is posted, signed off and sent to the township."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.branch.commitments.models import Commitment
from services.branch.points.books import Books, first_after, hold_books, member_points, read_books
from services.branch.points.models import Claim, Statement, StatementLine, StatementVerdict
from services.branch.points.stating import message
from services.branch.roster.actions import members
from services.branch.roster.models import MOVED, Member
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import among, insert_rows
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rules.points.posting import Posting, postings
from shared.sync.outbox import send_up
from shared.sync.years import MemberYear


def next_month(session: Session, unit_id: UUID, year: int) -> int:
    """The month to be closed next; 13 when all twelve are."""
    query = select(func.max(Statement.month)).where(Statement.unit_id == unit_id, Statement.year == year)
    return (session.scalar(query) or 0) + 1


def sent_back(session: Session, unit_id: UUID, year: int, month: int) -> StatementVerdict | None:
    """The township's verdict where the month's latest part was sent back and not answered yet."""
    latest = session.scalars(
        select(Statement)
        .where(Statement.unit_id == unit_id, Statement.year == year, Statement.month == month)
        .order_by(Statement.part.desc())
        .limit(1)
    ).one_or_none()
    if latest is None:
        return None
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

    Raises Refused: out of order, not over yet, claims still undecided.
    """
    hold_books(session, unit.id)
    part = _part(session, unit.id, year.year, month, now)
    if waiting := undecided(session, unit.id, year, month):
        raise Refused(N_("还有 %(count)s 条申报没有审核，审完再结账。"), count=waiting)
    books = read_books(session, unit.id, year, (year.year, month))
    roster = _lines_for(session, unit.id, year.year, month, books)
    statement = Statement(
        id=new_id(),
        unit_id=unit.id,
        year=year.year,
        month=month,
        part=part,
        note=note.strip(),
        total=0,
        members=0,
        figures=_figures(session, unit.id, year.year, month),
        closed_by=actor.name,
        closed_at=now,
    )
    pairs = _lines(statement, year, roster, books)
    lines = [line for _member, line in pairs]
    statement.members = len(lines)
    statement.total = sum(line["total"] for line in lines)
    session.add(statement)
    session.flush()
    insert_rows(session, StatementLine, lines)
    _mark(session, books, statement.id)
    send_up(
        session, unit.id, unit.id, message(statement, [member for member, _line in pairs], lines, books), now
    )
    audit.record(
        session, now, actor.account_id, unit.id, "month.close", str(statement.id), month=month, part=part
    )
    return statement


def preview(
    session: Session, unit: Unit, year: MemberYear, month: int
) -> list[tuple[Member, Mapping[str, Any]]]:
    """What closing this month now would post, per member. Nothing is written."""
    books = read_books(session, unit.id, year, (year.year, month))
    made = Statement(id=new_id(), unit_id=unit.id, year=year.year, month=month)
    roster = _lines_for(session, unit.id, year.year, month, books)
    return list(_lines(made, year, roster, books))


def _part(session: Session, unit_id: UUID, year: int, month: int, now: datetime) -> int:
    due = next_month(session, unit_id, year)
    if month < due:
        if sent_back(session, unit_id, year, month) is None:
            raise Refused(
                N_("%(month)s 月已经结账。要改的，撤销有误的申报，差额会记入下一个月。"), month=month
            )
        query = select(func.max(Statement.part)).where(
            Statement.unit_id == unit_id, Statement.year == year, Statement.month == month
        )
        return (session.scalar(query) or 0) + 1
    if month > due:
        raise Refused(N_("请先结 %(month)s 月。"), month=due)
    if civil(now).date() < first_after(year, month):
        raise Refused(
            N_("%(month)s 月还没有结束，%(day)s 起可以结账。"), month=month, day=first_after(year, month)
        )
    return 1


def undecided(session: Session, unit_id: UUID, year: MemberYear, month: int) -> int:
    """Claims done by the end of the month that wait for a decision.

    Deductions may wait for the member's reply: they are posted when they are decided.
    """
    found = session.scalar(
        select(func.count()).where(
            Claim.unit_id == unit_id,
            Claim.year == year.year,
            Claim.state == "waiting",
            Claim.day < first_after(year.year, month),
            Claim.category.not_in(year.deductions),
        )
    )
    return found or 0


def _lines_for(session: Session, unit_id: UUID, year: int, month: int, books: Books) -> list[Member]:
    """Every member of the month, and whoever else has something to be posted; not who was handed over."""
    touched = set(books.alive) | {claim.member_id for claim in books.struck}
    return [
        one
        for one in members(session, unit_id)
        if one.left_why != MOVED and (one.id in touched or _belongs(one, year, month))
    ]


def _belongs(member: Member, year: int, month: int) -> bool:
    first, after = date(year, month, 1), first_after(year, month)
    return member.since < after and (member.until is None or member.until > first)


def _lines(
    statement: Statement, year: MemberYear, roster: Sequence[Member], books: Books
) -> list[tuple[Member, dict[str, Any]]]:
    """Members with their lines; who came here later and brought nothing to be posted has none yet."""
    found = [(member, _line(statement, year, member, books)) for member in roster]
    return [
        (member, line)
        for member, line in found
        if line["posted"]
        or member.id not in books.carried
        or _belongs(member, statement.year, statement.month)
    ]


def _line(statement: Statement, year: MemberYear, member: Member, books: Books) -> dict[str, Any]:
    carried = books.carried.get(member.id)
    found = member_points(year, books.alive.get(member.id, ()), carried)
    closing = (statement.year, statement.month)
    entries = postings(found, books.posted.get(member.id, {}), closing)
    attendance = found[closing].attendance if closing in found else 0
    if carried:
        attendance -= carried.attendance.get(f"{statement.year}-{statement.month:02}", 0)
    return {
        "statement_id": statement.id,
        "member_id": member.id,
        "unit_id": member.unit_id,
        "year": statement.year,
        "month": statement.month,
        "scheme": year.by_field[member.field].hash,
        "exempt": member.exempt,
        "total": sum(entry.points for entry in entries),
        "attendance": attendance,
        "posted": [_entry(entry) for entry in entries],
    }


def _entry(entry: Posting) -> list[Any]:
    return [f"{entry.done[0]}-{entry.done[1]:02}", entry.category, entry.points, entry.kind]


def _mark(session: Session, books: Books, statement_id: UUID) -> None:
    quiet = {"synchronize_session": False}
    if books.fresh:
        ids = [claim.id for claim in books.fresh]
        marked = update(Claim).where(among(Claim.id, ids)).values(stated_in=statement_id)
        session.execute(marked, execution_options=quiet)
    if books.struck:
        ids = [claim.id for claim in books.struck]
        marked = update(Claim).where(among(Claim.id, ids)).values(struck_in=statement_id)
        session.execute(marked, execution_options=quiet)


def _figures(session: Session, unit_id: UUID, year: int, month: int) -> dict[str, int]:
    """Counts of the month for the overview: how much was claimed, returned, filed by proxy."""
    first, after = date(year, month, 1), first_after(year, month)
    query = (
        select(Claim.state, Claim.proxy, func.count())
        .where(Claim.unit_id == unit_id, Claim.day >= first, Claim.day < after)
        .group_by(Claim.state, Claim.proxy)
    )
    figures = {"claims": 0, "approved": 0, "returned": 0, "proxy": 0}
    for state, proxy, count in session.execute(query):
        figures["claims"] += count
        figures["approved"] += count if state == "approved" else 0
        figures["returned"] += count if state == "returned" else 0
        figures["proxy"] += count if proxy else 0
    return figures | _promises(session, unit_id, year)


def _promises(session: Session, unit_id: UUID, year: int) -> dict[str, int]:
    """How many commitments stand this year, and how many of them the checks find hollow."""
    query = (
        select(Commitment.hollow, func.count())
        .where(Commitment.unit_id == unit_id, Commitment.year == year, Commitment.state != "returned")
        .group_by(Commitment.hollow)
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    return {"commitments": sum(found.values()), "hollow": found.get(True, 0)}
