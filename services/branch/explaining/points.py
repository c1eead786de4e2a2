"""A member's claims and postings as the branches keep them, in the shape of a derivation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.generals.submitting import word_on
from services.branch.points.books import member_points
from services.branch.points.carried import strikes_of
from services.branch.points.models import CarriedStrike, Statement, StatementLine, StatementVerdict
from services.branch.points.models import Claim as StoredClaim
from services.branch.roster.models import Member
from services.branch.transfers.reading import arrivals, transfers
from shared.contracts.statements import carried_id
from shared.contracts.transfers import CarriedClaim, CarriedYear, TransferClosed
from shared.explaining.held import Claim, Part, Points, Step
from shared.explaining.words import NOTHING, Words, both
from shared.rules.points.year import Line, Month, MonthPoints
from shared.sync.years import MemberYear


def points_held(session: Session, here: MemberYear, member: Member, units: Sequence[UUID]) -> Points:
    """Everything filed and posted at these branches; `member` is the present membership."""
    record = arrivals(session, member.unit_id).get(member.id)
    carried = record.year(here.year) if record else None
    query = (
        select(StoredClaim)
        .where(
            StoredClaim.unit_id.in_(units),
            StoredClaim.member_id == member.id,
            StoredClaim.year == here.year,
        )
        .order_by(StoredClaim.number)
    )
    stored = session.scalars(query).all()
    ours = [one for one in stored if one.state == "approved" and _counts(session, member, record, one)]
    counted = member_points(here, ours, carried)
    bare = {one.id for one in ours}
    statements = _statements(session, member, here.year, units)
    known = {one.id: one for one, _line in statements}
    struck = [one for one in strikes_of(session, member.unit_id, member.id) if one.state == "confirmed"]
    gone = {carried_id(one.branch_id, one.number): one for one in struck if one.year == here.year}
    claims = [_less(_claim(one, one.id in bare, known), gone) for one in stored]
    return Points(
        schemes=here.schemes,
        claims=[*claims, *_carried(here, carried, claims), *_gone(here, gone, claims)],
        counted=_by_id(counted),
        parts=[_part(session, member, record, one, line) for one, line in statements],
        brought=carried.posted if carried else (),
        brought_from=record.origin_name if record else "",
        names=record.branches if record else {},
    )


def _counts(session: Session, member: Member, record: TransferClosed | None, one: StoredClaim) -> bool:
    """Whether this branch's own claim counts here beside what was brought along."""
    if one.unit_id != member.unit_id:
        return False
    if member.until is not None:
        gone = (found for found in transfers(session, member.unit_id, member.id) if found.out)
        last = next((found.id for found in gone if found.state == "closed"), None)
        return one.handed_in == last
    return record is None or one.handed_in is None


def _by_id(months: Mapping[Month, MonthPoints]) -> dict[str, Line]:
    return {line.id: line for month in months.values() for line in month.lines}


def _claim(one: StoredClaim, ours: bool, known: Mapping[UUID, Statement]) -> Claim:
    """An approved one that was handed on counts under the name that the transfer gave it."""
    carried = CarriedClaim(one.unit_id, one.number, 0, one.item, one.day, one.points or 0).id
    return Claim(
        id=(f"{one.number:08}" if ours else carried) if one.state == "approved" else "",
        unit_id=one.unit_id,
        number=one.number,
        day=one.day,
        scheme=one.scheme,
        item=one.item,
        category=one.category,
        claimed=one.asked if one.points is None else one.points,
        state=one.state,
        stated=_stated(known.get(one.stated_in) if one.stated_in else None),
        what=one.what,
    )


def _less(one: Claim, gone: Mapping[str, CarriedStrike]) -> Claim:
    """A claim approved elsewhere that was struck here counts no more."""
    return replace(one, id="", state="struck") if one.id in gone else one


def _gone(here: MemberYear, gone: Mapping[str, CarriedStrike], claims: Sequence[Claim]) -> list[Claim]:
    """Claims that the record brought and that were struck here."""
    known = {(one.unit_id, one.number) for one in claims}
    return [
        Claim(
            "",
            one.branch_id,
            one.number,
            one.day,
            one.scheme,
            one.item,
            here.schemes[one.scheme].by_code[one.item].category,
            one.points,
            "struck",
            both("由转接记录带来，本支部冲销：%(reason)s", reason=one.reason),
        )
        for one in gone.values()
        if (one.branch_id, one.number) not in known and one.scheme in here.schemes
    ]


def _stated(one: Statement | None) -> Words:
    if one is None:
        return NOTHING
    return both("在 %(month)s 月月报第 %(part)s 次上报", month=one.month, part=one.part)


def _carried(here: MemberYear, year: CarriedYear | None, claims: Sequence[Claim]) -> list[Claim]:
    """Claims of branches that cannot be seen here, as the record brought them."""
    if year is None:
        return []
    known = {one.id for one in claims}
    made = []
    for one in year.claims:
        if one.id in known:
            continue
        scheme = year.schemes[one.scheme]
        category = here.schemes[scheme].by_code[one.item].category
        said = both("由转接记录带来")
        made.append(
            Claim(
                one.id,
                one.branch_id,
                one.number,
                one.day,
                scheme,
                one.item,
                category,
                one.points,
                "approved",
                said,
            )
        )
    return made


def _statements(
    session: Session, member: Member, year: int, units: Sequence[UUID]
) -> list[tuple[Statement, StatementLine]]:
    query = (
        select(Statement, StatementLine)
        .join(StatementLine, StatementLine.statement_id == Statement.id)
        .where(
            Statement.unit_id.in_(units),
            Statement.year == year,
            StatementLine.member_id == member.id,
        )
        .order_by(Statement.closed_at, Statement.month, Statement.part)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _part(
    session: Session, member: Member, record: TransferClosed | None, one: Statement, line: StatementLine
) -> Part:
    inside = record is not None and (
        one.unit_id != member.unit_id or one.closed_at <= datetime.fromisoformat(record.at)
    )
    return Part(
        id=one.id,
        unit_id=one.unit_id,
        month=one.month,
        part=one.part,
        note=one.note,
        total=line.total,
        posted=line.posted,
        rule_version=None,
        steps=_steps(session, one),
        inside=inside,
        again=None,
    )


def _steps(session: Session, one: Statement) -> tuple[Step, ...]:
    steps = [Step(both("结账上报"), one.closed_by, one.closed_at)]
    standing = word_on(session, one.id)
    if standing is not None and (word := standing.words.get("endorsed")):
        steps.append(Step(both("党总支审核通过"), word.by, word.at))
    if standing is not None and (word := standing.words.get("sent_back")):
        steps.append(Step(both("党总支退回"), word.by, word.at, word.reason))
    said = {
        "accepted": both("乡镇受理"),
        "approved": both("乡镇批准"),
        "sent_back": both("乡镇退回"),
    }
    query = (
        select(StatementVerdict).where(StatementVerdict.statement_id == one.id).order_by(StatementVerdict.at)
    )
    verdicts = session.scalars(query)
    return (*steps, *(Step(said[one.verdict], one.by, one.at, one.reason) for one in verdicts))
