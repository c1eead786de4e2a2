"""What a member's year came to before the appraisal: base, months, bonus and deductions, in hundredths."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import MemberBase
from services.branch.outcomes.corrected import brought_bases
from services.branch.outcomes.waiting import corrected_bases
from services.branch.points.models import Statement, StatementLine
from services.branch.roster.models import Member
from services.branch.transfers.reading import arrivals
from shared.contracts.transfers import TransferClosed, months_since
from shared.rules.appraisal import Figures, kinds_of, months_counted, year_figures
from shared.sync.years import MemberYear


def figures(
    session: Session, year: MemberYear, unit_id: UUID, roster: Sequence[Member]
) -> dict[UUID, Figures]:
    """Each member's figures from what was posted; who moved here brings along what others had posted."""
    came = arrivals(session, unit_id)
    sums = _posted(session, year, unit_id, came)
    known = bases(session, year, unit_id, came)
    kinds = kinds_of(year.schemes.values())
    return {
        one.id: year_figures(
            year.appraisal,
            year.by_field[one.field],
            kinds,
            sums.get(one.id, {}),
            known.get(one.id),
            months_counted(year.year, months_since(one.joined_on, one.since, came.get(one.id))),
            one.exempt,
        )
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
