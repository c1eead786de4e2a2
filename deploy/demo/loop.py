"""The member's year of the demo: rosters, commitments, months rolled up two tiers, the year appraised."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.calendar import YEAR
from deploy.demo.county_end import CountyEnd, outcomes
from deploy.demo.moves import Moves
from deploy.demo.organisations import Organisations
from deploy.demo.people import actor
from deploy.demo.player import Player
from deploy.demo.players import OwnPlayer, Plays, Task
from deploy.demo.shape import YEAR_MONTHS, Shape
from deploy.demo.tiers import Tiers, steadily, within
from deploy.demo.townships import Townships
from services.branch.appraisal.models import AppraisalStep, AppraisalVerdict
from services.branch.commitments.models import Commitment
from services.branch.points.models import Claim, Statement, StatementVerdict
from services.branch.roster.models import MOVED, Member
from services.branch.transfers.models import TransferWord
from services.county.grades.models import Grade
from services.county.points.models import ApprovedStatement
from services.county.roster.models import KnownMember
from services.county.years.actions import open_year
from services.county.years.models import MemberYear as CountyYear
from shared.contracts.transfers import TransferClosed
from shared.kit.units import Unit, with_members
from shared.sync.runtime import Runtime
from shared.sync.years import open_years

NOTE = "党员和积分数据均为按固定种子生成的合成数据"
BEFORE_MOVES = 6
# Branches of one task: small enough to share out evenly, one committee's at a time.
A_TASK = 12


# Seconds between two looks at what has come in: many months approved at once cost little more than one.
A_LOOK = 5.0


def now_and_then(look: Callable[[], None]) -> Callable[[], None]:
    """`look`, however often it is asked for, every few seconds only."""
    last = time.monotonic()

    def perhaps() -> None:
        nonlocal last
        if time.monotonic() - last > A_LOOK:
            look()
            last = time.monotonic()

    return perhaps


@dataclass
class Loop:
    """The course of the members' year. Every step reads first what is done already."""

    tiers: Tiers
    seed: int
    wait_for: Callable[[str, Callable[[], int], int], None]
    shape: Shape
    passwords: dict[str, str]
    players: Plays | None = None
    heads_agree: Callable[[], bool] = field(default=lambda: True)

    def play(self) -> None:
        """Open the year, enter rosters and commitments, close and approve the months, appraise and decide."""
        steadily(self._open)
        both = (self.tiers.township, self.tiers.branch)
        self.wait_for("积分办法下达到支部", lambda: sum(self._knows(one) for one in both), 2)
        self.players = self.players or OwnPlayer(
            Player(self.tiers.branch, self.tiers.county, self.shape, self.seed, self.passwords).do
        )
        groups = steadily(self._groups)
        townships = Townships(self.tiers.township)
        self._each("录入党员名册、提出和公布承诺", groups, "enter", meanwhile=townships.review)
        last = self.shape.months
        self._months(groups, 1, min(last, BEFORE_MOVES))
        if last > BEFORE_MOVES:
            Moves(self.tiers.branch, self.seed, self.wait_for).play()
            self._months(groups, BEFORE_MOVES + 1, last)
        self._review(sum(map(len, groups)) * last)
        if last == YEAR_MONTHS:
            self._appraise(groups)
            CountyEnd(self.tiers, self.wait_for, self.players).play()

    def _open(self) -> None:
        with within(self.tiers.county) as session:
            if session.get(CountyYear, YEAR) is None:
                county = session.scalars(select(Unit).where(Unit.level == "county")).one()
                who, sign = actor(session, county, "county_organiser"), self.tiers.county.signer()
                now = moments.OPENED
                open_year(session, who, sign, year=YEAR, ranked=True, synthetic_note=NOTE, now=now)

    def _knows(self, runtime: Runtime) -> int:
        with within(runtime) as session:
            return int(any(one.year == YEAR for one in open_years(session)))

    def _groups(self) -> list[list[str]]:
        """Branches by committee, those of one general branch in one task: it endorses them together."""
        with within(self.tiers.branch) as session:
            query = select(Unit).where(with_members(), Unit.closed_on.is_(None))
            units = session.scalars(query.order_by(Unit.path)).all()
        by_general: dict[Any, list[str]] = {}
        alone: dict[Any, list[str]] = {}
        for one in units:
            known = by_general if one.general_id else alone
            known.setdefault(one.general_id or one.parent_id, []).append(one.code)
        cut = [some[at : at + A_TASK] for some in alone.values() for at in range(0, len(some), A_TASK)]
        return sorted([*by_general.values(), *cut], key=len, reverse=True)

    def _months(self, groups: Iterable[list[str]], first: int, last: int) -> None:
        self._each(
            f"{first} 至 {last} 月申报、审核、结账",
            groups,
            "months",
            meanwhile=Townships(self.tiers.township).review,
            first=first,
            last=last,
            steps=last + 1 - first,
        )

    def _each(
        self,
        what: str,
        groups: Iterable[list[str]],
        act: str,
        *,
        meanwhile: Callable[[], None],
        steps: int = 1,
        **more: int,
    ) -> None:
        """One act for every branch, shared out among the players; others go on with what comes in."""
        assert self.players is not None
        tasks: list[Task] = [{"act": act, "codes": codes, **more} for codes in groups]
        total = sum(len(task["codes"]) for task in tasks) * steps
        self.players.play(what, tasks, total, now_and_then(meanwhile))

    def _review(self, total: int) -> None:
        townships = Townships(self.tiers.township)
        self.wait_for("积分月报上报到乡镇", townships.received, total)
        townships.review()
        self.wait_for("批准的月报上报到县", lambda: self._count(self.tiers.county, ApprovedStatement), total)

    def _appraise(self, groups: list[list[str]]) -> None:
        many = sum(map(len, groups))
        approved = StatementVerdict.verdict == "approved"
        self.wait_for(
            "月报批准结果回到支部",
            lambda: self._count(self.tiers.branch, StatementVerdict, approved),
            many * YEAR_MONTHS,
        )
        townships = Townships(self.tiers.township)
        self._each("述职、核查、测评、定级、公示", groups, "end", meanwhile=townships.confirm)
        self.wait_for("年度评议上报到乡镇", townships.filed, many)
        townships.confirm()
        confirmed = AppraisalVerdict.verdict == "confirmed"
        self.wait_for(
            "审定结果回到支部", lambda: self._count(self.tiers.branch, AppraisalVerdict, confirmed), many
        )
        organisations = Organisations(self.tiers, self.seed, self.wait_for)
        organisations.begin()
        self._each("反馈、结果运用、结转基础分", groups, "end", meanwhile=organisations.go_on)
        organisations.finish()

    def _count(self, runtime: Runtime, table: Any, *where: Any) -> int:
        with within(runtime) as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def summary(self) -> dict[str, Any]:
        """What the members' year came to, read from the tiers."""
        return steadily(self._summary)

    def _summary(self) -> dict[str, Any]:
        moved = (TransferWord.kind == TransferClosed.KIND, TransferWord.out)
        with within(self.tiers.branch) as session:
            found: dict[str, Any] = {
                "members": _count(session, Member, Member.left_why != MOVED),
                "floating": _count(session, Member, Member.left_why != MOVED, Member.floating),
                "transfers": _count(session, TransferWord, *moved),
                "commitments": _count(session, Commitment, Commitment.handed_in.is_(None)),
                "claims": _count(session, Claim),
                "statements": _count(session, Statement),
                "steps_closed": _count(session, AppraisalStep),
            }
        with within(self.tiers.county) as session:
            found["members_at_county"] = _count(session, KnownMember, KnownMember.until.is_(None))
            found["statements_approved"] = _count(session, ApprovedStatement)
            grades = session.execute(select(Grade.grade, func.count()).group_by(Grade.grade)).all()
        found["grades"] = {
            row[0] or "ungraded": row[1] for row in sorted(grades, key=lambda row: str(row[0]))
        }
        found["organisations"] = Organisations(self.tiers, self.seed, self.wait_for).summary()
        return found | outcomes(self.tiers.county)


def _count(session: Session, table: Any, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0
