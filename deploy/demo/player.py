"""A process that plays branches of the demo: a line of JSON in is a task, a line out says that it is done.

`python -m deploy.demo.player`: the branch tier's settings in its environment; the county's, and what to play,
on its input.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from deploy.demo.branch_end import BranchEnd
from deploy.demo.branch_months import BranchMonths
from deploy.demo.county_end import Deciding
from deploy.demo.moments import ENDORSED, endorsed
from deploy.demo.shape import Shape
from deploy.demo.tiers import ACTIONS, steadily, within
from services.branch.roster.models import Member
from services.branch.roster.reading import members
from shared.kit.settings import Settings
from shared.kit.units import GENERAL, Unit
from shared.sync.runtime import Runtime, assemble

Rosters = dict[UUID, Sequence[Member]]


class Player:
    """Does tasks: {"act", "codes", …}. A month of a task's branches is one transaction.

    What branches do it does on their tier; what the county decides about them, on the county's.
    """

    def __init__(
        self, branch: Runtime, county: Runtime, shape: Shape, seed: int, passwords: Mapping[str, str]
    ) -> None:
        self.branch = branch
        self.county = Deciding(county)
        self.months = BranchMonths(shape, seed, passwords)
        self.end = BranchEnd(self.months)
        # The tree stays as it is while the demo plays: each branch is looked up once.
        self.units: dict[str, Unit] = {}

    def do(self, task: Mapping[str, Any]) -> int:
        """Do a task; how many steps it was."""
        act, codes = task["act"], task["codes"]
        if act == "county":
            self.county.decide(codes)
            return len(codes)
        if act != "months":
            work = {"enter": self._enter, "end": self._end}[act]
            self._together(codes, work, ENDORSED if act == "end" else None)
            return len(codes)
        # Nobody comes or goes while a task's months are played.
        rosters = steadily(partial(self._rosters, codes))
        for month in range(task["first"], task["last"] + 1):
            # What stands under a general branch has to go up before the next month is closed.
            self._together(codes, partial(self._month, month, rosters), endorsed(month))
        return len(codes) * (task["last"] + 1 - task["first"])

    def _enter(self, session: Session, units: Sequence[Unit]) -> None:
        for unit in units:
            self.months.enter(session, unit)
            self.months.promise(session, unit)

    def _end(self, session: Session, units: Sequence[Unit]) -> None:
        for unit in units:
            self.end.play(session, unit)

    def _rosters(self, codes: list[str]) -> Rosters:
        """Read in a transaction of its own: one that is rolled back empties what it has read."""
        with within(self.branch) as session:
            return {unit.id: members(session, unit.id) for unit in self._named(session, codes)}

    def _month(self, month: int, rosters: Rosters, session: Session, units: Sequence[Unit]) -> None:
        for unit in self.months.due(session, units, month):
            self.months.month(session, unit, month, rosters[unit.id])

    def _together(
        self, codes: list[str], work: Callable[[Session, Sequence[Unit]], None], endorsed: datetime | None
    ) -> None:
        """Branch by branch in one transaction: after a killed server it is done again as a whole."""

        def once() -> None:
            with within(self.branch) as session:
                work(session, self._named(session, codes))
                if endorsed is not None:
                    self._endorse(session, codes, endorsed)

        steadily(once)

    def _named(self, session: Session, codes: list[str]) -> list[Unit]:
        for code in codes:
            if code not in self.units:
                self.units[code] = session.scalars(select(Unit).where(Unit.code == code)).one()
        return [self.units[code] for code in codes]

    def _endorse(self, session: Session, codes: list[str], now: datetime) -> None:
        above = select(Unit.general_id).where(Unit.code.in_(codes))
        query = select(Unit).where(Unit.kind == GENERAL, Unit.id.in_(above)).order_by(Unit.path)
        for general in session.scalars(query).all():
            self.months.endorse(session, general, now)


def main() -> None:
    """Read what to play, then task after task until the input ends."""
    from deploy.demo.profiles import shape_of

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's to answer
    begin = json.loads(sys.stdin.readline())
    branch = assemble(Settings.from_env("branch", os.environ), ACTIONS["branch"])
    county = assemble(Settings.from_env("county", begin["county"]), ACTIONS["county"])
    player = Player(branch, county, shape_of(begin["profile"]), begin["seed"], begin["passwords"])
    # What is imported stays: nobody need look through it again for garbage.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    for line in sys.stdin:
        done = player.do(json.loads(line))
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
