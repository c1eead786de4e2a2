"""The demo's townships at work: sending back, verifying with corrections, approving the roll-up."""

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import calendar
from deploy.demo.figures import CORRECTED, SENT_BACK, Story, story
from deploy.demo.people import actor
from deploy.demo.tiers import Tiers, demo_contest, steadily, within
from services.township.verification import actions as verification
from services.township.verification.models import PriorFigure, ReceivedReturn, Verification
from services.township.verification.reading import ReturnRow, rows
from shared.kit.accounts import SignedIn
from shared.kit.units import Unit, with_members
from shared.sync.contests import OpenContest

Act = Callable[[Session, SignedIn, ReturnRow, OpenContest], None]


class Verifying:
    """The township tier's part of the year. `seed` fixes what each township finds."""

    def __init__(self, tiers: Tiers, seed: int) -> None:
        self.township, self.seed = tiers.township, seed

    def _story(self, contest: OpenContest, village: Unit) -> Story:
        return story(contest.rulebook, village.code, self.seed)

    def import_prior(self) -> None:
        """Last year's figures, synthetic, so that verification has something to stand beside."""
        steadily(self._import_prior)

    def _import_prior(self) -> None:
        with within(self.township) as session:
            contest = demo_contest(session)
            assert contest is not None
            known = set(session.scalars(select(PriorFigure.unit_id)))
            for village in session.scalars(select(Unit).where(with_members())):
                if village.id not in known:
                    values = dict(self._story(contest, village).prior)
                    year = calendar.YEAR - 1
                    session.add(PriorFigure(unit_id=village.id, year=year, values=values, source="合成数据"))

    def send_back(self) -> None:
        """Send back the returns whose story says they are wrong beyond correction."""

        def act(session: Session, who: SignedIn, row: ReturnRow, contest: OpenContest) -> None:
            first = row.received is not None and row.received.attempt == 1
            wrong = self._story(contest, row.village).fate == SENT_BACK
            if first and wrong and row.state in ("received", "accepted"):
                reason = "数字与台账不一致，请核对后重新填报。"
                verification.send_back(session, who, row, contest, reason, calendar.SENT_BACK)

        self._each(act, "township_organiser")

    def verify(self) -> None:
        """Verify the rest, putting right what is wrong."""

        def act(session: Session, who: SignedIn, row: ReturnRow, contest: OpenContest) -> None:
            if row.state not in ("received", "accepted"):
                return
            plan = self._story(contest, row.village)
            right = plan.corrected if plan.fate == CORRECTED else {}
            corrected = [
                verification.Corrected(code, value, "按台账核定") for code, value in sorted(right.items())
            ]
            verification.verify(session, who, row, contest, corrected, {}, calendar.VERIFIED)

        self._each(act, "township_organiser")

    def approve(self) -> None:
        """The secretary approves what the organiser verified; it rolls up."""

        def act(session: Session, who: SignedIn, row: ReturnRow, contest: OpenContest) -> None:
            if row.state == "verified":
                verification.approve(session, who, row, contest, calendar.APPROVED)

        self._each(act, "township_secretary")

    def _each(self, act: Act, role: str) -> None:
        for code in steadily(self._townships):
            steadily(lambda code=code: self._in_one(code, act, role))  # type: ignore[misc]

    def _townships(self) -> list[str]:
        with within(self.township) as session:
            return list(
                session.scalars(select(Unit.code).where(Unit.level == "township").order_by(Unit.path))
            )

    def _in_one(self, code: str, act: Act, role: str) -> None:
        with within(self.township) as session:
            contest = demo_contest(session)
            unit = session.scalars(select(Unit).where(Unit.code == code)).one()
            who = actor(session, unit, role)
        assert contest is not None
        # Under the actor's own scope, as the portal would: another township's row would be refused.
        with self.township.database.transaction(who.scope) as session:
            for row in rows(session, contest.id):
                act(session, who, row, contest)

    def received(self) -> int:
        """How many returns have come in."""
        with within(self.township) as session:
            return session.scalar(select(func.count()).select_from(ReceivedReturn)) or 0

    def found(self, state: str) -> int:
        """How many returns stand in a state of verification."""
        with within(self.township) as session:
            return session.scalar(select(func.count()).where(Verification.state == state)) or 0

    def corrected(self) -> int:
        """How many approved returns had figures put right."""
        with within(self.township) as session:
            query = select(func.count()).where(
                Verification.state == "approved", func.jsonb_array_length(Verification.changes) > 0
            )
            return session.scalar(query) or 0
