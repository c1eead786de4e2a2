"""The township's rows of a member's year: statements and filings as received, what it decided, cases."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from services.township.outcomes.desk import DESK
from services.township.roster.models import KnownMember
from services.township.statements.models import ReceivedStatement, StatementReview
from services.township.transfers.models import Passage
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.statements import StatementClosed
from shared.contracts.transfers import TransferClosed
from shared.explaining.asking import Named, memberships, units_of
from shared.explaining.building import explanation
from shared.explaining.counting import Branches, Stored, points_of
from shared.explaining.document import Explanation
from shared.explaining.gathering import NoYear, came_by, cases_held, counts_since
from shared.explaining.held import Grading, Held, Points, Step
from shared.explaining.regrading import Unreadable, grading_of, read
from shared.explaining.words import Words, both
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.sync.kept import arrived, otherwise
from shared.sync.years import MemberYear, year_of

PERMISSION = "overview.see"


def explained(session: Session, named: Named, year: int, who: SignedIn | None) -> Explanation:
    """One member's year in the session's scope; `who` None: the operator. Raises NoYear, Absent."""
    if who is not None and not who.may(PERMISSION):
        raise Absent
    try:
        here = year_of(session, year)
    except Absent:
        raise NoYear from None
    cards = memberships(session, KnownMember, "member_id", named)
    row, units = cards[-1][1], units_of(cards)
    member: UUID = row.member_id
    came = came_by(session, Passage, member)
    cases = cases_held(session, DESK, member, year, who)
    gradings, faults = _gradings(session, here, member, units)
    return explanation(
        Held(
            tier="township",
            member_id=member,
            year=year,
            name=row.name,
            note=here.opened.synthetic_note,
            closed=here.closed is not None,
            memberships=[one for one, _row in cards],
            points=_points(session, here, member, units, came),
            grading=gradings[-1] if gradings else None,
            before=gradings[:-1],
            base=None,
            next_base=None,
            cases=cases.told,
            books=cases.books,
            runs=cases.runs,
            corrected=cases.corrected,
            gaps=[both("基础分的结转和更正记录在支部和县里，乡镇不存")],
            faults=faults,
            counts_since=counts_since(row, came),
        )
    )


def _points(
    session: Session,
    here: MemberYear,
    member: UUID,
    units: Sequence[UUID],
    came: Mapping[UUID, TransferClosed],
) -> Points:
    query = (
        select(ReceivedStatement, StatementReview)
        .outerjoin(StatementReview, StatementReview.statement_id == ReceivedStatement.id)
        .where(ReceivedStatement.unit_id.in_(units), ReceivedStatement.year == here.year)
    )
    brought = arrived(
        session, StatementClosed.KIND, StatementClosed, lambda body, raw: (body.statement_id, raw), units
    )
    stored = [
        Stored(
            *(row.id, row.unit_id, row.original, _steps(review)),
            whole=row.total,
            off=otherwise(brought, row.id, row.original),
        )
        for row, review in session.execute(query)
    ]
    branches = Branches(units[-1], came, len(units) > 1)
    return points_of(member, here.year, stored, here.schemes, branches, whole=False)


def _steps(review: StatementReview | None) -> tuple[Step, ...]:
    if review is None:
        return ()
    steps = []
    if review.accepted_at and review.accepted_at != review.sent_back_at:
        steps.append(Step(both("乡镇受理"), review.accepted_by, review.accepted_at))
    if review.sent_back_at:
        steps.append(Step(both("乡镇退回"), review.sent_back_by, review.sent_back_at, review.reason))
    if review.approved_at:
        steps.append(Step(both("乡镇批准"), review.approved_by, review.approved_at))
    return tuple(steps)


def _gradings(
    session: Session, here: MemberYear, member: UUID, units: Sequence[UUID]
) -> tuple[list[Grading], list[Words]]:
    """Filings with the member in order, the last one counts; and what cannot be read any more."""
    query = (
        select(ReceivedAppraisal, AppraisalReview)
        .outerjoin(AppraisalReview, AppraisalReview.filing_id == ReceivedAppraisal.id)
        .where(ReceivedAppraisal.unit_id.in_(units), ReceivedAppraisal.year == here.year)
        .order_by(ReceivedAppraisal.filed_at)
    )
    found: list[Grading] = []
    faults: list[Words] = []
    brought = arrived(
        session, AppraisalFiled.KIND, AppraisalFiled, lambda body, raw: (body.filing_id, raw), units
    )
    for row, review in session.execute(query):
        try:
            steps = (*_filed(row), *_decided(review))
            confirmed = review is not None and review.state == "confirmed"
            off = otherwise(brought, row.id, row.original)
            one = grading_of(member, row.original, here.appraisal, steps, confirmed=confirmed, off=off)
        except Unreadable:
            faults.append(both("评定的原件读不出来：%(id)s", id=row.id))
            continue
        if one is not None:
            found.append(one)
    return found, faults


def _filed(row: ReceivedAppraisal) -> list[Step]:
    steps = [Step(both("支部上报"), row.filed_by, row.filed_at)]
    filed = read(row.original)
    if filed.endorsed_by:
        steps.append(Step(both("党总支审核通过"), filed.endorsed_by, filed.endorsed_at))
    return steps


def _decided(review: AppraisalReview | None) -> list[Step]:
    if review is None:
        return []
    steps = []
    if review.accepted_at and review.accepted_at != review.decided_at:
        steps.append(Step(both("乡镇受理"), review.accepted_by, review.accepted_at))
    if review.decided_at:
        said = both("乡镇审定") if review.state == "confirmed" else both("乡镇退回")
        steps.append(Step(said, review.decided_by, review.decided_at, review.reason))
    return steps
