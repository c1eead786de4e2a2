"""The cables between tiers: messages twice and out of order, answers lost, the way cut, long and flapping."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.child import Program
from deploy.local.tiers import PARENTS
from tests.chaos.county import County
from tests.chaos.faults import Stage
from tests.chaos.holding import held, waits_for

LONG = 66.0
"""Seconds of the long partition: an answer is waited for 60."""
FLAPS = 8
# On each wire, of each mode; and how often it is looked whether that is so.
ENOUGH, PATIENCE = 3, 25


def delivered_twice(stage: Stage) -> None:
    """Batches come again three times, shuffled; others come after younger ones."""
    with wires(stage.county) as folders:
        for mode in ("twice", "late"):
            _until_struck(stage, folders, mode)
        _say_struck(stage, folders, "batches came again or late")


def answer_lost(stage: Stage) -> None:
    """The parent has taken it; nobody tells the child."""
    with wires(stage.county) as folders:
        _until_struck(stage, folders, "deaf")
        _say_struck(stage, folders, "answers thrown away")


def partition(stage: Stage) -> None:
    """One cable cut for long, with an answer on its way; then both flapping, in both directions."""
    network, places = stage.county.network, stage.county.places
    if not network.real:
        return
    with held(places["township"], "inbox"):
        waiting = waits_for(places["township"], "%")
        network.swallow("township", "branch")
        if waiting and network.swallowed("township", "branch"):
            stage.struck.at("cut for long between township and branch, an answer on its way")
    before = places["branch"].log("branch-worker").read_text().count("does not answer")
    time.sleep(LONG)
    network.restore("township", "branch")
    if (put_off := places["branch"].log("branch-worker").read_text().count("does not answer") - before) > 0:
        stage.struck.at(f"{put_off} calls of the branch were put off meanwhile")
    for _ in range(FLAPS):
        at, towards = stage.chance.choice(
            [("county", "township"), ("township", "county"), ("branch", "township"), ("township", "branch")]
        )
        network.swallow(at, towards)
        if network.swallowed(at, towards):
            stage.struck.at(f"flap: what {at} sends to {towards} is swallowed")
        time.sleep(stage.chance.uniform(0.5, 2.5))
        network.restore(at, towards)
        time.sleep(stage.chance.uniform(0.2, 1.0))


@contextmanager
def wires(county: County) -> Iterator[list[Path]]:
    """Both children reach their parents through wires of ours; their workers are told so."""
    folders = [_lay(county, child) for child in PARENTS]
    try:
        yield folders
    finally:
        for child, parent in PARENTS.items():
            place = county.places[child]
            place.parent = county.way(child, parent)
            place.restart("worker")
            place.keeper.stop([f"{child}-wire"], 2.0)


def _lay(county: County, child: str) -> Path:
    place, parent = county.places[child], PARENTS[child]
    folder = place.folder / "wire"
    folder.mkdir(exist_ok=True)
    (folder / "mode").write_text("open")
    (folder / "struck").write_text("")
    above, port = county.places[parent], place.addresses.port(child) + 100
    script = str(Path(__file__).parents[1] / "wire.py")
    to = (county.network.address(parent, child), str(above.addresses.port(parent)), str(folder))
    command = (*county.network.command(child), sys.executable, "-P", script, str(port), *to)
    place.keeper.add(Program(f"{child}-wire", command))
    place.parent = f"http://127.0.0.1:{port}"
    place.restart("worker")
    return folder


def _set(folders: list[Path], mode: str) -> None:
    for folder in folders:
        (folder / "mode.new").write_text(mode)
        (folder / "mode.new").replace(folder / "mode")


def _until_struck(stage: Stage, folders: list[Path], mode: str) -> None:
    """A mode for as long as it takes to strike on both wires a few times."""
    before = {folder: _struck(folder) for folder in folders}
    _set(folders, mode)
    for _ in range(PATIENCE):
        stage.load.wait_more(2, 10)
        if all(_struck(folder) >= before[folder] + ENOUGH for folder in folders):
            break
    _set(folders, "open")
    stage.load.wait_more(3)


def _struck(folder: Path) -> int:
    return len((folder / "struck").read_text())


def _say_struck(stage: Stage, folders: list[Path], what: str) -> None:
    for folder in folders:
        for _ in range(_struck(folder)):
            stage.struck.at(f"{folder.parent.name}: {what}")
