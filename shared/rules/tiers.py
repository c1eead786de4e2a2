"""Who gets which tier: seats filled from the best tier down, vetoes and floors passed over (M5)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .ranking import Run, Standing
from .rulebook_values import Rulebook


@dataclass(frozen=True)
class Decision:
    """The county's word on villages that no rule separates: best first, with the reason made public."""

    villages: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Block:
    """Villages no rule separates, across a tier line: it bars the lock until the county decides.

    `seats` are the places these villages share, as (tier, number), best tier first.
    """

    group: str
    rank: int
    score: int
    villages: tuple[str, ...]
    seats: tuple[tuple[int, int], ...]


@dataclass
class Filling:
    """Tier by village code, and for each rank in dispute the villages it concerns."""

    tiers: dict[str, int] = field(default_factory=dict)
    disputed: dict[int, set[str]] = field(default_factory=dict)


def fill(rulebook: Rulebook, runs: Sequence[Run], seats: Sequence[int]) -> Filling:
    """Give every village a tier; within a run that a line cuts, by code for now (and say so in `disputed`).

    A village barred from a tier is passed over, the seat goes to the next in rank; seats nobody may take
    fall to the tier below; the last tier takes the rest. Who is taken within a run changes nothing for
    the villages outside it: all of a run have the same score, and vetoes bar from the top.
    """
    filling, waiting, carried = Filling(), list(runs), 0
    for tier, own in zip(rulebook.tiers[:-1], seats, strict=False):
        waiting, carried = _fill_tier(filling, waiting, own + carried, tier.number, tier.floor or 0)
    last = rulebook.tiers[-1].number
    for run in waiting:
        filling.tiers.update((standing.code, last) for standing in run.members)
    return filling


def _fill_tier(
    filling: Filling, waiting: list[Run], seats: int, tier: int, floor: int
) -> tuple[list[Run], int]:
    """Fill one tier; returns the runs still waiting and the seats left empty."""
    still: list[Run] = []
    for place, run in enumerate(waiting):
        if seats == 0:
            return still + waiting[place:], 0
        members = run.members
        if len(members) == 1 and not members[0].bars and members[0].total >= floor:
            filling.tiers[members[0].code] = tier  # by far the most frequent case, kept short
            seats -= 1
            continue
        able = [one for one in members if one.total >= floor and (not one.bars or one.best_tier <= tier)]
        taken = able[:seats]
        if len(taken) < len(able):
            filling.disputed.setdefault(run.rank, set()).update(one.code for one in able)
        filling.tiers.update((one.code, tier) for one in taken)
        seats -= len(taken)
        if len(taken) < len(members):
            left = [one for one in members if one.code not in filling.tiers]
            still.append(Run(run.rank, left))
    return still, seats


def blocks(group: str, runs: Sequence[Run], filling: Filling) -> list[Block]:
    """The disputes of a filling, best rank first."""
    found = []
    for run in runs:
        if run.rank in filling.disputed:
            codes = sorted(filling.disputed[run.rank])
            seats = sorted(Counter(filling.tiers[code] for code in codes).items())
            found.append(Block(group, run.rank, run.members[0].total, tuple(codes), tuple(seats)))
    return found


def settle(block: Block, decision: Decision, members: Mapping[str, Standing]) -> dict[str, int]:
    """Tiers within a block by the decision's order: each takes the best seat left that it may hold."""
    free = dict(block.seats)
    tiers = {}
    for code in decision.villages:
        tier = next(tier for tier, left in free.items() if left and members[code].best_tier <= tier)
        free[tier] -= 1
        tiers[code] = tier
    return tiers
