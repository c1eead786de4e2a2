"""A few members of the demo appeal: against a correction notice, or against the grade; others judge."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.calendar import YEAR
from deploy.demo.members import SPACE
from deploy.demo.people import actor
from deploy.demo.tiers import Tiers, steadily, within
from services.branch.outcomes.asking import appeal_grade, appeal_outcome
from services.branch.outcomes.models import OutcomeCase as BranchCase
from services.branch.roster.models import Member
from services.county.outcomes.models import OutcomeCase
from services.county.outcomes.undoing import desk
from shared.kit.units import Unit
from shared.outcomes.desk import GRADE, Seen
from shared.outcomes.saying import Said, say
from shared.sync.years import year_of

# Of those told to correct themselves one in so many appeals, and never more than so many.
ONE_IN, MOST = 12, 40
NOTICE = "correction_notice"
WORDS = {
    NOTICE: "几次缺席都请过假，有假条，请核对（合成）。",
    GRADE: "漏记了两次抢险，台账上有，请核对（合成）。",
}
# A grade appealed against is put right, every other notice stands.
UPHELD = Said("decided", "upheld", "经核对属实（合成）。")
PUT_RIGHT = Said("decided", "upheld", "两次抢险属实（合成）。", {"grade": "qualified", "points": 5_00})
REJECTED = Said("decided", "rejected", "经核对，原决定依据充分（合成）。")


class Appeals:
    """Members ask at their branch; the county's reviewer judges and its director confirms."""

    def __init__(self, tiers: Tiers, wait_for: Callable[[str, Callable[[], int], int], None]) -> None:
        self.tiers, self.wait_for = tiers, wait_for

    def play(self) -> None:
        """From the appeal to its end at every tier."""
        asked = steadily(self._ask)
        self.wait_for("申诉送到县", self._arrived, asked)
        for role, now in (("county_reviewer", moments.JUDGED), ("county_director", moments.ENDORSED_APPEAL)):
            steadily(lambda role=role, now=now: self._judge(role, now))  # type: ignore[misc]
        self.wait_for("申诉结果送到支部", self._ended, asked)

    def _ask(self) -> int:
        with within(self.tiers.branch) as session:
            query = (
                select(BranchCase)
                .join(Unit, Unit.id == BranchCase.unit_id)
                .join(Member, (Member.id == BranchCase.member_id) & (Member.unit_id == BranchCase.unit_id))
                .where(
                    BranchCase.year == YEAR,
                    BranchCase.code == NOTICE,
                    BranchCase.sort == "outcome",
                    BranchCase.state.in_(("in_force", "undone")),
                )
                .order_by(Unit.path, Member.number)
            )
            chosen = session.scalars(query).all()[::ONE_IN][:MOST]
            for place, case in enumerate(chosen):
                self._appeal(session, case, GRADE if place % 2 else NOTICE)
            return len(chosen)

    def _appeal(self, session: Session, case: BranchCase, about: str) -> None:
        appeal_id = uuid5(SPACE, f"{case.id}/appeal")
        if session.get(BranchCase, appeal_id) is not None:
            return
        unit = session.get_one(Unit, case.unit_id)
        who, text, now = actor(session, unit, "branch_secretary"), WORDS[about], moments.APPEALED
        if about == GRADE:
            year = year_of(session, YEAR)
            appeal_grade(session, who, unit, year, appeal_id, case.member_id, text, now)
        else:
            appeal_outcome(session, who, unit, appeal_id, case.id, text, now)

    def _arrived(self) -> int:
        with within(self.tiers.county) as session:
            query = select(func.count()).where(OutcomeCase.sort == "appeal", OutcomeCase.year == YEAR)
            return session.scalar(query) or 0

    def _judge(self, role: str, now: datetime) -> None:
        state = "open" if role == "county_reviewer" else "decided"
        with within(self.tiers.county) as session:
            county = session.scalars(select(Unit).where(Unit.level == "county")).one()
            who, sign = actor(session, county, role), desk(self.tiers.county.signer())
            query = select(OutcomeCase).where(
                OutcomeCase.sort == "appeal", OutcomeCase.year == YEAR, OutcomeCase.state == state
            )
            for case in session.scalars(query.order_by(OutcomeCase.id)).all():
                said = Said("confirmed") if state == "decided" else _verdict(case.id, case.code)
                say(session, sign, who, [Seen(case.id, case.version)], said, now)

    def _ended(self) -> int:
        with within(self.tiers.branch) as session:
            query = select(func.count()).where(
                BranchCase.sort == "appeal",
                BranchCase.year == YEAR,
                BranchCase.state.in_(("in_force", "dropped")),
            )
            return session.scalar(query) or 0


def _verdict(case_id: UUID, code: str) -> Said:
    if code == GRADE:
        return PUT_RIGHT
    return UPHELD if case_id.int % 2 else REJECTED
