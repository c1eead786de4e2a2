"""A measured figure beside its floor, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """`value` and `floor` in `unit`; `ratio` is what the goal is about, `at_least` or at most `goal`."""

    name: str
    value: float
    floor: float
    unit: str
    ratio: float
    goal: float
    at_least: bool

    @property
    def holds(self) -> bool:
        """Whether the goal is met."""
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def document(self) -> dict[str, object]:
        """As it stands in bench.json."""
        goal = f"{'≥' if self.at_least else '≤'} {self.goal:g}"
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "floor": round(self.floor, 4),
            "unit": self.unit,
            "ratio": round(self.ratio, 3),
            "goal": goal,
            "holds": self.holds,
        }


def share(name: str, unit: str, ours: float, floor: float, goal: float) -> Figure:
    """A throughput as a part of the floor's: at least `goal` of it."""
    return Figure(name, ours, floor, unit, ours / floor, goal, at_least=True)


def multiple(name: str, unit: str, ours: float, floor: float, goal: float) -> Figure:
    """A time as a multiple of the floor's: at most `goal` times as long."""
    return Figure(name, ours, floor, unit, ours / floor, goal, at_least=False)


def in_turn(*works: Callable[[], float | None], rounds: int = ROUNDS) -> list[float]:
    """Median seconds of each, all of them once a round, so that a noisy minute falls on every one.

    A work that has something to prepare returns its own seconds.
    """
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for place, work in enumerate(works):
            started = perf_counter()
            own = work()
            seconds[place].append(perf_counter() - started if own is None else own)
    return [median(one) for one in seconds]


def table(figures: Iterable[Figure]) -> str:
    """The table of the README."""
    rows: list[Sequence[str]] = [("figure", "ours", "floor", "ratio", "goal", "holds")]
    for one in figures:
        said = one.document()
        value, floor = (f"{part:,.4g} {one.unit}" for part in (one.value, one.floor))
        rows.append(
            (one.name, value, floor, f"{one.ratio:.2f}", str(said["goal"]), "yes" if one.holds else "NO")
        )
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
