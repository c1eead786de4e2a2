"""A township's months of points as its pages read them: one row per branch, with what was decided on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.township.roster.models import KnownMember
from services.township.statements.models import ReceivedStatement, SpotLook, StatementReview
from services.township.statements.spot import sample
from shared.contracts.statements import StatementClosed
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.kit.persons import done_by
from shared.kit.units import Unit, with_members

decode = msgspec.json.Decoder(StatementClosed).decode


@dataclass(frozen=True)
class Part:
    """One part of a month as received, with the township's decision and the claims already looked at."""

    received: ReceivedStatement
    body: StatementClosed
    review: StatementReview | None
    looked: Mapping[int, SpotLook]

    @property
    def version(self) -> int:
        """What a page has seen of it: 0 where nobody had decided."""
        return self.review.version if self.review else 0

    @property
    def drawn(self) -> list[int]:
        """Numbers of the claims that the spot check drew."""
        return sample(self.received.id, [line.number for line in self.body.claims if line.alive])

    @property
    def unseen(self) -> int:
        """How many of them nobody has looked at."""
        return sum(number not in self.looked for number in self.drawn)


@dataclass(frozen=True)
class BranchMonth:
    """One branch's month: its parts in order (none: not closed).

    `behind` is an earlier month still undecided, or 0; `members` are those of the roster now.
    """

    branch: Unit
    parts: Sequence[Part]
    behind: int
    members: int

    @property
    def last(self) -> Part | None:
        """The part that counts."""
        return self.parts[-1] if self.parts else None

    @property
    def state(self) -> str:
        """missing, received, accepted, sent_back or approved."""
        if self.last is None:
            return "missing"
        return self.last.review.state if self.last.review else "received"

    @property
    def total(self) -> int:
        """Hundredths posted by all parts together."""
        return sum(part.received.total for part in self.parts)

    @property
    def attendance(self) -> int | None:
        """Percent of what was done in the month that is attendance; None where nothing was earned."""
        earned = sum(_earned(part.body) for part in self.parts)
        if self.last is None or earned <= 0:
            return None
        return round(self.last.received.attendance * 100 / earned)


def _earned(body: StatementClosed) -> int:
    done = f"{body.year}-{body.month:02}"
    return sum(one.points for line in body.members for one in line.posted if one.done == done)


def branch_months(session: Session, year: int, month: int) -> list[BranchMonth]:
    """Every open branch in scope with this month, in tree order."""
    parts = _parts(session, year, month)
    behind = _behind(session, year, month)
    count = select(KnownMember.unit_id, func.count()).where(KnownMember.until.is_(None))
    members = {row[0]: row[1] for row in session.execute(count.group_by(KnownMember.unit_id))}
    return [
        BranchMonth(one, parts.get(one.id, ()), behind.get(one.id, 0), members.get(one.id, 0))
        for one in branches(session)
        if one.closed_on is None or one.id in parts
    ]


def branches(session: Session) -> Sequence[Unit]:
    """Branches in scope in tree order."""
    return session.scalars(select(Unit).where(with_members()).order_by(Unit.path)).all()


def _parts(session: Session, year: int, month: int) -> dict[UUID, list[Part]]:
    found = session.scalars(
        select(ReceivedStatement)
        .where(ReceivedStatement.year == year, ReceivedStatement.month == month)
        .order_by(ReceivedStatement.part)
    ).all()
    grouped: dict[UUID, list[Part]] = {}
    for part in with_reviews(session, found):
        grouped.setdefault(part.received.unit_id, []).append(part)
    return grouped


def with_reviews(session: Session, found: Sequence[ReceivedStatement]) -> list[Part]:
    """Statements with what was decided on them, in the order given."""
    ids = [one.id for one in found]
    reviews = session.scalars(select(StatementReview).where(StatementReview.statement_id.in_(ids)))
    decided = {one.statement_id: one for one in reviews}
    looked: dict[UUID, dict[int, SpotLook]] = {}
    for look in session.scalars(select(SpotLook).where(SpotLook.statement_id.in_(ids))):
        looked.setdefault(look.statement_id, {})[look.number] = look
    return [Part(one, decode(one.original), decided.get(one.id), looked.get(one.id, {})) for one in found]


