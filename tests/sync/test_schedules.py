"""Random schedules of everything that can happen, in short form; the simulator will play thousands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.sync.direct import DirectTransport
from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import SyncError
from shared.sync.reporting import reconcile
from shared.sync.rotation import rotate
from shared.sync.streams import downward, upward
from shared.sync.sweeping import sweep
from tests.sync.world import NORTH, SOUTH, TOWN, World

UP = {NORTH: upward(NORTH).name, SOUTH: upward(SOUTH).name}
BROADCAST = downward(TOWN).name


class Schedule:
    """One seeded schedule: what was said, what was saved, what went wrong."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = type(world.random)(seed)
        self.said: dict[str, list[str]] = {}
        self.saved: Any = None
        self.count = 0

    def word(self, stream: str) -> str:
        """A new word, remembered."""
        self.count += 1
        self.said.setdefault(stream, []).append(f"{self.count}")
        return f"{self.count}"

    def step(self) -> None:
        """One thing happens."""
        world = self.world
        branch = self.random.choice([world.north, world.south])
        unit = NORTH if branch is world.north else SOUTH
        choices: list[tuple[int, Callable[[], object]]] = [
            (8, lambda: branch.say(unit, self.word(UP[unit]))),
            (4, lambda: world.township.publish(TOWN, None, self.word(BROADCAST))),
            (8, lambda: self.attempt(lambda: push(branch.node))),
            (6, lambda: self.attempt(lambda: pull(branch.node))),
            (2, lambda: self.lose(branch.name, self.random.choice(["request", "answer", "", ""]))),
            (2, lambda: self.replay(branch.name)),
            (1, branch.restart),
            (1, world.township.restart),
            (1, lambda: self.attempt(lambda: rotate(branch.node))),
            (1, lambda: sweep(world.township.node)),
        ]
        weights = [weight for weight, _ in choices]
        world.tick()
        self.random.choices([do for _, do in choices], weights)[0]()

    def attempt(self, job: Callable[[], object]) -> None:
        """Run a job that may fail."""
        try:
            job()
        except SyncError:
            self.world.tick()

    def lose(self, name: str, what: str) -> None:
        """From now on this wire loses requests, answers or nothing."""
        self.world.wires[name].lose = lambda path: what

    def replay(self, name: str) -> None:
        """An old batch arrives again."""
        wire = self.world.wires[name]
        old = [body for path, body, _ in wire.sent if path == "/sync/batch"]
        if old:
            DirectTransport(wire.parent).call("/sync/batch", self.random.choice(old), {})

    def heal(self) -> None:
        """All faults end and everything drains."""
        for wire in self.world.wires.values():
            wire.lose = lambda path: ""
        self.world.settle(rounds=12)


@pytest.mark.parametrize("seed", range(3))
def test_after_healing_everything_said_is_there_once_and_in_order(world: World, seed: int) -> None:
    schedule = Schedule(world, seed)
    for _ in range(40):
        schedule.step()
    # A parent restored to an older state in the middle of it all.
    saved = world.township.backup()
    published = list(schedule.said.get(BROADCAST, []))
    for _ in range(15):
        schedule.step()
    for wire in world.wires.values():
        wire.lose = lambda path: ""
    pull(world.north.node)
    pull(world.south.node)
    world.township.restore(saved, noticed=True)
    for _ in range(15):
        schedule.step()
    schedule.heal()
    for stream in UP.values():
        assert world.township.heard(stream) == schedule.said.get(stream, [])
    for child in (world.north, world.south):
        assert child.heard(BROADCAST)[: len(published)] == published
        assert sorted(child.heard(BROADCAST), key=int) == child.heard(BROADCAST)
        assert len(set(child.heard(BROADCAST))) == len(child.heard(BROADCAST))
        assert child.heard(BROADCAST) == schedule.said.get(BROADCAST, [])
        assert all(row.equal for row in reconcile(child.node))
