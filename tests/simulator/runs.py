"""Schedules played by number: what each came to, and a failing one made short and written down."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulator.checking import Verdict, check
from tests.simulator.playing import NeverStill, Play
from tests.simulator.schedule import Drawing
from tests.simulator.shrinking import shrink
from tests.simulator.steps import Step


@dataclass
class Outcome:
    """What schedules came to: how many operations, acts and faults, what was wrong by seed."""

    schedules: int = 0
    operations: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    duplicated: int = 0
    leaked: int = 0
    failing: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Both together."""
        self.schedules += other.schedules
        self.operations += other.operations
        self.acts += other.acts
        self.struck += other.struck
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.leaked += other.leaked
        self.failing += other.failing

    @property
    def line(self) -> str:
        """The last line of a run."""
        return (
            f"schedules {self.schedules} operations {self.operations}"
            f" lost {self.lost} duplicated {self.duplicated} leaked {self.leaked}"
        )


def play(seed: int, steps: Sequence[Step] | None = None) -> tuple[Play, Verdict]:
    """One schedule to its end and its verdict; an error of the code under test counts as something lost."""
    played = Play(seed)
    try:
        played.run(Drawing(seed).steps() if steps is None else steps)
        return played, check(played.county, played.operations.values())
    except NeverStill:
        return played, Verdict(lost=["the queues do not drain"])
    except Exception:
        return played, Verdict(lost=[traceback.format_exc(limit=-3)])


def play_all(seeds: Sequence[int]) -> Outcome:
    """Many schedules, one after the other."""
    found = Outcome()
    for seed in seeds:
        played, verdict = play(seed)
        found.schedules += 1
        found.operations += len(played.operations)
        found.acts += played.acts
        found.struck += played.struck
        found.lost += len(verdict.lost)
        found.duplicated += len(verdict.duplicated)
        found.leaked += len(verdict.leaked)
        if verdict.wrong:
            found.failing.append((seed, verdict.wrong[0]))
    return found


def shortest(seed: int) -> tuple[list[Step], Verdict]:
    """The failing schedule of a seed, made short, and what is wrong with it."""
    steps = shrink(Drawing(seed).steps(), lambda tried: bool(play(seed, tried)[1].wrong))
    return steps, play(seed, steps)[1]


def written(steps: Sequence[Step], indent: str = "") -> str:
    """A schedule as lines a person reads."""
    lines = []
    for step in steps:
        args = ", ".join(str(getattr(one, "int", one)) for one in step.args)
        lines.append(f"{indent}{step.place}: {step.act}({args})")
        if step.inside:
            lines += [f"{indent}  before its transaction {step.gate}:", written(step.inside, indent + "    ")]
    return "\n".join(lines)
