"""What a branch's closing stands on: the claims that are new, and what its members' totals depend on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, any_, bindparam, func, select
from sqlalchemy.orm import Session

from services.branch.points.models import CarriedStrike, Claim, Statement, StatementLine
from services.branch.transfers.reading import arrivals
from shared.contracts.transfers import CarriedYear
from shared.kit.db import ids_given, read_rows, share_turn, take_turn
from shared.rules.points.year import Done, Month, MonthPoints, month_of, year_points
from shared.sync.years import MemberYear


class Booked(NamedTuple):
    """What counting needs of a claim."""

    id: UUID
    member_id: UUID
    number: int
    scheme: str
    item: str
    category: str
    day: date
    points: int | None
    state: str


_OURS = (
    select(
        *(Claim.id, Claim.member_id, Claim.number, Claim.scheme),
        *(Claim.item, Claim.category, Claim.day, Claim.points, Claim.state),
    )
    .where(
        Claim.unit_id == bindparam("unit", type_=Uuid),
        Claim.year == bindparam("year"),
        Claim.day < bindparam("until", type_=Date),
        Claim.handed_in.is_(None),
    )
    .order_by(Claim.number)
)
# New approvals and new strikes together; the state tells which.
_NEW = _OURS.where(
    ((Claim.state == "approved") & Claim.stated_in.is_(None))
    | ((Claim.state == "struck") & Claim.stated_in.is_not(None) & Claim.struck_in.is_(None))
)
_ALIVE = _OURS.where(Claim.state == "approved", Claim.member_id == any_(ids_given("members")))
_POSTED = (
    select(StatementLine.member_id, StatementLine.posted, Statement.closed_at)
    .join(Statement, Statement.id == StatementLine.statement_id)
    .where(
        StatementLine.unit_id == bindparam("unit", type_=Uuid),
        StatementLine.year == bindparam("year"),
        StatementLine.member_id == any_(ids_given("members")),
    )
)


# A branch closes its months in order: what is closed is known by the last.
LAST_CLOSED = select(func.max(Statement.month)).where(
    Statement.unit_id == bindparam("unit", type_=Uuid), Statement.year == bindparam("year")
)


@dataclass
class Books:
    """Approved claims by member, the new ones and the struck ones, and what was posted before.

    `carried` is what those who moved here brought along: it counts as if it had been done and posted here;
    `carried_struck` are claims among it that were struck here and not stated yet. `upto` is the last month
    that is posted.
    """

    upto: Month

    alive: dict[UUID, list[Booked]] = field(default_factory=lambda: defaultdict(list))
    fresh: list[Booked] = field(default_factory=list)
    struck: list[Booked] = field(default_factory=list)
    posted: dict[UUID, dict[tuple[Month, str], int]] = field(default_factory=lambda: defaultdict(dict))
    carried: dict[UUID, CarriedYear] = field(default_factory=dict)
    carried_struck: list[CarriedStrike] = field(default_factory=list)


def hold_books(session: Session, unit_id: UUID) -> None:
    """Nobody else closes a month of this branch, or hands a member's books on, until we commit."""
    take_turn(session, _turn(unit_id))


def keep_books_open(session: Session, unit_id: UUID) -> None:
    """Nobody closes a month of this branch until we commit; other writers of claims do not wait.

    Taken before any row: who closes holds the books first and writes claims afterwards.
    """
    share_turn(session, _turn(unit_id))


def _turn(unit_id: UUID) -> str:
    return f"month/{unit_id}"


def first_after(year: int, month: int) -> date:
    """The first day of the month that follows."""
    return date(year + month // 12, month % 12 + 1, 1)


def read_books(
    session: Session,
    unit_id: UUID,
    year: MemberYear,
    upto: Month,
    *,
    anybody_came: bool = True,
    everybody: Iterable[UUID] = (),
) -> Books:
    """New approvals and strikes up to a month, and all that their members' totals depend on.

    `anybody_came` False spares reading who moved here, where it is known that nobody did. `everybody` are
    members whose whole year is read in any case: a month that is answered stands on its parts before.
    """
    until = first_after(*upto)
    books = Books(upto)
    came = arrivals(session, unit_id) if anybody_came else {}
    books.carried = {member: found for member, one in came.items() if (found := one.year(year.year))}
    if books.carried:
        books.carried_struck = _carried_struck(session, unit_id, year.year)
    ours = {"unit": unit_id, "year": year.year, "until": until}
    for claim in _read(session, _NEW, ours):
        (books.fresh if claim.state == "approved" else books.struck).append(claim)
    for claim in books.fresh:
        books.alive[claim.member_id].append(claim)
    tangled = _tangled(year, books, upto) | set(books.carried) | set(everybody)
    if tangled:
        since = {member: datetime.fromisoformat(one.at) for member, one in came.items()}
        _read_whole_year(session, books, tangled, since, ours)
    return books


def _carried_struck(session: Session, unit_id: UUID, year: int) -> list[CarriedStrike]:
    query = select(CarriedStrike).where(
        CarriedStrike.unit_id == unit_id,
        CarriedStrike.year == year,
        CarriedStrike.state == "confirmed",
        CarriedStrike.struck_in.is_(None),
    )
    return list(session.scalars(query.order_by(CarriedStrike.branch_id, CarriedStrike.number)))


def _read(session: Session, query: Select[Any], values: Mapping[str, Any]) -> list[Booked]:
    return [Booked._make(row) for row in read_rows(session, query, values)]


def _tangled(year: MemberYear, books: Books, closing: Month) -> set[UUID]:
    """Members whose postings depend on other months: late claims, strikes, and caps that run over the year.

    Everybody else's closing month is a function of that month alone, which spares reading the year.
    """
    found = {claim.member_id for claim in books.struck}
    for claim in books.fresh:
        scheme = year.schemes[claim.scheme]
        category = scheme.category[scheme.by_code[claim.item].category]
        if month_of(claim.day) != closing or category.period == "year":
            found.add(claim.member_id)
    return found


def _read_whole_year(
    session: Session,
    books: Books,
    tangled: Iterable[UUID],
    since: Mapping[UUID, datetime],
    ours: Mapping[str, Any],
) -> None:
    """`since` when somebody came: what was posted here before that is part of what they brought along."""
    wanted = sorted(tangled)
    for member in wanted:
        books.alive[member] = []
        if member in books.carried:
            books.posted[member] = books.carried[member].sums()
    theirs = {**ours, "members": wanted}
    for claim in _read(session, _ALIVE, theirs):
        books.alive[claim.member_id].append(claim)
    for row in read_rows(session, _POSTED, theirs):
        if row.member_id in since and row.closed_at <= since[row.member_id]:
            continue
        sums = books.posted[row.member_id]
        for done, category, points, _kind in row.posted:
            key = (_month(done), category)
            sums[key] = sums.get(key, 0) + points


def _month(text: str) -> Month:
    return int(text[:4]), int(text[5:])


def member_points(
    year: MemberYear, claims: Sequence[Booked | Claim], carried: CarriedYear | None = None
) -> Mapping[Month, MonthPoints]:
    """What approved claims of one member are worth, by month done (see rules.points.year)."""
    before = carried.done(year.schemes) if carried else []
    return year_points([*before, *(_done(year, claim) for claim in claims)])


def _done(year: MemberYear, claim: Booked | Claim) -> Done:
    assert claim.points is not None
    scheme = year.schemes[claim.scheme]
    return Done(f"{claim.number:08}", claim.day, scheme, scheme.by_code[claim.item], claim.points)
