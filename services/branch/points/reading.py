"""Claims and statements as pages read them: with the member's name, in order of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.generals.models import Submission
from services.branch.generals.submitting import Standing, standings
from services.branch.points.models import Claim, Statement, StatementLine, StatementVerdict
from services.branch.roster.models import Member
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.rules.points.scheme_values import Item, Scheme
from shared.sync.years import MemberYear

MOST_SHOWN = 500


@dataclass(frozen=True)
class ClaimRow:
    """A claim with whose it is and what the scheme says of it."""

    claim: Claim
    member: Member
    scheme: Scheme

    @property
    def item(self) -> Item:
        """What was done, as the scheme names it."""
        return self.scheme.by_code[self.claim.item]

    @property
    def deduction(self) -> bool:
        """Whether it takes points away."""
        return self.scheme.category[self.claim.category].sign < 0

    @property
    def doubtful(self) -> bool:
        """Whether somebody has to look at it: flagged, a range to decide, a deduction."""
        return bool(self.claim.flags) or self.item.ranged or self.deduction


def claim_rows(
    session: Session,
    unit_id: UUID,
    year: MemberYear,
    state: str,
    *,
    member_id: UUID | None = None,
    group: str = "",
    newest_first: bool = False,
) -> list[ClaimRow]:
    """Claims of one state in order of the day done, at most MOST_SHOWN; `group`: of one Party group only."""
    query = (
        select(Claim, Member)
        .join(Member, (Member.unit_id == Claim.unit_id) & (Member.id == Claim.member_id))
        .where(Claim.unit_id == unit_id, Claim.year == year.year)
    )
    if state:
        query = query.where(Claim.state == state)
    if member_id is not None:
        query = query.where(Claim.member_id == member_id)
    if group:
        query = query.where(Member.party_group == group)
    order = (Claim.number.desc(),) if newest_first else (Claim.day, Member.number, Claim.number)
    found = session.execute(query.order_by(*order).limit(MOST_SHOWN))
    return [ClaimRow(row[0], row[1], year.schemes[row[0].scheme]) for row in found]


def counts(session: Session, unit_id: UUID, year: int) -> dict[str, int]:
    """How many claims stand in each state."""
    query = select(Claim.state, func.count()).where(Claim.unit_id == unit_id, Claim.year == year)
    return {row[0]: row[1] for row in session.execute(query.group_by(Claim.state))}


def claim_of(session: Session, unit_id: UUID, year: MemberYear, claim_id: UUID) -> ClaimRow:
    """One claim of this branch; raises Absent."""
    claim = session.get(Claim, claim_id)
    if claim is None or claim.unit_id != unit_id or claim.scheme not in year.schemes:
        raise Absent
    return ClaimRow(claim, session.get_one(Member, (unit_id, claim.member_id)), year.schemes[claim.scheme])


def with_general(session: Session, found: Sequence[Statement]) -> dict[UUID, Standing]:
    """How these statements stand with the general branch; those that went straight up are not here."""
    query = select(Submission).where(among(Submission.id, [one.id for one in found]))
    return {one.submission.id: one for one in standings(session, session.scalars(query).all())}


def statements(session: Session, unit_id: UUID, year: int) -> list[tuple[Statement, StatementVerdict | None]]:
    """The year's statements in order, each with the township's newest verdict."""
    query = (
        select(Statement)
        .where(Statement.unit_id == unit_id, Statement.year == year)
        .order_by(Statement.month, Statement.part)
    )
    found = session.scalars(query).all()
    verdicts = session.scalars(
        select(StatementVerdict)
        .where(StatementVerdict.statement_id.in_([one.id for one in found]))
        .order_by(StatementVerdict.at)
    )
    newest = {one.statement_id: one for one in verdicts}
    return [(one, newest.get(one.id)) for one in found]


def lines(session: Session, statement_ids: Sequence[UUID]) -> list[tuple[StatementLine, Member]]:
    """The lines of these statements with their members, by number."""
    query = (
        select(StatementLine, Member)
        .join(Member, (Member.unit_id == StatementLine.unit_id) & (Member.id == StatementLine.member_id))
        .where(StatementLine.statement_id.in_(statement_ids))
        .order_by(Member.number, StatementLine.statement_id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
