"""What a member's year came to before the appraisal: base, months, bonus and deductions, in hundredths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import MemberBase
from services.branch.outcomes.corrected import brought_bases
from services.branch.outcomes.waiting import corrected_bases
from services.branch.points.models import Statement, StatementLine
from services.branch.roster.models import Member
from services.branch.transfers.reading import arrivals
from shared.contracts.transfers import TransferClosed
from shared.rules.appraisal import applicable_share, expected_total, months_counted
from shared.sync.years import MemberYear


@dataclass(frozen=True)
class Figures:
    """`deductions` positive. `standard` and `applicable` as the grading rule takes them."""

    base: int
    months: int
    bonus: int
    deductions: int
    standard: int
    applicable: int


def figures(
    session: Session, year: MemberYear, unit_id: UUID, roster: Sequence[Member]
) -> dict[UUID, Figures]:
    """Each member's figures from what was posted; who moved here brings along what others had posted."""
    came = arrivals(session, unit_id)
    sums = _posted(session, year, unit_id, came)
    known = bases(session, year, unit_id, came)
    kinds = {
        category.code: category.kind for scheme in year.schemes.values() for category in scheme.categories
    }
    return {
        one.id: _of(year, one, sums.get(one.id, {}), kinds, known, counts_since(one, came.get(one.id)))
        for one in roster
    }


def _posted(
    session: Session, year: MemberYear, unit_id: UUID, came: Mapping[UUID, TransferClosed]
) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for member, record in came.items():
        carried = record.year(year.year)
        sums = found.setdefault(member, {})
        for (_month, category), points in (carried.sums() if carried else {}).items():
            sums[category] = sums.get(category, 0) + points
    query = (
        select(StatementLine.member_id, StatementLine.posted, Statement.closed_at)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(StatementLine.unit_id == unit_id, StatementLine.year == year.year)
    )
    for row in session.execute(query):
        # What was posted here before somebody came is part of what they brought along.
        if row.member_id in came and row.closed_at <= datetime.fromisoformat(came[row.member_id].at):
            continue
        sums = found.setdefault(row.member_id, {})
        for _done, category, points, _kind in row.posted:
            sums[category] = sums.get(category, 0) + points
    return found


def bases(
    session: Session, year: MemberYear, unit_id: UUID, came: Mapping[UUID, TransferClosed]
) -> dict[UUID, int]:
    """Carried here, put right by appeals since; or carried elsewhere: out of the grade that followed the
    member, else as the closing record says."""
    query = select(MemberBase.member_id, MemberBase.base).where(
        MemberBase.unit_id == unit_id, MemberBase.year == year.year
    )
    found = {row.member_id: row.base for row in session.execute(query)}
    for (member, of_year), points in corrected_bases(session, unit_id).items():
        if of_year == year.year and member in found:
            found[member] += points
    for (member, of_year), base in brought_bases(session, unit_id).items():
        if of_year == year.year:
            found.setdefault(member, base)
    for member, record in came.items():
        carried = record.year(year.year)
        if member not in found and carried is not None and carried.base is not None:
            found[member] = carried.base
    return found


def _of(
    year: MemberYear,
    member: Member,
    sums: Mapping[str, int],
    kinds: Mapping[str, str],
    known: Mapping[UUID, int],
    since: date,
) -> Figures:
    by_kind: dict[str, int] = {}
    for category, points in sums.items():
        kind = kinds.get(category, "basic")
        by_kind[kind] = by_kind.get(kind, 0) + points
    bonus, deducted = by_kind.pop("bonus", 0), by_kind.pop("deduction", 0)
    rulebook, scheme = year.appraisal, year.by_field[member.field]
    return Figures(
        base=known.get(member.id, rulebook.new_member_base),
        months=sum(by_kind.values()),
        bonus=bonus,
        deductions=abs(deducted),
        standard=expected_total(rulebook, scheme.standard, months_counted(year.year, since)),
        applicable=applicable_share(rulebook, scheme.standard, scheme.standard_exempt)
        if member.exempt
        else 100_00,
    )


def counts_since(member: Member, came: TransferClosed | None) -> date:
    """Since when the member's months count: a transfer takes none away, for it brings their points along."""
    return member.joined_on or (min(member.since, came.counted_from) if came else member.since)
