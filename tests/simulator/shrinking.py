"""Making a failing schedule short: steps are left out as long as it still fails (ddmin)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.simulator.steps import Step

Fails = Callable[[Sequence[Step]], bool]


def shrink(steps: Sequence[Step], fails: Fails) -> list[Step]:
    """A sublist that still fails and of which no step can be left out, nor any inside another."""
    kept = _without_parts(list(steps), fails)
    for place in range(len(kept)):
        step = kept[place]
        for inner in range(len(step.inside) - 1, -1, -1):
            fewer = step.inside[:inner] + step.inside[inner + 1 :]
            shorter = replace(kept[place], inside=fewer)
            tried = [*kept[:place], shorter, *kept[place + 1 :]]
            if fails(tried):
                kept = tried
                step = shorter
    return kept


def _without_parts(steps: list[Step], fails: Fails) -> list[Step]:
    size = max(1, len(steps) // 2)
    while True:
        at, shorter = 0, False
        while at < len(steps):
            tried = steps[:at] + steps[at + size :]
            if fails(tried):
                steps, shorter = tried, True
            else:
                at += size
        if size == 1 and not shorter:
            return steps
        size = max(1, size // 2)
