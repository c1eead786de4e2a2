"""The process dies at every single step of a job; afterwards nothing is lost, doubled or out of order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.refusal import SyncError
from shared.sync.reporting import reconcile
from shared.sync.rotation import rotate
from shared.sync.streams import downward, upward
from tests.sync.world import NORTH, TOWN, Crash, CrashingStore, Fuse, Place, World

UP, DOWN = upward(NORTH).name, downward(TOWN).name


def count_steps(world: World, place: Place, job: Callable[[], object]) -> int:
    """How many steps the job takes at that place."""
    fuse = Fuse()
    inner = place.node.store
    place.node.store = CrashingStore(inner, fuse)  # type: ignore[arg-type, assignment]
    job()
    place.node.store = inner
    return fuse.steps


def crash_at(place: Place, step: int, job: Callable[[], object]) -> bool:
    """Run the job and let the place die at that step, then start it anew. Whether it got there."""
    inner = place.node.store
    place.node.store = CrashingStore(inner, Fuse(at=step))  # type: ignore[arg-type, assignment]
    died = False
    try:
        job()
    except Crash:
        died = True
    except SyncError:
        pass
    place.node.store = inner
    place.restart()
    return died


def play(world: World, who: str, job_of: Callable[[World], Callable[[], object]], stride: int) -> None:
    """Say something before each crash, walk through the steps, and look at the end."""
    place: Place = getattr(world, who)
    world.north.say(NORTH, "0")
    world.township.publish(TOWN, None, "0")
    steps = count_steps(world, place, job_of(world))
    words = ["0"]
    for step in range(1, steps + 1, stride):
        words.append(str(step))
        world.north.say(NORTH, str(step))
        world.township.publish(TOWN, None, str(step))
        crash_at(place, step, job_of(world))
    world.settle()
    assert world.township.heard(UP) == words
    assert world.north.heard(DOWN) == words
    assert all(row.equal for row in reconcile(world.north.node))


@pytest.mark.parametrize("who", ["north", "township"])
def test_dying_at_any_step_of_a_push(world: World, who: str) -> None:
    play(world, who, lambda world: lambda: push(world.north.node), 1)


@pytest.mark.parametrize("who", ["north", "township"])
def test_dying_at_any_step_of_a_pull(world: World, who: str) -> None:
    play(world, who, lambda world: lambda: pull(world.north.node), 1)


def test_dying_at_any_step_of_a_recovery(world: World) -> None:
    saved = world.north.backup()
    for word in ("a", "b"):
        world.north.say(NORTH, word)
    world.settle()
    world.north.restore(saved)
    steps = 60
    for step in range(1, steps + 1, 2):
        if not crash_at(world.north, step, lambda: push(world.north.node)):
            break
        world.north.restore(saved) if step < steps // 2 else None
    world.settle()
    assert world.north.heard() == ["a", "b"]
    assert world.township.heard() == ["a", "b"]
    assert all(row.equal for row in reconcile(world.north.node))


def test_dying_at_any_step_of_a_rotation(world: World) -> None:
    steps = count_steps(world, world.north, lambda: rotate(world.north.node))
    for step in range(1, steps + 1):
        world.north.say(NORTH, str(step))
        crash_at(world.north, step, lambda: rotate(world.north.node))
    world.settle()
    assert world.township.heard() == [str(step) for step in range(1, steps + 1)]
