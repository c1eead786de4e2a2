"""Drawing a schedule from its seed: every choice is in the steps, so that a shorter list plays alike."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.simulator.business import POISON
from tests.simulator.county import CHILDREN, NODES, UNITS
from tests.simulator.steps import Step
from tests.simulator.wire import MODES

FEWEST, MOST = 30, 110
# Of steps that are jobs, this part is interrupted by others; and this part of words is poison.
INTERRUPTED, POISONED = 0.15, 0.03
# Of the interrupted, this part comes back when another has done its work.
OUTLIVED = 0.15
BRANCHES = [name for name in CHILDREN if NODES[name][0] == "branch"]
TOWNSHIPS = [name for name in CHILDREN if NODES[name][0] == "township"]

# How often what happens, against each other.
ALL = {
    "say": 16,
    "again": 2,
    "approve": 5,
    "note": 4,
    "tell": 4,
    "forge": 1,
    "push": 28,
    "pull": 18,
    "sweep": 2,
    "rotate": 1,
    "wire": 6,
    "deliver": 3,
    "replay": 2,
    "crash": 3,
    "stop": 2,
    "fill": 1,
    "restart": 1,
    "backup": 3,
    "restore": 2,
    "clock": 1,
    "upgrade": 1,
}
INSIDE = {
    name: ALL[name]
    for name in ("say", "approve", "note", "tell", "push", "pull", "wire", "deliver", "replay", "stop")
}


class Drawing:
    """Draws steps; words are numbered as they are drawn."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(f"schedule/{seed}")
        self.words = 0
        self.saved: list[str] = []

    def steps(self) -> list[Step]:
        """A whole schedule."""
        many = self.chance.randint(FEWEST, MOST)
        return [self._step(ALL) for _ in range(many)]

    def _step(self, choices: dict[str, int]) -> Step:
        act = self.chance.choices(list(choices), list(choices.values()))[0]
        place, args = self._drawn(act)
        if act not in ("push", "pull", "sweep") or self.chance.random() >= INTERRUPTED:
            return Step(act, place, args)
        if self.chance.random() < OUTLIVED:
            # It stands still until the server has given its lock away, and another does the same job.
            return Step(
                act, place, args, self.chance.randint(1, 4), (Step("stop", place, (0,)), Step(act, place))
            )
        inside = tuple(self._step(INSIDE) for _ in range(self.chance.randint(1, 3)))
        return Step(act, place, args, self.chance.randint(1, 6), inside)

    def _word(self) -> str:
        self.words += 1
        return f"w{self.words}{POISON if self.chance.random() < POISONED else ''}"

    def _drawn(self, act: str) -> tuple[str, tuple[object, ...]]:
        chance = self.chance
        if act == "say":
            place = chance.choice(BRANCHES)
            unit = chance.choice(NODES[place][2])
            kind = chance.choice(("said", "said", "filed", "filed", "sung"))
            word = self._word()
            return place, (unit, word.removesuffix(POISON) if kind == "filed" else word, kind)
        if act == "forge":
            place = chance.choice(BRANCHES)
            foreign = [
                one.id for one in UNITS.values() if one.level == "branch" and one.id not in NODES[place][2]
            ]
            return place, (chance.choice(foreign), f"{self._word()}forged")
        if act == "note":
            place = chance.choice(TOWNSHIPS)
            below = [unit for _t, above, units in NODES.values() if above == place for unit in units]
            return place, (chance.choice([None, *below]), self._word())
        if act == "tell":
            word = self._word().removesuffix(POISON)
            return "county", (chance.choice([None, *(u for u in UNITS if UNITS[u].level != "county")]), word)
        return self._draw_rest(act)

    def _wire(self) -> tuple[object, ...]:
        mode = self.chance.choice(("open", *MODES))
        return mode, self.chance.randrange(5), self.chance.randint(1, MODES.get(mode, 1))

    def _draw_rest(self, act: str) -> tuple[str, tuple[object, ...]]:
        chance = self.chance
        anywhere, child = chance.choice(list(NODES)), chance.choice(CHILDREN)
        drawn: dict[str, Callable[[], tuple[str, tuple[object, ...]]]] = {
            "again": lambda: (chance.choice(BRANCHES), ()),
            "approve": lambda: (chance.choice(TOWNSHIPS), ()),
            "wire": lambda: (child, self._wire()),
            "deliver": lambda: (child, (chance.randrange(8),)),
            "replay": lambda: (child, (chance.randrange(12),)),
            "crash": lambda: (anywhere, (chance.choice((chance.randint(1, 4), chance.randint(1, 40))),)),
            "stop": lambda: (anywhere, (chance.choice((0, chance.randint(1, 30))),)),
            # Where nothing was saved there is nothing to go back to.
            "restore": lambda: (chance.choice(self.saved or [anywhere]), ()),
            "clock": lambda: (anywhere, (chance.choice((-24, 0, 24)),)),
        }
        if act == "backup":
            self.saved.append(anywhere)
        if act in drawn:
            return drawn[act]()
        return (child if act in ("push", "pull", "rotate") else anywhere), ()
