"""One branch's year-end of the demo: every step of the appraisal by its own people, up to the next base."""

from collections.abc import Callable
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.branch_months import BranchMonths
from deploy.demo.calendar import YEAR
from deploy.demo.members import diligence
from services.branch.appraisal import after, announcing, grading, steps
from services.branch.appraisal.state import newest_filing, newest_run, steps_of, subjects
from services.branch.ballots import boxes, casting, counting
from services.branch.ballots.models import BallotBox
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.outcomes.proposing import propose_outcomes
from services.branch.roster.models import Member
from shared.kit.units import Unit
from shared.outcomes.desk import Seen
from shared.outcomes.saying import Said, say
from shared.rules.appraisal import next_step

ELECTRONIC_ONE_IN = 60
MASSES = 15
REPORT = "一年来按时参加组织生活，完成承诺和日常任务，不足之处已记入整改清单（合成）。"
HEARD = "已听取本人意见，本人没有异议（合成）。"
DROPPED = "同类结果已有安排（合成）"
TIE = "会议票决，按得票多少排列（合成）。"
PASSPHRASES = ("第一位监票人的演示口令", "第二位监票人的演示口令")
# From which diligence on: the opinion of the branch, and how people vote.
EXCELLENT, QUALIFIED, BASIC = 0.66, 0.08, 0.02


