"""A process that plays branches of the demo: a line of JSON in is a task, a line out says that it is done.

`python -m deploy.demo.player`: the branch tier's settings in its environment, what to play on its input.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from deploy.demo.branch_end import BranchEnd
from deploy.demo.branch_months import BranchMonths
from deploy.demo.moments import ENDORSED, moment
from deploy.demo.shape import Shape
from deploy.demo.tiers import ACTIONS, steadily, within
from shared.kit.settings import Settings
from shared.kit.units import GENERAL, Unit
from shared.sync.runtime import Runtime, assemble


class Player:
    """Does tasks on the branch tier: {"act", "codes", …}, each branch in a transaction of its own."""

    def __init__(self, branch: Runtime, shape: Shape, seed: int, passwords: Mapping[str, str]) -> None:
        self.branch = branch
        self.months = BranchMonths(shape, seed, passwords)
        self.end = BranchEnd(self.months)
        # The tree stays as it is while the demo plays: each branch is looked up once.
        self.units: dict[str, Unit] = {}

    def do(self, task: Mapping[str, Any]) -> int:
        """Do a task; how many steps it was."""
        act, codes = task["act"], task["codes"]
        if act != "months":
            work = {"enter": self._enter, "end": self.end.play}[act]
            for code in codes:
                self._for(code, work)
            if act == "end":
                self._endorse(codes, ENDORSED)
            return len(codes)
        for month in range(task["first"], task["last"] + 1):
            for code in codes:
                self._for(code, lambda session, unit, month=month: self.months.month(session, unit, month))  # type: ignore[misc]
            # What stands under a general branch has to go up before the next month is closed.
            self._endorse(codes, moment(month + 1, 1, 11))
        return len(codes) * (task["last"] + 1 - task["first"])

    def _enter(self, session: Any, unit: Unit) -> None:
        self.months.enter(session, unit)
        self.months.promise(session, unit)

    def _for(self, code: str, work: Any) -> None:
        def once() -> None:
            with within(self.branch) as session:
                if code not in self.units:
                    self.units[code] = session.scalars(select(Unit).where(Unit.code == code)).one()
                work(session, self.units[code])

        steadily(once)

    def _endorse(self, codes: list[str], now: Any) -> None:
        above = select(Unit.general_id).where(Unit.code.in_(codes))

        def once() -> None:
            with within(self.branch) as session:
                query = select(Unit).where(Unit.kind == GENERAL, Unit.id.in_(above)).order_by(Unit.path)
                for general in session.scalars(query).all():
                    self.months.endorse(session, general, now)

        steadily(once)


def main() -> None:
    """Read what to play, then task after task until the input ends."""
    from deploy.demo.profiles import shape_of

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's to answer
    begin = json.loads(sys.stdin.readline())
    branch = assemble(Settings.from_env("branch", os.environ), ACTIONS["branch"])
    player = Player(branch, shape_of(begin["profile"]), begin["seed"], begin["passwords"])
    for line in sys.stdin:
        done = player.do(json.loads(line))
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
