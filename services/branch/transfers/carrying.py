"""What goes along with a member who moves: claims in their approved form, and what was posted of them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.branch.appraisal.models import MemberBase
from services.branch.outcomes.corrected import brought_bases
from services.branch.outcomes.waiting import corrected_bases
from services.branch.points.models import CarriedStrike, Claim, Statement, StatementLine
from services.branch.roster.models import Member
from shared.contracts.transfers import CarriedClaim, CarriedPosting, CarriedYear, TransferClosed
from shared.kit.units import Unit


def undecided(session: Session, member: Member) -> int:
    """How many of the member's claims, also carried ones somebody wants struck, wait for a decision here."""
    query = select(func.count()).where(
        Claim.unit_id == member.unit_id,
        Claim.member_id == member.id,
        Claim.state == "waiting",
        Claim.handed_in.is_(None),
    )
    asked = select(func.count()).where(
        CarriedStrike.unit_id == member.unit_id,
        CarriedStrike.member_id == member.id,
        CarriedStrike.state == "asked",
    )
    return (session.scalar(query) or 0) + (session.scalar(asked) or 0)


def carried_from(unit: Unit, came: TransferClosed | None, years: Iterable[CarriedYear]) -> dict[str, str]:
    """Names of the branches whose claims go along, by id; an older record may have left one unnamed."""
    known = {**(came.branches if came else {}), str(unit.id): unit.name}
    wanted = {str(one.branch_id) for year in years for one in year.claims}
    return {branch: known[branch] for branch in sorted(wanted & set(known))}


def carried_years(session: Session, member: Member, came: TransferClosed | None) -> list[CarriedYear]:
    """Every year of the member so far: what came along earlier, and what this branch added."""
    claims = session.scalars(
        select(Claim)
        .where(
            Claim.unit_id == member.unit_id,
            Claim.member_id == member.id,
            Claim.state == "approved",
            Claim.handed_in.is_(None),
        )
        .order_by(Claim.year, Claim.number)
    ).all()
    lines = session.execute(
        select(StatementLine.year, StatementLine.month, StatementLine.posted, StatementLine.attendance)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(
            StatementLine.unit_id == member.unit_id,
            StatementLine.member_id == member.id,
            *([Statement.closed_at > datetime.fromisoformat(came.at)] if came else []),
        )
        .order_by(Statement.closed_at)
    ).all()
    years = {claim.year for claim in claims} | {line.year for line in lines}
    years |= {one.year for one in came.years} if came else set()
    bases = _bases(session, member)
    return [_year(year, came, claims, lines, bases.get(year)) for year in sorted(years | set(bases))]


def _bases(session: Session, member: Member) -> dict[int, int]:
    """What each year began with, as carried here and put right since."""
    query = select(MemberBase.year, MemberBase.base).where(
        MemberBase.unit_id == member.unit_id, MemberBase.member_id == member.id
    )
    changed = corrected_bases(session, member.unit_id, [member.id])
    brought = brought_bases(session, member.unit_id, [member.id])
    return {year: base for (_member, year), base in brought.items()} | {
        row.year: row.base + changed.get((member.id, row.year), 0) for row in session.execute(query)
    }


def _year(
    year: int,
    came: TransferClosed | None,
    claims: Iterable[Claim],
    lines: Iterable[object],
    base: int | None,
) -> CarriedYear:
    before = (came.year(year) if came else None) or CarriedYear(year, [], [], [], {})
    schemes = list(before.schemes)
    made = list(before.claims)
    for claim in claims:
        if claim.year != year:
            continue
        if claim.scheme not in schemes:
            schemes.append(claim.scheme)
        assert claim.points is not None
        place = schemes.index(claim.scheme)
        made.append(CarriedClaim(claim.unit_id, claim.number, place, claim.item, claim.day, claim.points))
    sums = {(one.done, one.category): one.points for one in before.posted}
    attendance = dict(before.attendance)
    own: dict[str, int] = {}
    for line_year, month, posted, present in lines:  # type: ignore[misc]
        if line_year != year:
            continue
        for done, category, points, _kind in posted:
            sums[done, category] = sums.get((done, category), 0) + points
        # A further part of a month states all of the month's attendance again.
        own[f"{year}-{month:02}"] = present
    for key, present in own.items():
        attendance[key] = attendance.get(key, 0) + present
    posted_so_far = [CarriedPosting(*key, points) for key, points in sorted(sums.items())]
    began = before.base if base is None else base
    return CarriedYear(year, schemes, made, posted_so_far, attendance, began)


def hand_on(session: Session, member: Member, transfer_id: UUID) -> None:
    """Mark what the member takes along: it is counted elsewhere from now on."""
    marked = update(Claim).where(
        Claim.unit_id == member.unit_id, Claim.member_id == member.id, Claim.handed_in.is_(None)
    )
    session.execute(marked.values(handed_in=transfer_id).execution_options(synchronize_session=False))
