"""One group from scores to tiers: rank, apportion, fill, settle what is equal, say why (M5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from . import reasons
from .apportionment import apportion
from .ranking import Run, Standing, in_order
from .rulebook_values import Rulebook
from .tiers import Block, Decision, blocks, fill, settle


class Placed(NamedTuple):
    """A village in its place; `tier` is None while the county must decide."""

    standing: Standing
    rank: int
    tier: int | None
    reason: str


@dataclass(frozen=True)
class Placement:
    """A group's villages in rank order, its seats by tier, lowest score by tier, what is undecided.

    `cuts` are hundredths, None for a tier nobody holds. They stand even while villages are undecided:
    these have the same score on both sides of the line. `used` are the decisions that fitted a block.
    """

    placed: tuple[Placed, ...]
    seats: tuple[int, ...]
    filled: tuple[int, ...]
    cuts: tuple[int | None, ...]
    undecided: tuple[Block, ...]
    used: tuple[Decision, ...]


Decisions = Mapping[frozenset[str], Decision]


def place(
    rulebook: Rulebook,
    group: str,
    standings: Sequence[Standing],
    decisions: Decisions,
    what_if: bool,
) -> Placement:
    """Rank and grade one group; an empty group gives an empty placement with 0 seats everywhere.

    `decisions` by the set of villages each covers; `what_if` breaks what nobody decided by village code.
    """
    runs = in_order(rulebook, standings)
    seats = apportion(len(standings), rulebook.shares, rulebook.equal_remainders)
    filling = fill(rulebook, runs, seats)
    found = blocks(group, runs, filling)
    members = {one.code: one for run in runs for one in run.members} if found else {}
    settled: dict[str, Decision] = {}
    for block in found:
        if decision := decisions.get(frozenset(block.villages)):
            filling.tiers.update(settle(block, decision, members))
            settled.update(dict.fromkeys(block.villages, decision))
    picture = _picture(rulebook, runs, seats, filling.tiers)
    concerned = {code: block for block in found for code in block.villages}
    names = {code: one.name for code, one in members.items()}
    if found:
        placed = tuple(
            [
                _placed(picture, run, one, concerned.get(one.code), names, settled.get(one.code), what_if)
                for run in runs
                for one in run.members
            ]
        )
    else:
        placed = tuple([_plainly_placed(picture, run, one) for run in runs for one in run.members])
    open_blocks = tuple(block for block in found if block.villages[0] not in settled)
    return Placement(
        placed,
        seats,
        _counts(placed, len(seats)),
        tuple(picture.cuts),
        () if what_if else open_blocks,
        tuple({id(decision): decision for decision in settled.values()}.values()),
    )


def _plainly_placed(picture: reasons.Picture, run: Run, one: Standing) -> Placed:
    return Placed(one, run.rank, picture.tiers[one.code], reasons.settled(picture, run, one))


def _placed(
    picture: reasons.Picture,
    run: Run,
    one: Standing,
    block: Block | None,
    names: Mapping[str, str],
    decision: Decision | None,
    what_if: bool,
) -> Placed:
    tier = picture.tiers[one.code]
    if block is None:
        return _plainly_placed(picture, run, one)
    if decision:
        why = decision.reason
        return Placed(one, run.rank, tier, reasons.decided(picture, run, one, block, names, why))
    if what_if:
        return Placed(one, run.rank, tier, reasons.by_village_code(picture, run, one, block, names))
    return Placed(one, run.rank, None, reasons.undecided(picture, run, one, block, names))


def _counts(placed: Sequence[Placed], tiers: int) -> tuple[int, ...]:
    counts = [0] * (tiers + 1)
    for one in placed:
        counts[one.tier or 0] += 1
    return tuple(counts[1:])


def _picture(
    rulebook: Rulebook, runs: Sequence[Run], seats: Sequence[int], tiers: Mapping[str, int]
) -> reasons.Picture:
    cuts: list[int | None] = [None] * len(seats)
    same_score: dict[int, list[Run]] = {}
    pool, before = 0, None
    for run in runs:
        total = run.members[0].total
        if before is not None and before.members[0].total == total:
            same_score.setdefault(total, [before]).append(run)
        before = run
        pool += len(run.members)
        for one in run.members:
            cuts[tiers[one.code] - 1] = total  # runs come best first: the last one seen is the lowest
    divided = {}
    for total, same in same_score.items():
        # A village held down by a veto was not separated by a tie-break.
        free = [
            one for run in same for one in run.members if not one.bars or tiers[one.code] != one.best_tier
        ]
        if len({tiers[one.code] for one in free}) > 1:
            divided[total] = free
    return reasons.Picture(rulebook, pool, tuple(accumulate(seats)), cuts, tiers, divided)
