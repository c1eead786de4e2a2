"""The county's end of the member year: its outcomes proposed, decided and confirmed, the year closed."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.appeals import Appeals
from deploy.demo.calendar import YEAR
from deploy.demo.people import actor
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

BRANCHES_AT_ONCE = 300
CASES_AT_ONCE = 1000
HEARD = "已听取本人意见，本人没有异议（合成）。"
OPEN = ("open", "decided")


class CountyEnd:
    """Two people at the county: one decides, another confirms."""

    def __init__(self, tiers: Tiers, wait_for: Callable[[str, Callable[[], int], int], None]) -> None:
        self.tiers, self.wait_for = tiers, wait_for

    def play(self) -> None:
        """From the proposals to the closed year."""
        branches = steadily(self._branches)
        self.wait_for(
            "支部年度办结上报到县", lambda: self._count(SettledYear, SettledYear.year == YEAR), branches
        )
        while steadily(self._propose):
            pass
        for role, said, state, now in (
            ("county_organiser", Said("decided", "applied"), "open", moments.COUNTY_DECIDED),
            ("county_organiser", Said("heard", text=HEARD), "open", moments.COUNTY_DECIDED),
            ("county_organiser", Said("decided", "applied"), "open", moments.COUNTY_DECIDED),
            (
                "county_organiser",
                Said("decided", "dropped", "同类结果已有安排（合成）"),
                "open",
                moments.COUNTY_DECIDED,
            ),
            ("county_leader", Said("confirmed"), "decided", moments.COUNTY_AGREED),
        ):
            self._say_all(role, said, state, now)
        Appeals(self.tiers, self.wait_for).play()
        steadily(self._begin_closing)
        while steadily(self._go_on):
            pass

    def _branches(self) -> int:
        with within(self.tiers.branch) as session:
            return session.scalar(select(func.count(AppraisalFiling.unit_id.distinct()))) or 0

    def _count(self, table: Any, *where: Any) -> int:
        with within(self.tiers.county) as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def _who(self, session: Session, role: str) -> SignedIn:
        return actor(session, session.scalars(select(Unit).where(Unit.level == "county")).one(), role)

    def _propose(self) -> bool:
        with within(self.tiers.county) as session:
            units = branches_to_draw(session, YEAR)[:BRANCHES_AT_ONCE]
            if not units:
                return False
            year, who = session.get_one(MemberYear, YEAR), self._who(session, "county_organiser")
            sign = desk(self.tiers.county.signer())
            propose_outcomes(session, sign, who, year, units, moments.COUNTY_PROPOSED)
            return True

    def _say_all(self, role: str, said: Said, state: str, now: Any) -> None:
        """The same word about every case in a state; those it may not be said about stay as they are."""
        last = None
        while True:
            last, more = steadily(lambda after=last: self._say_some(role, said, state, now, after))  # type: ignore[misc]
            if not more:
                return

    def _say_some(self, role: str, said: Said, state: str, now: Any, after: Any) -> tuple[Any, bool]:
        with within(self.tiers.county) as session:
            query = select(OutcomeCase.id, OutcomeCase.version).where(
                OutcomeCase.year == YEAR,
                OutcomeCase.tier == "county",
                OutcomeCase.sort == "outcome",
                OutcomeCase.state == state,
            )
            if after is not None:
                query = query.where(OutcomeCase.id > after)
            rows = session.execute(query.order_by(OutcomeCase.id).limit(CASES_AT_ONCE)).all()
            if not rows:
                return after, False
            seen = [Seen(row.id, row.version) for row in rows]
            say(session, desk(self.tiers.county.signer()), self._who(session, role), seen, said, now)
            return rows[-1].id, len(rows) == CASES_AT_ONCE

    def _begin_closing(self) -> None:
        with within(self.tiers.county) as session:
            year, begun = session.get_one(MemberYear, YEAR), session.get(YearClosing, YEAR)
            if year.state != "closed" and (begun is None or begun.ended_at is not None):
                closing.begin_closing(
                    session, self._who(session, "county_organiser"), YEAR, moments.YEAR_CLOSED
                )

    def _go_on(self) -> bool:
        with within(self.tiers.county) as session:
            return closing.go_on(session, self.tiers.county.signer(), YEAR, moments.YEAR_CLOSED)

    def summary(self) -> dict[str, Any]:
        """Outcomes by code that are in force, cases asked for by members, whether the year is closed."""
        with within(self.tiers.county) as session:
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
