"""The county's end of the member year: its outcomes proposed, decided and confirmed, the year closed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.appeals import Appeals
from deploy.demo.calendar import YEAR
from deploy.demo.people import actor
from deploy.demo.players import Plays
from deploy.demo.tiers import Tiers, steadily, within
from services.branch.appraisal.models import AppraisalFiling
from services.county.outcomes.models import OutcomeCase, OutcomeRun
from services.county.outcomes.proposing import branches_to_draw, propose_outcomes
from services.county.outcomes.undoing import desk
from services.county.years import closing
from services.county.years.models import MemberYear, SettledYear, YearClosing
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit
from shared.outcomes.desk import Seen
from shared.outcomes.saying import Said, say
from shared.sync.runtime import Runtime

# Branches of one run of proposals, and of one turn of decisions about them.
BRANCHES_AT_ONCE, BRANCHES_DECIDED = 45, 15
HEARD = "已听取本人意见，本人没有异议（合成）。"
DROPPED = Said("decided", "dropped", "同类结果已有安排（合成）")


def _who(session: Session, role: str) -> SignedIn:
    return actor(session, session.scalars(select(Unit).where(Unit.level == "county")).one(), role)


class Deciding:
    """Two people at the county: one proposes and decides for some branches, another confirms."""

    def __init__(self, county: Runtime) -> None:
        self.county = county

    def decide(self, codes: Sequence[str]) -> None:
        """Proposed together, then decided some at a time: while one player proposes, another decides."""
        steadily(partial(self._propose, codes))
        for at in range(0, len(codes), BRANCHES_DECIDED):
            self._decide(codes[at : at + BRANCHES_DECIDED])

    def decide_again(self, codes: Sequence[str]) -> None:
        """What stands proposed since, decided and confirmed later than the appeals were."""
        self._decide(codes, moments.ENDORSED_APPEAL, moments.DECIDED_AGAIN)

    def _propose(self, codes: Sequence[str]) -> None:
        with within(self.county) as session:
            chosen = set(session.scalars(select(Unit.id).where(Unit.code.in_(codes))))
            units = [one for one in branches_to_draw(session, YEAR) if one in chosen]
            if units:
                year, who = session.get_one(MemberYear, YEAR), _who(session, "county_organiser")
                propose_outcomes(
                    session, desk(self.county.signer()), who, year, units, moments.COUNTY_PROPOSED
                )

    def _decide(
        self,
        codes: Sequence[str],
        decided: datetime = moments.COUNTY_DECIDED,
        agreed: datetime = moments.COUNTY_AGREED,
    ) -> None:
        """The same words about every case; those they may not be said about stay as they are."""
        for role, said, state, now in (
            ("county_organiser", Said("decided", "applied"), "open", decided),
            ("county_leader", Said("heard", text=HEARD), "open", decided),
            ("county_organiser", Said("decided", "applied"), "open", decided),
            ("county_organiser", DROPPED, "open", decided),
            ("county_leader", Said("confirmed"), "decided", agreed),
        ):
            steadily(partial(self._say, codes, role, said, state, now))

    def _say(self, codes: Sequence[str], role: str, said: Said, state: str, now: datetime) -> None:
        with within(self.county) as session:
            query = select(OutcomeCase.id, OutcomeCase.version).where(
                OutcomeCase.year == YEAR,
                OutcomeCase.tier == "county",
                OutcomeCase.sort == "outcome",
                OutcomeCase.state == state,
                OutcomeCase.unit_id.in_(select(Unit.id).where(Unit.code.in_(codes))),
            )
            seen = [Seen(row.id, row.version) for row in session.execute(query.order_by(OutcomeCase.id))]
            if seen:
                say(session, desk(self.county.signer()), _who(session, role), seen, said, now)


class CountyEnd:
    """The county's organiser proposes, its people decide and judge; then the year is closed."""

    def __init__(
        self, tiers: Tiers, wait_for: Callable[[str, Callable[[], int], int], None], players: Plays
    ) -> None:
        self.tiers, self.wait_for, self.players = tiers, wait_for, players

    def play(self) -> None:
        """From the proposals to the closed year."""
        branches = steadily(self._branches)
        self.wait_for(
            "支部年度办结上报到县", lambda: self._count(SettledYear, SettledYear.year == YEAR), branches
        )
        groups = steadily(self._groups)
        tasks = [{"act": "county", "codes": codes} for codes in groups]
        total = sum(map(len, groups))
        self.players.play("县级结果运用提出、决定、确认", tasks, total, lambda: None)
        Appeals(self.tiers, self.wait_for).play()
        # What the grades that were put right now bring: the appeals have had it proposed.
        for codes in groups:
            Deciding(self.tiers.county).decide_again(codes)
        steadily(self._begin_closing)
        while steadily(self._go_on):
            pass

    def _branches(self) -> int:
        with within(self.tiers.branch) as session:
            return session.scalar(select(func.count(AppraisalFiling.unit_id.distinct()))) or 0

    def _count(self, table: Any, *where: Any) -> int:
        with within(self.tiers.county) as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def _groups(self) -> list[list[str]]:
        """Codes of the branches whose year is settled, some at a time."""
        with within(self.tiers.county) as session:
            some = select(SettledYear.unit_id).where(SettledYear.year == YEAR)
            codes = list(session.scalars(select(Unit.code).where(Unit.id.in_(some)).order_by(Unit.path)))
        return [codes[at : at + BRANCHES_AT_ONCE] for at in range(0, len(codes), BRANCHES_AT_ONCE)]

    def _begin_closing(self) -> None:
        with within(self.tiers.county) as session:
            year, begun = session.get_one(MemberYear, YEAR), session.get(YearClosing, YEAR)
            if year.state != "closed" and (begun is None or begun.ended_at is not None):
                closing.begin_closing(session, _who(session, "county_organiser"), YEAR, moments.YEAR_CLOSED)

    def _go_on(self) -> bool:
        with within(self.tiers.county) as session:
            return closing.go_on(session, self.tiers.county.signer(), YEAR, moments.YEAR_CLOSED)


def outcomes(county: Runtime) -> dict[str, Any]:
    """Outcomes by code that are in force, cases asked for by members, whether the year is closed."""
    with within(county) as session:
        query = select(OutcomeCase.code, func.count()).where(
            OutcomeCase.year == YEAR, OutcomeCase.sort == "outcome", OutcomeCase.state == "in_force"
        )
        outcomes = {row[0]: row[1] for row in session.execute(query.group_by(OutcomeCase.code))}
        appeals = select(func.count()).where(OutcomeCase.year == YEAR, OutcomeCase.sort == "appeal")
        year = session.get(MemberYear, YEAR)
        return {
            "outcomes": dict(sorted(outcomes.items())),
            "appeals": session.scalar(appeals) or 0,
            "runs": session.scalar(select(func.count()).select_from(OutcomeRun)) or 0,
            "year_closed": year is not None and year.state == "closed",
        }
