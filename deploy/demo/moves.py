"""A handful of members of the demo move in July: offered, accepted, handed over, some to another township."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo import moments
from deploy.demo.people import actor
from deploy.demo.tiers import steadily, within
from services.branch.roster.models import Member
from services.branch.transfers import actions
from services.branch.transfers.models import TransferWord
from services.branch.transfers.reading import transfers
from shared.contracts.transfers import TransferAnswered, TransferClosed, TransferOffered
from shared.kit.units import Unit, with_members
from shared.sync.runtime import Runtime

# One of so many members moves, a few at least.
ONE_IN, LEAST = 2_000, 3
NUMBER = "0004"


@dataclass(frozen=True)
class Move:
    """Who goes is the fourth on the roster; both branches by code."""

    origin: str
    target: str


class Moves:
    """The secretaries of both branches, one word after the other."""

    def __init__(self, branch: Runtime, seed: int, wait_for: Callable[..., None]) -> None:
        self.branch, self.seed, self.wait_for = branch, seed, wait_for

    def play(self) -> None:
        """From the offer to the other roster."""
        moves = steadily(self._moves)
        for one in moves:
            steadily(lambda one=one: self._offer(one))  # type: ignore[misc]
        many = len(moves)
        self.wait_for("组织关系转接送到接收支部", lambda: self._words(TransferOffered.KIND, False), many)
        for one in moves:
            steadily(lambda one=one: self._accept(one))  # type: ignore[misc]
        self.wait_for("接收意见送回转出支部", lambda: self._words(TransferAnswered.KIND, True), many)
        for one in moves:
            steadily(lambda one=one: self._hand_over(one))  # type: ignore[misc]
        self.wait_for("党员转入接收支部", lambda: self._words(TransferClosed.KIND, False), many)

    def _moves(self) -> list[Move]:
        with within(self.branch) as session:
            query = select(Unit.code).where(with_members(), Unit.closed_on.is_(None)).order_by(Unit.path)
            codes = list(session.scalars(query))
            people = session.scalar(select(func.count()).where(Member.until.is_(None))) or 0
        many = min(len(codes) // 2, max(LEAST, people // ONE_IN))
        chosen = Random(f"{self.seed}/moves").sample(codes, many)
        # Every other one goes next door, the rest as far as the tree goes.
        others = [one for one in codes if one not in chosen]
        return [
            Move(one, others[(codes.index(one) + (1 if place % 2 else len(codes) // 2)) % len(others)])
            for place, one in enumerate(chosen)
        ]

    def _words(self, kind: str, out: bool) -> int:
        with within(self.branch) as session:
            query = select(func.count()).where(TransferWord.kind == kind, TransferWord.out.is_(out))
            return session.scalar(query) or 0

    def _unit(self, session: Session, code: str) -> Unit:
        return session.scalars(select(Unit).where(Unit.code == code)).one()

    def _offer(self, move: Move) -> None:
        with within(self.branch) as session:
            unit = self._unit(session, move.origin)
            query = select(Member).where(Member.unit_id == unit.id, Member.number == NUMBER)
            member = session.scalars(query).one()
            if transfers(session, unit.id, member.id):
                return
            offered = actions.Offer(member.id, move.target, "工作调动（合成）")
            actions.offer(session, actor(session, unit, "branch_secretary"), unit, offered, moments.OFFERED)

    def _accept(self, move: Move) -> None:
        with within(self.branch) as session:
            unit = self._unit(session, move.target)
            who = actor(session, unit, "branch_secretary")
            for one in transfers(session, unit.id):
                if not one.out and one.state == "offered":
                    since = moments.ACCEPTED.date()
                    actions.accept(session, who, unit, one.id, since, moments.ACCEPTED)

    def _hand_over(self, move: Move) -> None:
        with within(self.branch) as session:
            unit = self._unit(session, move.origin)
            who = actor(session, unit, "branch_secretary")
            for one in transfers(session, unit.id):
                if one.out and one.state == "accepted":
                    actions.close(session, who, unit, one.id, moments.HANDED_OVER)
