"""The county's rows of a member's year: approved statements, confirmed grades, carried bases, cases."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.grades.counting import counts
from services.county.grades.models import ConfirmedAppraisal, Grade
from services.county.outcomes.desk import READING
from services.county.points.models import ApprovedStatement, LedgerLine
from services.county.roster.models import KnownMember
from services.county.transfers.models import Passage
from services.county.years.books import stored_book
from services.county.years.models import BaseCorrection, CarriedBase, MemberYear
from services.county.years.originals import filings_arrived, statements_arrived
from shared.contracts.appraisal import GradedLine
from shared.contracts.transfers import TransferClosed
from shared.explaining.asking import Named, memberships, units_of
from shared.explaining.building import explanation
from shared.explaining.counting import Branches, Stored, points_of
from shared.explaining.document import Explanation
from shared.explaining.gathering import NoYear, came_by, cases_held, counts_since
from shared.explaining.held import Base, Grading, Held, Points, Step
from shared.explaining.regrading import Unreadable, grading_of
from shared.explaining.words import Words, both
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.rules.appraisal import Rulebook
from shared.sync.kept import otherwise

PERMISSION = "overview.see"


def explained(session: Session, named: Named, year: int, who: SignedIn | None) -> Explanation:
    """One member's year in the session's scope; `who` None: the operator. Raises NoYear, Absent."""
    if who is not None and not who.may(PERMISSION):
        raise Absent
    opened = session.get(MemberYear, year)
    if opened is None:
        raise NoYear
    cards = memberships(session, KnownMember, "member_id", named)
    row, units = cards[-1][1], units_of(cards)
    member: UUID = row.member_id
    came = came_by(session, Passage, member)
    cases = cases_held(session, READING, member, year, who)
    gradings, faults = _gradings(session, opened, member)
    return explanation(
        Held(
            tier="county",
            member_id=member,
            year=year,
            name=row.name,
            note=opened.synthetic_note,
            closed=opened.state == "closed",
            memberships=[one for one, _row in cards],
            points=_points(session, opened, member, units, came),
            grading=gradings[-1] if gradings else None,
            before=gradings[:-1],
            base=_base(session, member, year),
            next_base=_base(session, member, year + 1),
            cases=cases.told,
            books=cases.books,
            runs=cases.runs,
            corrected=cases.corrected,
            faults=faults,
            counts_since=counts_since(row, came),
        )
    )


def _points(
    session: Session,
    opened: MemberYear,
    member: UUID,
    units: Sequence[UUID],
    came: Mapping[UUID, TransferClosed],
) -> Points:
    hashes = [digest for key, digest in opened.rulebooks.items() if key.startswith("points/")]
    schemes = {digest: stored_book(session, digest).parsed for digest in hashes}
    lines = {
        row.statement_id: row
        for row in session.scalars(
            select(LedgerLine).where(LedgerLine.member_id == member, LedgerLine.year == opened.year)
        )
    }
    query = select(ApprovedStatement).where(
        ApprovedStatement.unit_id.in_(units), ApprovedStatement.year == opened.year
    )
    brought = statements_arrived(session, units)
    stored = [
        _stored(row, lines.get(row.id), otherwise(brought, row.id, row.original))
        for row in session.scalars(query)
    ]
    branches = Branches(units[-1], came, len(units) > 1)
    return points_of(member, opened.year, stored, schemes, branches, whole=True)


def _stored(row: ApprovedStatement, line: LedgerLine | None, off: str) -> Stored:
    steps = (
        Step(both("乡镇受理"), row.accepted_by, None),
        Step(both("乡镇批准"), row.approved_by, row.approved_at),
    )
    total, posted = (line.total, line.posted) if line else (None, None)
    return Stored(row.id, row.unit_id, row.original, steps, total, posted, row.total, off)


def _gradings(session: Session, opened: MemberYear, member: UUID) -> tuple[list[Grading], list[Words]]:
    """Confirmed gradings in order, the last one counts; and what cannot be read any more."""
    rulebook: Rulebook = stored_book(session, opened.rulebooks["appraisal"]).parsed
    query = (
        select(Grade, ConfirmedAppraisal)
        .join(ConfirmedAppraisal, ConfirmedAppraisal.id == Grade.filing_id)
        .where(Grade.member_id == member, Grade.year == opened.year)
        .order_by(counts(), ConfirmedAppraisal.confirmed_at)
    )
    found: list[Grading] = []
    faults: list[Words] = []
    rows = session.execute(query).all()
    brought = filings_arrived(session, {confirmed.unit_id for _grade, confirmed in rows})
    for grade, confirmed in rows:
        try:
            off = otherwise(brought, confirmed.id, confirmed.original)
            one = _grading(member, rulebook, grade, confirmed, off)
        except Unreadable:
            faults.append(both("评定的原件读不出来：%(id)s", id=confirmed.id))
            continue
        if one is None:
            faults.append(both("评定的原件里没有本人：%(id)s", id=confirmed.id))
        else:
            found.append(one)
    return found, faults


def _grading(
    member: UUID, rulebook: Rulebook, grade: Grade, row: ConfirmedAppraisal, off: str
) -> Grading | None:
    steps = (
        Step(both("乡镇受理"), row.accepted_by, None),
        Step(both("乡镇审定"), row.confirmed_by, row.confirmed_at),
    )
    line = GradedLine(member, grade.appraisal, grade.total, grade.grade, grade.rank)
    return grading_of(
        member, row.original, rulebook, steps, confirmed=True, digest=row.digest, line=line, off=off
    )


def _base(session: Session, member: UUID, year: int) -> Base | None:
    row = session.get(CarriedBase, (member, year))
    if row is None:
        return None
    before = session.get(MemberYear, year - 1)
    rulebook = stored_book(session, before.rulebooks["appraisal"]).parsed if before else None
    query = (
        select(BaseCorrection)
        .where(BaseCorrection.member_id == member, BaseCorrection.year == year)
        .order_by(BaseCorrection.at)
    )
    entries = [(one.case_id, one.points, one.at) for one in session.scalars(query)]
    return Base(year, row.base, row.from_total, row.from_earned, rulebook, entries)
