"""The demo's villages at work: every return filed, and those that came back filed again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from deploy.demo import calendar
from deploy.demo.figures import story
from deploy.demo.people import actor
from deploy.demo.tiers import Tiers, demo_contest, steadily, within
from services.branch.returns.actions import file_return, save_draft, status
from services.branch.returns.models import VillageReturn
from shared.kit.units import Unit, with_members

AT_ONCE = 40


class Filing:
    """The branch tier's part of the year. `seed` fixes every figure."""

    def __init__(self, tiers: Tiers, seed: int) -> None:
        self.branch, self.seed = tiers.branch, seed

    def file_all(self) -> None:
        """Every village that has not filed files its first return."""
        self._file(refiled=False, now=calendar.FILED)

    def refile_all(self) -> None:
        """Every village whose return came back files it again, right this time."""
        self._file(refiled=True, now=calendar.REFILED)

    def _file(self, *, refiled: bool, now: datetime) -> None:
        codes = steadily(self._village_codes)
        for start in range(0, len(codes), AT_ONCE):
            some = codes[start : start + AT_ONCE]
            steadily(lambda some=some: self._file_some(some, refiled, now))  # type: ignore[misc]

    def _village_codes(self) -> list[str]:
        with within(self.branch) as session:
            return list(session.scalars(select(Unit.code).where(with_members()).order_by(Unit.path)))

    def _file_some(self, codes: Sequence[str], refiled: bool, now: datetime) -> None:
        with within(self.branch) as session:
            contest = demo_contest(session)
            assert contest is not None
            for village in session.scalars(
                select(Unit).where(Unit.code.in_(codes)).order_by(Unit.path)
            ).all():
                if status(session, contest.id, village.id).state != ("sent_back" if refiled else "none"):
                    continue
                plan = story(contest.rulebook, village.code, self.seed)
                who = actor(session, village, "branch_secretary")
                values = plan.refiled if refiled else plan.first
                draft = save_draft(session, who, village, contest, values, "", now)
                file_return(session, who, draft, contest, now)

    def filed(self) -> int:
        """How many returns have been filed, refiled ones counted again."""
        with within(self.branch) as session:
            return session.scalar(select(func.count()).where(VillageReturn.state == "filed")) or 0
