"""What can happen in the simulated county: people act, jobs run, and things go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.sync.pulling import pull
from shared.sync.pushing import push
from shared.sync.rotation import rotate
from shared.sync.sweeping import sweep
from tests.simulator import business
from tests.simulator.county import COUNTY, NODES, UNITS, Place
from tests.simulator.faults import (
    CHILD_RESTORED,
    CLOCK_WRONG,
    DATABASE_STOPPED,
    DISORDER,
    KEY_ROTATED,
    PARENT_RESTORED,
    SCHEMA_SKEW,
    TWICE,
)
from tests.simulator.records import Backup, Fault, Operation

if TYPE_CHECKING:
    from tests.simulator.playing import Play


@dataclass(frozen=True)
class Step:
    """One thing that happens at a place. `inside` happens before the job's transaction number `gate`."""

    act: str
    place: str
    args: tuple[Any, ...] = ()
    gate: int = 0
    inside: tuple[Step, ...] = ()


# --- people ---


def say(play: Play, place: Place, unit: UUID, word: str, kind: str) -> None:
    """Somebody at a branch says something to the township; `filed` may be tried again."""
    operation = Operation(
        word, kind, place.name, unit, {place.above: "kept" if kind == "filed" else "counted"}
    )

    def work(session: Any) -> None:
        if (kind, word) not in session.read("said"):
            session.write("said")[kind, word] = unit
            business.send(session, unit, unit, kind, word, place.now())

    play.operate(place, operation, work)
    if kind == "sung" and not place.parent.upgraded:
        play.strike(SCHEMA_SKEW)


def again(play: Play, place: Place) -> None:
    """Whoever does not know whether a filing went through tries it again."""
    for one in list(play.operations.values()):
        if one.place == place.name and one.kind == "filed" and one.outcome == "unknown":
            say(play, place, one.unit, one.word, "filed")


def approve(play: Play, place: Place) -> None:
    """A township lets go up what was filed."""
    words: list[str] = []
    with play.outcome_of(words, place), place.store.work() as ledger:
        words += business.approve(ledger.session, place.now())


def note(play: Play, place: Place, target: UUID | None, word: str) -> None:
    """A township tells its branches something."""
    readers = [name for name, (_tier, above, _units) in NODES.items() if above == place.name]
    if target is not None:
        readers = [name for name in readers if target in NODES[name][2]]
    operation = Operation(
        word, "noted", place.name, target or place.units[0], dict.fromkeys(readers, "counted")
    )

    def work(session: Any) -> None:
        session.write("said")["noted", word] = operation.unit
        business.publish(session, place.units[0], target, "noted", word, place.now())

    play.operate(place, operation, work)


def tell(play: Play, place: Place, target: UUID | None, word: str) -> None:
    """The county tells everybody, one township with its branches, or one branch."""
    operation = Operation(word, "told", "county", target or COUNTY, dict.fromkeys(_told(target), "kept"))

    def work(session: Any) -> None:
        session.write("said")["told", word] = operation.unit
        business.publish(session, COUNTY, target, "told", word, place.now())

    play.operate(place, operation, work)


def _told(target: UUID | None) -> list[str]:
    """Whom a word of the county reaches: those below the unit, and the township it passes."""
    path = UNITS[target].path if target else ""
    return [
        name
        for name, (tier, _above, units) in NODES.items()
        if tier != "county"
        and any(UNITS[unit].path.startswith(path) or path.startswith(UNITS[unit].path) for unit in units)
    ]


def forge(play: Play, place: Place, unit: UUID, word: str) -> None:
    """A node speaks as a unit that is not its own."""
    play.operate(
        place,
        Operation(word, "said", place.name, unit, {}, forged=True),
        lambda session: business.send(session, unit, unit, "said", word, place.now()),
    )


# --- jobs ---


def run_push(play: Play, place: Place) -> None:
    """The worker's push."""
    push(place.node)


def run_pull(play: Play, place: Place) -> None:
    """The worker's pull."""
    pull(place.node)


def run_sweep(play: Play, place: Place) -> None:
    """The worker's sweep."""
    sweep(place.node)


def run_rotate(play: Play, place: Place) -> None:
    """The node gets a new key."""
    play.strike(KEY_ROTATED)
    rotate(place.node)


# --- faults ---


def wire(play: Play, place: Place, mode: str, after: int, times: int) -> None:
    """The way up changes: after some calls, for some calls."""
    place.wire.mode, place.wire.after, place.wire.times = mode, after, times


def deliver(play: Play, place: Place, pick: int) -> None:
    """Something late arrives, out of order: from here, or from wherever something is late."""
    wires = [one.wire for one in (place, *play.county.places.values()) if one.wire.late]
    if wires:
        play.strike(DISORDER)
        wires[0].deliver(wires[0].late.pop(pick % len(wires[0].late)))


def replay(play: Play, place: Place, pick: int) -> None:
    """Something that has arrived before arrives once more."""
    if place.wire.seen:
        play.strike(TWICE)
        place.wire.deliver(place.wire.seen[pick % len(place.wire.seen)])


def crash(play: Play, place: Place, at: int) -> None:
    """The next process at this place dies at its step number `at`."""
    play.waiting_faults[place.name] = Fault("crash", at)


def stop(play: Play, place: Place, at: int) -> None:
    """The database server stops, at once or in the middle of what is next."""
    if at:
        play.waiting_faults[place.name] = Fault("stop", at)
    else:
        play.strike(DATABASE_STOPPED)
        place.store.stop()


def fill(play: Play, place: Place) -> None:
    """The disk is full, or has room again."""
    place.full = not place.full


def restart(play: Play, place: Place) -> None:
    """The processes start anew."""
    place.restart()


def backup(play: Play, place: Place) -> None:
    """A backup is taken."""
    play.backups[place.name] = Backup(place.store.tables)


def restore(play: Play, place: Place) -> None:
    """The place goes back to its backup, and its processes start anew."""
    saved = play.backups.get(place.name)
    if saved is not None:
        play.strike(CHILD_RESTORED if place.above else None)
        play.strike(PARENT_RESTORED if place.tier != "branch" else None)
        place.store.restore(saved.tables, noticed=True)
        place.restart()
        play.forget_lost()


def clock(play: Play, place: Place, hours: int) -> None:
    """The clock is put wrong, or right."""
    place.skew = timedelta(hours=hours)
    play.strike(CLOCK_WRONG if hours else None)


def upgrade(play: Play, place: Place) -> None:
    """From now on the place knows one kind more."""
    place.upgrade()


ACTS: dict[str, Callable[..., None]] = {
    "say": say,
    "again": again,
    "approve": approve,
    "note": note,
    "tell": tell,
    "forge": forge,
    "push": run_push,
    "pull": run_pull,
    "sweep": run_sweep,
    "rotate": run_rotate,
    "wire": wire,
    "deliver": deliver,
    "replay": replay,
    "crash": crash,
    "stop": stop,
    "fill": fill,
    "restart": restart,
    "backup": backup,
    "restore": restore,
    "clock": clock,
    "upgrade": upgrade,
}