def _behind(session: Session, year: int, month: int) -> dict[UUID, int]:
    """By branch, the first earlier month that is not approved: it has to go up before this one."""
    approved = select(StatementReview.statement_id).where(StatementReview.state == "approved")
    query = (
        select(ReceivedStatement.unit_id, func.min(ReceivedStatement.month))
        .where(ReceivedStatement.year == year, ReceivedStatement.month < month)
        .where(ReceivedStatement.id.not_in(approved))
        .group_by(ReceivedStatement.unit_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def months_of(session: Session, branch_id: UUID, year: int) -> dict[int, BranchMonth]:
    """One branch's year by month, closed months only. Raises Absent."""
    branch = session.get(Unit, branch_id)
    if branch is None or branch.level != "branch":
        raise Absent
    found = session.scalars(
        select(ReceivedStatement)
        .where(ReceivedStatement.unit_id == branch_id, ReceivedStatement.year == year)
        .order_by(ReceivedStatement.month, ReceivedStatement.part)
    ).all()
    by_month: dict[int, list[Part]] = {}
    for part in with_reviews(session, found):
        by_month.setdefault(part.received.month, []).append(part)
    return {month: BranchMonth(branch, parts, 0, 0) for month, parts in by_month.items()}


def month_of_statement(session: Session, statement_id: UUID) -> tuple[BranchMonth, Part]:
    """A statement's month and the part asked for; raises Absent out of scope."""
    received = session.get(ReceivedStatement, statement_id)
    if received is None:
        raise Absent
    row = months_of(session, received.unit_id, received.year)[received.month]
    behind = _behind(session, received.year, received.month).get(received.unit_id, 0)
    part = next(one for one in row.parts if one.received.id == statement_id)
    return BranchMonth(row.branch, row.parts, behind, row.members), part


def first_undecided(session: Session, year: int) -> int | None:
    """The first month of the year with a statement that waits here, or None."""
    done = select(StatementReview.statement_id).where(StatementReview.state.in_(("approved", "sent_back")))
    query = select(func.min(ReceivedStatement.month)).where(ReceivedStatement.year == year)
    return session.scalar(query.where(ReceivedStatement.id.not_in(done)))


def undecided(session: Session, year: int) -> dict[int, int]:
    """How many statements of each month wait here."""
    done = select(StatementReview.statement_id).where(StatementReview.state.in_(("approved", "sent_back")))
    query = select(ReceivedStatement.month, func.count()).where(
        ReceivedStatement.year == year, ReceivedStatement.id.not_in(done)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(ReceivedStatement.month))}


@dataclass(frozen=True)
class Waiting:
    """What waits here over all years: to be accepted, to be approved, of that accepted by oneself."""

    received: int
    accepted: int
    own: int


def waiting(session: Session, who: SignedIn) -> Waiting:
    """The counts for the header and the desk."""
    known = select(StatementReview.statement_id)
    received = session.scalar(select(func.count()).where(ReceivedStatement.id.not_in(known))) or 0
    own = func.count().filter(done_by(who, StatementReview.accepted_by_id, StatementReview.accepted_by))
    counts = select(func.count(), own).where(StatementReview.state == "accepted")
    row = session.execute(counts).one()
    return Waiting(received, row[0], row[1])


def names(session: Session, unit_id: UUID, members: Iterable[UUID]) -> dict[UUID, KnownMember]:
    """The branch's members by id, as it last told."""
    query = select(KnownMember).where(KnownMember.unit_id == unit_id, KnownMember.member_id.in_(members))
    return {one.member_id: one for one in session.scalars(query)}
