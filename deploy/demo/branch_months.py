"""One branch's year of the demo up to December: members, commitments, a month of claims at a time.

Every step reads first what is done already: whoever goes on after a killed demo does nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.calendar import YEAR
from deploy.demo.members import claims_of, promises_of, roster
from deploy.demo.moments import moment
from deploy.demo.people import actor, add_member_login
from deploy.demo.shape import Shape
from services.branch.commitments import proposing
from services.branch.commitments.models import Commitment
from services.branch.generals import endorsing
from services.branch.points import closing, deciding, filing
from services.branch.points.models import Statement
from services.branch.roster.actions import add_members
from services.branch.roster.models import MOVED, Member
from services.branch.roster.reading import members
from shared.kit.accounts import SignedIn
from shared.kit.db import among
from shared.kit.units import Unit
from shared.sync.years import MemberYear, year_of

REASON = "请写清楚是哪一户、什么事。"
RETURNED_ONE_IN = 60


@dataclass
class BranchMonths:
    """What the secretary of any branch does in the course of the year."""

    shape: Shape
    seed: int
    passwords: Mapping[str, str]
    _year: MemberYear | None = None
    _who: dict[tuple[str, str], SignedIn] = field(default_factory=dict)

    def year(self, session: Session) -> MemberYear:
        """The demo's year, read once: nobody opens it a second time."""
        self._year = self._year or year_of(session, YEAR)
        return self._year

    def who(self, session: Session, unit: Unit, role: str = "branch_secretary") -> SignedIn:
        """Who signs in once and goes on working."""
        key = (unit.code, role)
        if key not in self._who:
            self._who[key] = actor(session, unit, role)
        return self._who[key]

    def enter(self, session: Session, unit: Unit) -> None:
        """The roster, and a login for one member."""
        if members(session, unit.id):
            return
        who, entered = self.who(session, unit), roster(unit.code, self.seed, self.shape.head(unit.code))
        ids = add_members(session, who, unit, entered, moments.ENTERED)
        # The second on the list: the first is the secretary, who has an account.
        add_member_login(session, unit, self.passwords["member"], ids[1], moments.ENTERED)

    def promise(self, session: Session, unit: Unit) -> None:
        """Two commitments a member, proposed and published."""
        if session.scalar(select(Commitment.id).where(Commitment.unit_id == unit.id).limit(1)):
            return
        who = self.who(session, unit)
        entered = [
            one
            for member in members(session, unit.id)
            for one in promises_of(unit.code, member, YEAR, self.seed)
        ]
        made = proposing.propose(session, who, unit, self.year(session), entered, moments.PROMISED)
        picked = [proposing.Picked(one.id, one.version) for one in made]
        proposing.publish(session, who, unit, picked, moments.PUBLISHED)

    def due(self, session: Session, units: Sequence[Unit], month: int) -> list[Unit]:
        """Those that have not closed this month yet."""
        query = select(Statement.unit_id).where(Statement.year == YEAR, Statement.month == month)
        done = set(session.scalars(query.where(among(Statement.unit_id, [one.id for one in units]))))
        return [one for one in units if one.id not in done]

    def month(self, session: Session, unit: Unit, month: int, roster: Sequence[Member]) -> None:
        """A month's claims of the roster filed, decided, closed."""
        year, who = self.year(session), self.who(session, unit)
        entered = [
            claim
            for member in roster
            if member.left_why != MOVED and member.since <= moment(month, 5).date()
            for claim in claims_of(unit.code, member, month, YEAR, year.by_field, self.seed)
            if claim.claimed.day >= member.since
        ]
        filed = filing.file_claims(session, who, unit, year, entered, moment(month, 28))
        self.decide(session, unit, filed, moment(month, 28))
        closing.close_month(session, who, unit, year, month, moments.closed(month))

    def decide(self, session: Session, unit: Unit, filed: Sequence[UUID], now: datetime) -> None:
        """What was filed just now is approved; a claim now and then goes back."""
        year, who = self.year(session), self.who(session, unit)
        back = [deciding.Chosen(one, 1) for one in filed if one.int % RETURNED_ONE_IN == 0]
        good = [deciding.Chosen(one, 1) for one in filed if one.int % RETURNED_ONE_IN]
        if back:
            deciding.give_back(session, who, unit, back, REASON, now)
        if good:
            # The secretary filed them for the members, so somebody else approves.
            deciding.approve(session, self.who(session, unit, "branch_committee"), unit, year, good, now)

    def endorse(self, session: Session, general: Unit, now: datetime) -> None:
        """A general branch lets go up what waits for its word."""
        who = self.who(session, general, "general_secretary")
        seen = [endorsing.Seen(one.submission.id, 0) for one in endorsing.waiting(session, who)]
        if seen:
            endorsing.endorse(session, who, seen, now + timedelta(hours=1))
