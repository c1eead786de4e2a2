"""The demo's branches as subjects (M42): a year of entries, self-reports, classes, one review; in bulk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo.calendar import YEAR
from deploy.demo.moments import JANUARY, moment
from deploy.demo.people import actor
from deploy.demo.tiers import Tiers, steadily, within
from services.branch.organisation.models import TABLES as AT_BRANCH
from services.branch.organisation.models import OrganisationEntry as BranchEntry
from services.branch.organisation.models import OrganisationSaid as BranchSaid
from services.county.organisations import approving
from services.county.organisations.models import CarriedUnitBase, ClassedUnit
from services.county.organisations.models import Classing as CountyClassing
from services.county.organisations.models import ClassingWord as CountyWord
from services.township.organisations.classing import ROOM, file_up
from services.township.organisations.models import TABLES, OrganisationEntry
from services.township.organisations.models import OrganisationSaid as TownshipSaid
from shared.contracts.appraisal import TallyLine
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit, with_members
from shared.organisations import classing, deciding, own_year
from shared.organisations.classings import newest
from shared.organisations.entering import Filed
from shared.organisations.filing import Own, file_each
from shared.organisations.gathering import gather
from shared.organisations.ledger import Standing, standings
from shared.rules.points.claims import Claimed
from shared.sync.years import MemberYear, year_of

# item, day, times, points of a range (hundredths), in which months, what was done
Sort = tuple[str, int, int, int | None, Sequence[int], str]
EVERY_MONTH = range(1, 13)
MATTER: Sort = ("matter", 20, 4, None, EVERY_MONTH, "代办群众事项四件（合成）")
STEADY: tuple[Sort, ...] = (
    ("development_step", 15, 4, None, (3,), "按程序培养发展对象（合成）"),
    ("place_activity", 16, 4, None, (5,), "活动阵地开展活动（合成）"),
    ("place_open", 19, 8, None, (10,), "活动阵地按时开放（合成）"),
    ("project", 17, 1, 10_00, (6,), "重点项目按期完成（合成）"),
    ("task", 18, 1, 3_00, (4, 11), "上级交办任务办结（合成）"),
)
MORE: tuple[Sort, ...] = (
    ("project", 21, 1, 10_00, (11,), "第二个重点项目按期完成（合成）"),
    ("commended", 22, 1, None, (12,), "受到县级以上表彰（合成）"),
    ("task", 23, 1, 3_00, (2, 7, 9), "上级交办任务提前办结（合成）"),
    ("care", 24, 6, None, (1,), "走访慰问老党员和困难党员（合成）"),
    ("floating_contact", 14, 6, None, (8,), "联系外出党员（合成）"),
)
REPORT = "一年来按期开展组织生活，承诺逐项办结；问题是阵地开放时间不够，明年补上（合成）。"
PROBLEM = "组织生活记录不全（合成）"
TELLERS = ("监票人甲（合成）", "监票人乙（合成）")
TIE = "会议票决，按得票多少确定（合成）。"
REPORTED, CHECKED = moment(JANUARY, 11), moment(JANUARY, 17)
PROPOSED, CONFIRMED = moment(JANUARY, 18), moment(JANUARY, 19)
ACCEPTED, APPROVED = moment(JANUARY, 28), moment(JANUARY, 29)


@dataclass(frozen=True)
class Story:
    """How a branch did: what it files, how people vote, the finding and the opinion."""

    sorts: Sequence[Sort]
    votes: tuple[int, int]  # of ten ballots: the best choice, the next
    finding: str
    opinion: str


GOOD = Story((MATTER, *STEADY, *MORE), (8, 2), "true", "good")
FAIRLY = Story((MATTER, *STEADY), (5, 4), "true", "fairly_good")
FAIR = Story(((*MATTER[:4], range(2, 12), MATTER[5]), STEADY[0], STEADY[2]), (3, 4), "mostly_true", "fair")
POOR = Story((("matter", 20, 1, None, (3,), MATTER[5]),), (0, 1), "partly_untrue", "poor")


def story(code: str, seed: int) -> Story:
    """The same branch always has the same year."""
    chance = Random(f"organisation/{seed}/{code}").random()
    return GOOD if chance < 0.35 else FAIRLY if chance < 0.7 else FAIR if chance < 0.93 else POOR


@dataclass(frozen=True)
class Stage:
    """What townships or the county do once so much has `arrived`."""

    what: str
    arrived: Callable[[], int]
    total: int
    act: Callable[[], object]


class Organisations:
    """From the entries to the approved classes, each step read first from what is done already."""

    def __init__(
        self, tiers: Tiers, seed: int, wait_for: Callable[[str, Callable[[], int], int], None]
    ) -> None:
        self.tiers, self.seed, self.wait_for = tiers, seed, wait_for
        self._stages: list[Stage] = []

    def begin(self) -> None:
        """Branches file their year and report on it; nothing where the year has no scheme for them."""
        townships = steadily(self._townships)
        for code in townships:
            steadily(lambda code=code: self._file(code))  # type: ignore[misc]
        if not townships:
            return
        branch, township = self.tiers.branch, self.tiers.township
        filed = self._count(branch, BranchEntry)
        reports = self._count(branch, BranchSaid, BranchSaid.kind == "reported")
        arrived = TownshipSaid.kind == "reported"
        self._stages = [
            Stage(
                "党组织申报上报到乡镇",
                lambda: self._count(township, OrganisationEntry),
                filed,
                lambda: [steadily(partial(self._decide, code)) for code in townships],
            ),
            Stage(
                "支部述职上报到乡镇",
                lambda: self._count(township, TownshipSaid, arrived),
                reports,
                lambda: [steadily(partial(self._class, code)) for code in townships],
            ),
            Stage(
                "党组织定级上报到县",
                lambda: self._count(self.tiers.county, CountyClassing),
                len(townships),
                lambda: [steadily(self._approve)],
            ),
        ]

    def go_on(self) -> None:
        """The next stage, where what it waits for has come in."""
        if self._stages and steadily(self._stages[0].arrived) >= self._stages[0].total:
            self._stages.pop(0).act()

    def finish(self) -> None:
        """The stages that are left, each waited for."""
        while self._stages:
            self.wait_for(self._stages[0].what, self._stages[0].arrived, self._stages[0].total)
            self._stages.pop(0).act()

    def _count(self, runtime: Any, table: Any, *where: Any) -> int:
        with within(runtime) as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def _townships(self) -> list[str]:
        with within(self.tiers.township) as session:
            if year_of(session, YEAR).organisations is None:
                return []
            below = select(Unit.parent_id).where(with_members(), Unit.closed_on.is_(None))
            return list(session.scalars(select(Unit.code).where(Unit.id.in_(below)).order_by(Unit.path)))

    def _below(self, session: Session, code: str) -> Sequence[Unit]:
        parent = select(Unit.id).where(Unit.code == code).scalar_subquery()
        query = select(Unit).where(Unit.parent_id == parent, with_members(), Unit.closed_on.is_(None))
        return session.scalars(query.order_by(Unit.path)).all()

    def _file(self, code: str) -> None:
        """A township's branches file their year and report on it."""
        with within(self.tiers.branch) as session:
            year = year_of(session, YEAR)
            for unit in self._below(session, code):
                who = actor(session, unit, "branch_secretary")
                own = Own(unit, year, AT_BRANCH, BranchSaid)
                if file_each(session, own, who, self._entries(unit)):
                    own_year.report(session, own, who, self._report(unit), REPORTED)

    def _entries(self, unit: Unit) -> list[Filed]:
        made = []
        for place, (item, day, times, _points, months, what) in enumerate(story(unit.code, self.seed).sorts):
            for month in months:
                entry = str(uuid5(unit.id, f"{YEAR}/{place}/{month}"))
                given = Claimed(item, date(YEAR, month, day), times, what, "会议记录（合成）", 0, entry)
                made.append(Filed(unit.id, given, moment(month, 25)))
        return made

    def _report(self, unit: Unit) -> own_year.Report:
        best, next_best = story(unit.code, self.seed).votes
        rest = 10 - best - next_best
        members = {"good": 2 * best, "fairly_good": 2 * next_best, "fair": 0, "poor": 2 * rest}
        masses = {
            "satisfied": 3 * best,
            "fairly_satisfied": 3 * next_best,
            "neutral": 0,
            "dissatisfied": 3 * rest,
        }
        return own_year.Report(REPORT, TallyLine(22, 20, members), TallyLine(40, 30, masses), "", TELLERS)

    def _town(self, session: Session, code: str, role: str) -> tuple[Unit, SignedIn, MemberYear]:
        town = session.scalars(select(Unit).where(Unit.code == code)).one()
        return town, actor(session, town, role), year_of(session, YEAR)

    def _decide(self, code: str) -> None:
        """Everything that waits is approved at once."""
        with within(self.tiers.township) as session:
            town, who, year = self._town(session, code, "township_organiser")
            units = [one.id for one in self._below(session, code)]
            rows = standings(session, TABLES, year.organisations, YEAR, units)
            seen = [self._seen(one) for one in rows if one.state == "waiting"]
            if seen:
                above = deciding.Above(town, year, TABLES)
                deciding.approve(session, above, who, seen, moment(JANUARY, 10))

    def _seen(self, one: Standing) -> deciding.Seen:
        asked = {"project": 10_00, "task": 3_00}.get(one.entry.item)
        return deciding.Seen(one.entry.id, one.version, asked)

    def _class(self, code: str) -> None:
        """Findings, the classes by the rulebook, a second person; up to the county."""
        with within(self.tiers.township) as session:
            town, who, year = self._town(session, code, "township_organiser")
            if newest(session, ROOM, YEAR, town.id) is not None:
                return
            here = gather(session, ROOM, town, year, {})
            if here.open.get("unchecked"):
                found = {one.id: self._found(one, len(here.years[one.id].words)) for one in here.units}
                classing.check(session, ROOM, who, town, year, found, CHECKED)
            made = classing.propose_from(gather(session, ROOM, town, year, {}), year)
            chosen = [UUID(one) for one in made.block.members[: made.block.seats]] if made.block else []
            classing.propose(session, ROOM, who, town, year, {}, chosen, TIE, PROPOSED)
            standing = newest(session, ROOM, YEAR, town.id)
            assert standing is not None
            secretary = actor(session, town, "township_secretary")
            seen = (standing.row.id, standing.version)
            filed = classing.confirm(session, ROOM, secretary, town, year, {}, seen, CONFIRMED)
            file_up(session, filed, CONFIRMED)

    def _found(self, unit: Unit, version: int) -> classing.Found:
        one = story(unit.code, self.seed)
        problems = [PROBLEM] if one.opinion in ("fair", "poor") else []
        return classing.Found(version, one.finding, one.opinion, problems)

    def _approve(self) -> None:
        """The county accepts, and another person approves when the publicity is over."""
        with within(self.tiers.county) as session:
            county = session.scalars(select(Unit).where(Unit.level == "county")).one()
            known = session.scalars(select(CountyWord.classing_id)).all()
            rows = session.scalars(select(CountyClassing.id).where(CountyClassing.year == YEAR)).all()
            fresh = [approving.Seen(one, 0) for one in rows if one not in set(known)]
            if not fresh:
                return
            organiser, leader = (actor(session, county, one) for one in ("county_organiser", "county_leader"))
            approving.accept(session, organiser, YEAR, fresh, ACCEPTED)
            accepted = [approving.Seen(one.id, 1) for one in fresh]
            approving.approve(session, self.tiers.county.signer(), leader, YEAR, accepted, APPROVED)

    def summary(self) -> dict[str, Any]:
        """Entries, reports, classes by code and bases, as the tiers keep them."""
        return steadily(self._summary)

    def _summary(self) -> dict[str, Any]:
        with within(self.tiers.county) as session:
            grades = select(ClassedUnit.grade, func.count()).where(ClassedUnit.year == YEAR)
            found = {row[0]: row[1] for row in session.execute(grades.group_by(ClassedUnit.grade))}
        return {
            "entries": self._count(self.tiers.branch, BranchEntry),
            "entries_at_township": self._count(self.tiers.township, OrganisationEntry),
            "classings": self._count(self.tiers.county, CountyClassing),
            "classes": dict(sorted(found.items())),
            "bases": self._count(self.tiers.county, CarriedUnitBase),
        }
