"""One contest year, played through the product's own actions. Every step first reads what is done already."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import calendar
from deploy.demo.figures import NOTE, story
from deploy.demo.filing import Filing
from deploy.demo.people import actor
from deploy.demo.tiers import Tiers, demo_contest, steadily, wait_for, within
from deploy.demo.verifying import Verifying
from services.branch.contest import actions as branch_objections
from services.branch.contest.models import Objection as BranchObjection
from services.branch.returns.models import Verdict
from services.county.contest import course, deciding, editions, trial
from services.county.contest.models import Contest, Objection, Trial, TrialLine
from services.county.returns.models import VerifiedReturn
from services.county.rulebooks.actions import add_rulebook
from shared.contracts.documents import VillageResult
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit, with_members
from shared.rulebooks import contest_default_bytes
from shared.sync.contests import OpenContest
from shared.sync.publications import documents
from shared.sync.runtime import Runtime

PARTS = ("open", "file", "verify", "rank", "publicity", "publish")
Step = Callable[[Session, SignedIn, Contest], None]
REASON = "总分和各项比较均相同，按集体研究意见排定先后。"


@dataclass
class Year:
    """The course of the demo's year over all three tiers."""

    tiers: Tiers
    seed: int
    villages: int

    def play(self) -> dict[str, float]:
        """Play to the published result; seconds by part."""
        seconds = {}
        for name, part in zip(PARTS, self.parts(), strict=True):
            began = monotonic()
            part()
            seconds[name] = round(monotonic() - began, 2)
        return seconds

    def parts(self) -> tuple[Callable[[], None], ...]:
        """The year's parts in order."""
        filing, verifying = Filing(self.tiers, self.seed), Verifying(self.tiers, self.seed)
        return (
            lambda: self._open(verifying),
            lambda: self._file(filing, verifying),
            lambda: self._verify(filing, verifying),
            self._rank,
            self._publicity,
            self._publish,
        )

    def wait_for(self, what: str, done: Callable[[], int], total: int) -> None:
        """Wait until the workers have carried it."""
        wait_for(what, done, total)

    def _open(self, verifying: Verifying) -> None:
        steadily(self._draft)
        self._county("draft", "county_organiser", self._open_contest)
        self.wait_for("乡镇、支部收到竞赛通知", lambda: self._know() + self._know(self.tiers.branch), 2)
        verifying.import_prior()

    def _draft(self) -> None:
        with within(self.tiers.county) as session:
            if any(one.year == calendar.YEAR for one in course.contests(session)):
                return
            who = self._county_actor(session, "county_organiser")
            rulebook = add_rulebook(session, who, contest_default_bytes().decode(), calendar.OPENED)
            course.draft_contest(
                session,
                who,
                year=calendar.YEAR,
                title=f"{calendar.YEAR} 年村级组织分档竞赛",
                rulebook_hash=rulebook.hash,
                filing_until=calendar.FILING_UNTIL,
                verifying_until=calendar.VERIFYING_UNTIL,
                synthetic_note=NOTE,
                now=calendar.OPENED,
            )

    def _open_contest(self, session: Session, who: SignedIn, contest: Contest) -> None:
        course.open_contest(session, who, contest, self.tiers.county.signer(), calendar.OPENED)

    def _file(self, filing: Filing, verifying: Verifying) -> None:
        filing.file_all()
        self.wait_for("村级申报上报到乡镇", verifying.received, self.villages)

    def _verify(self, filing: Filing, verifying: Verifying) -> None:
        self._advance("collecting", "verifying", calendar.VERIFYING)
        self._wait_stage("verifying")
        verifying.send_back()
        back = verifying.found("sent_back")
        self.wait_for("退回件回到支部", self._came_back, back)
        filing.refile_all()
        self.wait_for("退回件重新上报", verifying.received, self.villages + back)
        verifying.verify()
        verifying.approve()
        self.wait_for("核实结果上报到县", self._rolled_up, self.villages)

    def _came_back(self) -> int:
        with within(self.tiers.branch) as session:
            return session.scalar(select(func.count()).where(Verdict.verdict == "sent_back")) or 0

    def _rolled_up(self) -> int:
        with within(self.tiers.county) as session:
            return session.scalar(select(func.count(VerifiedReturn.unit_id.distinct()))) or 0

    def _rank(self) -> None:
        self._advance("verifying", "trial", calendar.TRIED)
        self._county("trial", "county_organiser", self._try)

    def _try(self, session: Session, who: SignedIn, contest: Contest) -> None:
        made = trial.run_trial(session, who, contest, calendar.TRIED)
        for block in made.blocks:
            deciding.decide_tie(session, who, contest, sorted(block["villages"]), REASON, calendar.DECIDED)
        if made.blocks:
            trial.run_trial(session, who, contest, calendar.TRIED_AGAIN)

    def _publicity(self) -> None:
        self._county("trial", "county_organiser", self._go_public)
        self._wait_stage("publicity")
        self.wait_for("公示到达支部", lambda: self._explained(0), self.villages)
        raised = steadily(self._object)
        self.wait_for("异议上报到县", self._objections, raised)
        self._county("publicity", "county_organiser", self._answer)

    def _go_public(self, session: Session, who: SignedIn, contest: Contest) -> None:
        editions.begin_publicity(session, who, contest, self.tiers.county.signer(), calendar.PUBLIC)

    def _object(self) -> int:
        """Villages whose story says so object; how many objections there are."""
        with within(self.tiers.branch) as session:
            contest = demo_contest(session)
            assert contest is not None
            known = set(session.scalars(select(BranchObjection.unit_id)))
            for village in session.scalars(select(Unit).where(with_members()).order_by(Unit.path)).all():
                if story(contest.rulebook, village.code, self.seed).objects and village.id not in known:
                    known.add(village.id)
                    self._object_one(session, village, contest)
            return len(known)

    def _object_one(self, session: Session, village: Unit, contest: OpenContest) -> None:
        who = actor(session, village, "branch_secretary")
        text = "本村志愿服务场次少计，请核对活动台账。"
        branch_objections.raise_objection(session, who, village, contest, text, calendar.OBJECTED)

    def _objections(self) -> int:
        with within(self.tiers.county) as session:
            return session.scalar(select(func.count()).select_from(Objection)) or 0

    def _answer(self, session: Session, who: SignedIn, contest: Contest) -> None:
        for objection, answer, _village in deciding.objections(session, contest.id):
            if answer is None:
                text = "经核对活动台账，场次与核实数一致，维持原结果。"
                deciding.answer_objection(session, who, objection, False, text, calendar.ANSWERED)

    def _publish(self) -> None:
        self._county("publicity", "county_organiser", self._lock)
        self._county("locked", "county_leader", self._publish_edition)
        self.wait_for("结果下达到支部", lambda: self._explained(1), self.villages)

    def _lock(self, session: Session, who: SignedIn, contest: Contest) -> None:
        editions.lock(session, who, contest, contest.title, self.tiers.county.signer(), calendar.LOCKED)

    def _publish_edition(self, session: Session, who: SignedIn, contest: Contest) -> None:
        editions.publish(session, who, contest, self.tiers.county.signer(), calendar.PUBLISHED)

    def _advance(self, before: str, after: str, now: datetime) -> None:
        def act(session: Session, who: SignedIn, contest: Contest) -> None:
            course.advance(session, who, contest, after, "", self.tiers.county.signer(), now)

        self._county(before, "county_organiser", act)

    def _county(self, state: str, role: str, act: Step) -> None:
        """Do one county step, provided the contest still stands where the step begins."""

        def work() -> None:
            with within(self.tiers.county) as session:
                contest = self._contest(session)
                if contest.state == state:
                    act(session, self._county_actor(session, role), contest)

        steadily(work)

    def _contest(self, session: Session) -> Contest:
        """The demo's own contest, whatever other years the county has begun since."""
        return next(one for one in course.contests(session) if one.year == calendar.YEAR)

    def _county_actor(self, session: Session, role: str) -> SignedIn:
        return actor(session, session.scalars(select(Unit).where(Unit.level == "county")).one(), role)

    def _know(self, runtime: Runtime | None = None) -> int:
        with within(runtime or self.tiers.township) as session:
            return int(demo_contest(session) is not None)

    def _wait_stage(self, stage: str) -> None:
        """Until townships and branches know of a stage, or of a later one."""
        order = course.ORDER

        def reached(runtime: Runtime) -> bool:
            with within(runtime) as session:
                contest = demo_contest(session)
                return contest is not None and order.index(contest.course.stage) >= order.index(stage)

        both = (self.tiers.township, self.tiers.branch)
        label = f"进入{course.STAGE[stage]}阶段"
        self.wait_for(label, lambda: sum(reached(runtime) for runtime in both), 2)

    def _explained(self, edition: int) -> int:
        with within(self.tiers.branch) as session:
            return len(
                {one.village_id for one in documents(session, VillageResult) if one.edition >= edition}
            )

    def summary(self) -> dict[str, Any]:
        """What the year came to, read from the tiers."""
        filing, verifying = Filing(self.tiers, self.seed), Verifying(self.tiers, self.seed)
        return {
            "returns_filed": steadily(filing.filed),
            "returns_corrected": steadily(verifying.corrected),
            "returns_sent_back": steadily(lambda: verifying.found("sent_back")),
            "tiers": steadily(self._tiers),
            "result_hash": steadily(lambda: self._published().result_hash),
        }

    def _tiers(self) -> dict[str, int]:
        trial_id = self._published().id
        with within(self.tiers.county) as session:
            query = select(TrialLine.tier, func.count()).where(TrialLine.trial_id == trial_id)
            counts = {row[0]: row[1] for row in session.execute(query.group_by(TrialLine.tier))}
        return {str(tier): counts[tier] for tier in sorted(counts, key=lambda tier: tier or 99)}

    def _published(self) -> Trial:
        with within(self.tiers.county) as session:
            found = editions.published_edition(session, self._contest(session))
            if found is None:
                raise click.ClickException("the contest has not been published")
            return session.get_one(Trial, found[0].trial_id)