class BranchEnd:
    """Closes step after step as far as the branch can by itself."""

    def __init__(self, months: BranchMonths) -> None:
        self.months = months
        # Of the branch being played: the people do not change while it closes its year.
        self._appraised: tuple[UUID, list[Member]] | None = None

    def play(self, session: Session, unit: Unit) -> None:
        """Go on from the step that is due to what only the township can do, and from its word to the end."""
        year, who = self.months.year(session), self.months.who(session, unit)
        self._appraised = None
        parts: dict[str, tuple[Callable[[Session, Unit], None], object]] = {
            "december_statement": (self._nothing, moments.REPORTED),
            "self_report": (self._report, moments.REPORTED),
            "organisation_check": (self._check, moments.CHECKED),
            "members_ballot": (self._members_vote, moments.VOTED),
            "mass_review": (self._masses_vote, moments.REVIEWED),
            "opinion": (self._opinion, moments.OPINED),
            "appraisal_points": (self._grade, moments.GRADED),
            "publicity": (self._show, moments.FILED),
            "township_confirmation": (self._file, moments.TOLD),
            "feedback": (self._tell, moments.TOLD),
            "outcomes": (self._outcomes, moments.AGREED),
            "next_base": (self._carry, moments.CARRIED),
            "rectification": (self._nothing, moments.CARRIED),
        }
        closed = frozenset(steps_of(session, unit.id, YEAR))
        while (due := next_step(year.appraisal, closed)) is not None:
            act, now = parts[due.code]
            act(session, unit)
            if due.code == "township_confirmation" and not self._confirmed(session, unit):
                return
            steps.close_step(session, who, unit, year, due.code, now)  # type: ignore[arg-type]
            closed |= {due.code}

    def _nothing(self, session: Session, unit: Unit) -> None:
        """Nothing but the closing."""

    def _people(self, session: Session, unit: Unit) -> list[Member]:
        if self._appraised is None or self._appraised[0] != unit.id:
            people = subjects(session, unit.id, self.months.year(session), moments.REPORTED)
            self._appraised = (unit.id, people)
        return self._appraised[1]

    def _keen(self, unit: Unit, member: Member) -> float:
        return diligence(unit.code, member.number, self.months.seed)

    def _report(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        texts = {one.id: REPORT for one in self._people(session, unit)}
        steps.report_for(session, who, unit, year, texts, moments.REPORTED)

    def _check(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        said = {
            one.id: steps.Said(
                "true" if self._keen(unit, one) > QUALIFIED else "mostly_true", "与台账核对一致"
            )
            for one in self._people(session, unit)
        }
        steps.say(session, who, unit, year, "check", said, moments.CHECKED)

    def _opinion(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        said = {
            one.id: steps.Said(_grade_of(self._keen(unit, one)), "支部委员会集体研究（合成）")
            for one in self._people(session, unit)
        }
        steps.say(session, who, unit, year, "opinion", said, moments.OPINED)

    # --- ballots ---

    def _members_vote(self, session: Session, unit: Unit) -> None:
        chance = Random(f"{self.months.seed}/{unit.code}/members")
        voters = [one for one in self._people(session, unit) if one.status == "full"]
        if chance.randrange(ELECTRONIC_ONE_IN) == 0:
            self._by_vote(session, unit, voters, chance)
            return
        turned_up = [one for one in voters if chance.random() < 0.9] or voters
        if 2 * len(turned_up) <= len(voters):
            turned_up = voters
        self._on_paper(session, unit, "members", len(turned_up), [one.id for one in turned_up], chance)

    def _masses_vote(self, session: Session, unit: Unit) -> None:
        chance = Random(f"{self.months.seed}/{unit.code}/masses")
        self._on_paper(session, unit, "masses", MASSES + chance.randrange(10), [], chance)

    def _box(self, session: Session, unit: Unit, kind: str, *, paper: bool) -> BallotBox:
        people = self._people(session, unit)
        tellers = [boxes.Teller(one.id, said) for one, said in zip(people[1:3], PASSPHRASES, strict=True)]
        now = moments.VOTED if kind == "members" else moments.REVIEWED
        year, who = self.months.year(session), self.months.who(session, unit)
        return boxes.open_box(session, who, unit, year, kind, tellers, now, paper=paper)

    def _on_paper(
        self, session: Session, unit: Unit, kind: str, sheets: int, voters: list[UUID], chance: Random
    ) -> None:
        """One counts the sheets, another agrees, and the box is counted."""
        rulebook, now = self.months.year(session).appraisal, moments.REVIEWED
        box = self._box(session, unit, kind, paper=True)
        codes = [one.code for one in rulebook.ballots[kind].choices]
        counts = {
            str(one.id): _counts(codes, sheets, self._keen(unit, one), chance)
            for one in self._people(session, unit)
        }
        first, second = self.months.who(session, unit), self.months.who(session, unit, "branch_committee")
        counting.enter_paper(session, first, rulebook, unit, box.id, sheets, voters, counts, now)
        counting.confirm_paper(session, second, unit, box.id, now)
        counting.count(session, first, rulebook, unit, box.id, (), now)

    def _by_vote(self, session: Session, unit: Unit, voters: list[Member], chance: Random) -> None:
        """Everybody votes in secret; both tellers open the box."""
        rulebook = self.months.year(session).appraisal
        box = self._box(session, unit, "members", paper=False)
        people = self._people(session, unit)
        for voter in voters:
            choices = {
                str(one.id): _grade_of(min(0.99, self._keen(unit, one) + chance.uniform(-0.1, 0.2)))
                for one in people
            }
            casting.cast_member(session, rulebook, unit.id, box.id, voter.id, choices)
        who = self.months.who(session, unit)
        counting.count(session, who, rulebook, unit, box.id, PASSPHRASES, moments.VOTED)

    # --- grades ---

    def _grade(self, session: Session, unit: Unit) -> None:
        """Worked out; equals at the cut are put in order by a meeting, and it is worked out again."""
        year, who = self.months.year(session), self.months.who(session, unit)
        run = grading.work_out(session, who, unit, year, moments.GRADED)
        while run.undecided:
            for block in run.undecided:
                ordered = sorted(UUID(one) for one in block["members"])
                grading.decide_tie(session, who, unit, year, ordered, TIE, moments.GRADED)
            run = grading.work_out(session, who, unit, year, moments.GRADED)

    def _show(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        announcing.begin_publicity(session, who, unit, year, moments.SHOWN)

    def _file(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        run, filed = newest_run(session, unit.id, YEAR), newest_filing(session, unit.id, YEAR)
        if run is not None and (filed is None or filed[0].run_id != run.id):
            announcing.file_up(session, who, unit, year, moments.FILED)

    def _confirmed(self, session: Session, unit: Unit) -> bool:
        found = newest_filing(session, unit.id, YEAR)
        return bool(found and found[1] and found[1].verdict == "confirmed")

    # --- after the township's word ---

    def _tell(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        people = [one.id for one in self._people(session, unit)]
        after.sign_for(session, who, unit, year, people, moments.TOLD)

    def _outcomes(self, session: Session, unit: Unit) -> None:
        """Proposed; one decides, another confirms."""
        year, who = self.months.year(session), self.months.who(session, unit)
        propose_outcomes(session, who, unit, year, moments.PROPOSED)
        second = self.months.who(session, unit, "branch_committee")
        query = select(OutcomeCase.id, OutcomeCase.version).where(
            OutcomeCase.unit_id == unit.id, OutcomeCase.year == YEAR, OutcomeCase.tier == "branch"
        )
        for actor, state, said, now in (
            (who, "open", Said("decided", "applied"), moments.DECIDED),
            # What weighs on somebody is decided after they have been heard; of several, one is chosen.
            (second, "open", Said("heard", text=HEARD), moments.DECIDED),
            (who, "open", Said("decided", "applied"), moments.DECIDED),
            (second, "decided", Said("confirmed"), moments.AGREED),
            (who, "open", Said("decided", "dropped", DROPPED), moments.DECIDED),
            (second, "decided", Said("confirmed"), moments.AGREED),
        ):
            rows = session.execute(query.where(OutcomeCase.state == state))
            seen = [Seen(row.id, row.version) for row in rows]
            if seen:
                say(session, DESK, actor, seen, said, now)

    def _carry(self, session: Session, unit: Unit) -> None:
        year, who = self.months.year(session), self.months.who(session, unit)
        after.carry_bases(session, who, unit, year, moments.CARRIED)


def _grade_of(keen: float) -> str:
    if keen > EXCELLENT:
        return "excellent"
    if keen > QUALIFIED:
        return "qualified"
    return "basically_qualified" if keen > BASIC else "unqualified"


def _counts(codes: list[str], sheets: int, keen: float, chance: Random) -> dict[str, int]:
    """Votes by choice, best first: the keener, the more of them for the first."""
    best = min(sheets, round(sheets * min(1.0, 0.25 + 0.75 * keen + chance.uniform(-0.05, 0.1))))
    second = min(sheets - best, round((sheets - best) * 0.85))
    third = min(sheets - best - second, round((sheets - best - second) * 0.8))
    return dict(zip(codes, (best, second, third, sheets - best - second - third), strict=True))
