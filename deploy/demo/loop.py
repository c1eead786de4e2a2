"""The member's year of the demo: rosters, commitments, months of points rolled up two tiers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo.calendar import YEAR
from deploy.demo.members import claims_of, promises_of, roster
from deploy.demo.people import actor, add_member_login
from deploy.demo.tiers import Tiers, steadily, within
from services.branch.commitments import proposing
from services.branch.commitments.models import Commitment
from services.branch.generals import endorsing
from services.branch.points import closing, deciding, filing
from services.branch.points.models import Claim, Statement
from services.branch.roster.actions import add_members, members
from services.branch.roster.models import Member
from services.county.points.models import ApprovedStatement
from services.county.roster.models import KnownMember
from services.county.years.actions import open_year
from services.county.years.models import MemberYear as CountyYear
from services.township.statements import reviewing
from services.township.statements.models import ReceivedStatement, StatementReview
from shared.kit.units import GENERAL, Unit, with_members
from shared.sync.runtime import Runtime
from shared.sync.years import open_years, year_of

NOTE = "党员和积分数据均为按固定种子生成的合成数据"
# The first quarter is closed and approved; April is left for who looks at the portals.
LAST_MONTH = 3
REASON = "请写清楚是哪一户、什么事。"
RETURNED_ONE_IN = 60


def moment(month: int, day: int) -> datetime:
    """Nine in the morning, county time, of a day of the demo's year (month 13 is January after it)."""
    return datetime(YEAR + month // 13, (month - 1) % 12 + 1, day, 1, 0, tzinfo=UTC)


@dataclass
class Loop:
    """The course of the members' year. Every step reads first what is done already."""

    tiers: Tiers
    seed: int
    wait_for: Callable[[str, Callable[[], int], int], None]
    last_month: int = LAST_MONTH

    def play(self, passwords: dict[str, str]) -> None:
        """Open the year, enter rosters and commitments, close and approve the months."""
        steadily(self._open)
        both = (self.tiers.township, self.tiers.branch)
        self.wait_for("积分办法下达到支部", lambda: sum(self._knows(one) for one in both), 2)
        branches = self._branches()
        self._each("录入党员名册", branches, lambda s, unit: self._enter(s, unit, passwords))
        self._each("提出和公布承诺", branches, self._promise)
        for month in range(1, self.last_month + 1):
            self._each(f"{month} 月申报、审核、结账", branches, partial(self._month, month))
            steadily(partial(self._endorse, month))
        self._review(len(branches) * self.last_month)

    def _open(self) -> None:
        with within(self.tiers.county) as session:
            if session.get(CountyYear, YEAR) is None:
                county = session.scalars(select(Unit).where(Unit.level == "county")).one()
                who, sign = actor(session, county, "county_organiser"), self.tiers.county.signer()
                now = moment(1, 1)
                open_year(session, who, sign, year=YEAR, ranked=True, synthetic_note=NOTE, now=now)

    def _knows(self, runtime: Runtime) -> int:
        with within(runtime) as session:
            return int(any(one.year == YEAR for one in open_years(session)))

    def _branches(self) -> list[str]:
        with within(self.tiers.branch) as session:
            query = select(Unit.code).where(with_members(), Unit.closed_on.is_(None))
            return list(session.scalars(query.order_by(Unit.path)))

    def _each(self, what: str, codes: Iterable[str], act: Callable[[Session, Unit], None]) -> None:
        """Do one thing for every branch, each in a transaction of its own."""
        with click.progressbar(list(codes), label=f"  {what}", show_eta=False) as bar:
            for code in bar:
                steadily(lambda code=code: self._one(code, act))  # type: ignore[misc]

    def _one(self, code: str, act: Callable[[Session, Unit], None]) -> None:
        with within(self.tiers.branch) as session:
            act(session, session.scalars(select(Unit).where(Unit.code == code)).one())

    def _enter(self, session: Session, unit: Unit, passwords: dict[str, str]) -> None:
        if members(session, unit.id):
            return
        who = actor(session, unit, "branch_secretary")
        ids = add_members(session, who, unit, roster(unit.code, self.seed), moment(1, 2))
        # The second on the list: the first is the secretary, who has an account.
        add_member_login(session, unit, passwords["member"], ids[1], moment(1, 2))

    def _promise(self, session: Session, unit: Unit) -> None:
        if session.scalar(select(func.count()).where(Commitment.unit_id == unit.id)):
            return
        year, who = year_of(session, YEAR), actor(session, unit, "branch_secretary")
        entered = [
            one
            for member in members(session, unit.id)
            for one in promises_of(unit.code, member, YEAR, self.seed)
        ]
        made = proposing.propose(session, who, unit, year, entered, moment(1, 10))
        picked = [proposing.Picked(one.id, one.version) for one in made]
        proposing.publish(session, who, unit, picked, moment(1, 15))

    def _month(self, month: int, session: Session, unit: Unit) -> None:
        if closing.next_month(session, unit.id, YEAR) != month:
            return
        year, who = year_of(session, YEAR), actor(session, unit, "branch_secretary")
        scheme = year.by_field["rural"]
        entered = [
            claim
            for member in members(session, unit.id)
            for claim in claims_of(unit.code, member, month, YEAR, scheme, self.seed)
        ]
        filing.file_claims(session, who, unit, year, entered, moment(month, 28))
        self._decide(session, unit, year, who, moment(month, 28))
        closing.close_month(session, who, unit, year, month, moment(month + 1, 1) + timedelta(hours=1))

    def _endorse(self, month: int) -> None:
        """What stands under a general branch goes up by its word."""
        with within(self.tiers.branch) as session:
            query = select(Unit).where(Unit.kind == GENERAL, Unit.closed_on.is_(None)).order_by(Unit.path)
            for unit in session.scalars(query).all():
                who = actor(session, unit, "general_secretary")
                seen = [endorsing.Seen(one.submission.id, 0) for one in endorsing.waiting(session, who)]
                if seen:
                    endorsing.endorse(session, who, seen, moment(month + 1, 1) + timedelta(hours=2))

    def _decide(self, session: Session, unit: Unit, year: Any, who: Any, now: datetime) -> None:
        query = select(Claim.id, Claim.number, Claim.version).where(
            Claim.unit_id == unit.id, Claim.state == "waiting"
        )
        rows = session.execute(query).all()
        back = [deciding.Chosen(row.id, row.version) for row in rows if row.number % RETURNED_ONE_IN == 0]
        good = [deciding.Chosen(row.id, row.version) for row in rows if row.number % RETURNED_ONE_IN]
        if back:
            deciding.give_back(session, who, unit, back, REASON, now)
        if good:
            deciding.approve(session, who, unit, year, good, now)

    def _review(self, total: int) -> None:
        self.wait_for("积分月报上报到乡镇", self._received, total)
        for code in steadily(self._townships):
            steadily(lambda code=code: self._take_up(code))  # type: ignore[misc]
            steadily(lambda code=code: self._approve(code))  # type: ignore[misc]
        self.wait_for("批准的月报上报到县", self._approved, total)

    def _received(self) -> int:
        with within(self.tiers.township) as session:
            return session.scalar(select(func.count()).select_from(ReceivedStatement)) or 0

    def _approved(self) -> int:
        with within(self.tiers.county) as session:
            return session.scalar(select(func.count()).select_from(ApprovedStatement)) or 0

    def _townships(self) -> list[str]:
        with within(self.tiers.township) as session:
            query = select(Unit.code).where(Unit.level == "township")
            return list(session.scalars(query.order_by(Unit.path)))

    def _take_up(self, code: str) -> None:
        with within(self.tiers.township) as session:
            unit = session.scalars(select(Unit).where(Unit.code == code)).one()
            known = select(StatementReview.statement_id)
            fresh = self._of(session, unit).where(ReceivedStatement.id.not_in(known))
            seen = [reviewing.Seen(one, 0) for one in session.scalars(fresh)]
            if seen:
                reviewing.accept(session, actor(session, unit, "township_organiser"), seen, moment(11, 2))

    def _approve(self, code: str) -> None:
        with within(self.tiers.township) as session:
            unit = session.scalars(select(Unit).where(Unit.code == code)).one()
            versions = select(StatementReview.statement_id, StatementReview.version)
            accepted = versions.where(StatementReview.state == "accepted")
            waiting = {row[0]: row[1] for row in session.execute(accepted)}
            ordered = [one for one in session.scalars(self._of(session, unit)) if one in waiting]
            seen = [reviewing.Seen(one, waiting[one]) for one in ordered]
            if seen:
                reviewing.approve(session, actor(session, unit, "township_secretary"), seen, moment(11, 3))

    def _of(self, session: Session, unit: Unit) -> Any:
        """Ids of a township's statements, earlier months first."""
        below = select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True))
        return (
            select(ReceivedStatement.id)
            .where(ReceivedStatement.unit_id.in_(below))
            .order_by(ReceivedStatement.month, ReceivedStatement.part)
        )

    def summary(self) -> dict[str, Any]:
        """What the members' year came to, read from the tiers."""
        return steadily(self._summary)

    def _summary(self) -> dict[str, Any]:
        with within(self.tiers.branch) as session:
            found = {
                "members": _count(session, Member),
                "commitments": _count(session, Commitment),
                "claims": _count(session, Claim),
                "statements": _count(session, Statement),
            }
        with within(self.tiers.county) as session:
            found["members_at_county"] = _count(session, KnownMember)
            found["statements_approved"] = _count(session, ApprovedStatement)
        return found


def _count(session: Session, table: Any) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
