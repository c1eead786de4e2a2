"""Playing a schedule: step after step, other steps between the transactions of one, then everything heals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import SyncError
from shared.sync.sweeping import sweep
from tests.simulator import faults
from tests.simulator.business import POISON
from tests.simulator.checking import has_evidence
from tests.simulator.county import CHILDREN, County, Place
from tests.simulator.memory import Crash, Stopped
from tests.simulator.records import Backup, Fault, Operation
from tests.simulator.steps import ACTS, Step

# After so many rounds of all jobs without a fault nothing may be on its way any more (invariant I7).
ROUNDS = 30


class NeverStill(Exception):
    """The queues do not drain."""


class Play:
    """One schedule on one county."""

    def __init__(self, seed: int) -> None:
        self.county = County(seed)
        self.operations: dict[tuple[str, str], Operation] = {}
        self.waiting_faults: dict[str, Fault] = {}
        self.backups: dict[str, Backup] = {}
        # What was played, and what went wrong of it.
        self.acts: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()
        self._acting: list[Step] = []
        self._waiting: dict[str, tuple[int, Sequence[Step]]] = {}
        for place in self.county.places.values():
            place.store.between = lambda place=place: self._between(place)  # type: ignore[misc]
            place.store.strike = lambda step, place=place: self._strike(place, step)  # type: ignore[misc]
            place.store.outlived = lambda: self.strike(faults.STOPPED_PAST_LEASE)
            place.wire.strike = self.strike

    def run(self, steps: Sequence[Step]) -> None:
        """All steps, then heal. Raises NeverStill."""
        for step in steps:
            self.do(step)
        self.heal()

    def do(self, step: Step) -> None:
        """One step; errors of the protocol and of the store are what its caller would see."""
        place = self.county.places[step.place]
        self.county.tick(1)
        self.acts[step.act] += 1
        self._acting.append(step)
        if step.inside:
            self._waiting[step.place] = (step.gate, step.inside)
        try:
            ACTS[step.act](self, place, *step.args)
        except (SyncError, Stopped):
            pass
        except Crash:
            place.restart()
        finally:
            self._acting.pop()
            self._waiting.pop(step.place, None)

    def strike(self, fault: str | None) -> None:
        """One of the named faults has struck."""
        if fault is not None:
            self.struck[fault] += 1

    def operate(self, place: Place, operation: Operation, work: Callable[[Any], None]) -> None:
        """Somebody does something, in one transaction of the place's web server."""
        known = self.operations.setdefault((operation.kind, operation.word), operation)
        with place.store.work() as ledger:
            work(ledger.session)
        known.outcome = "ok"
        # Nobody is rung for: its job comes when it is drawn.
        self.strike(faults.NO_BELL)
        self.strike(faults.POISONED if POISON in operation.word else None)

    @contextmanager
    def outcome_of(self, words: list[str], place: Place) -> Iterator[None]:
        """What a township lets go up: ok where it was answered, else unknown."""
        try:
            yield
            answered = "ok"
        except (Crash, Stopped):
            answered = "unknown"
            raise
        finally:
            for word in words:
                filed = self.operations["filed", word]
                known = self.operations.setdefault(
                    ("passed", word), Operation(word, "passed", place.name, filed.unit, {"county": "kept"})
                )
                known.outcome = "ok" if answered == "ok" else known.outcome

    def forget_lost(self) -> None:
        """What is in no database any more a place's own archive has to bring back, not the streams."""
        for one in self.operations.values():
            if one.outcome == "ok" and not has_evidence(self.county, one):
                one.outcome = "unknown"

    def _between(self, place: Place) -> None:
        if place.name not in self._waiting:
            return
        gate, inside = self._waiting[place.name]
        if gate > 1:
            self._waiting[place.name] = (gate - 1, inside)
            return
        del self._waiting[place.name]
        for step in inside:
            self.do(step)

    def _strike(self, place: Place, step: str) -> None:
        if place.full and step == "commit":
            self.strike(faults.DISK_FULL)
            raise Stopped
        fault = self.waiting_faults.get(place.name)
        if fault is None:
            return
        fault.at -= 1
        if fault.at > 0:
            return
        del self.waiting_faults[place.name]
        if fault.kind == "crash":
            self.strike(self._crash(place, step))
            raise Crash
        self.strike(faults.DATABASE_STOPPED)
        place.store.stop()
        raise Stopped

    def _crash(self, place: Place, step: str) -> str | None:
        """What it is by name when a process of this place dies at a step."""
        if not self._acting:
            return None
        acting = self._acting[-1]
        return faults.of_crash(acting.act, job_runs_here=acting.place == place.name, step=step)

    def heal(self) -> None:
        """Every fault ends, what is late arrives, every job runs until nothing moves."""
        self.waiting_faults.clear()
        for place in self.county.places.values():
            place.full, place.wire.times = False, 0
            if place.tier == "township" and not place.upgraded:
                place.upgrade()
        for name in CHILDREN:
            wire = self.county.places[name].wire
            while wire.late:
                wire.deliver(wire.late.pop(0))
        still = 0
        for _ in range(ROUNDS):
            still = 0 if self._round() else still + 1
            # What the last pull of a round brings may be for the next push.
            if still == 2:
                return
        raise NeverStill

    def _round(self) -> bool:
        """Every job of every place once; whether anything moved."""
        moved = False
        self.county.tick(60)
        for place in self.county.places.values():
            moved |= sweep(place.node).moved > 0
        for name in reversed(CHILDREN):
            node = self.county.places[name].node
            for job in (push, pull):
                try:
                    progress = job(node)
                    moved |= bool(progress.moved or progress.more)
                except SyncError:
                    moved = True
        return moved
