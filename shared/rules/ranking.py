"""Order within a group: by score, then by the rulebook's tie order; still equal means equal (M5)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from .rulebook_values import Rulebook, TieItem, Veto


class Standing(NamedTuple):
    """One village as scored: points per indicator and their total in hundredths, vetoes that apply.

    A named tuple, not a dataclass: a country has 620,573 of them.
    """

    code: str
    name: str
    points: tuple[int, ...]
    total: int
    bars: tuple[Veto, ...] = ()
    late: bool = False

    @property
    def best_tier(self) -> int:
        """The best tier its vetoes leave open."""
        return max((veto.best_tier for veto in self.bars), default=1)


class Run(NamedTuple):
    """Villages equal in score and in every tie-break, sharing one rank; by code, which decides nothing."""

    rank: int
    members: list[Standing]


def tie_sum(item: TieItem, standing: Standing) -> int:
    """Points in hundredths that one tie-break compares."""
    return sum(standing.points[place] for place in item.positions)


def in_order(rulebook: Rulebook, standings: Iterable[Standing]) -> list[Run]:
    """Runs of equal villages, best first, with standard competition ranks (1, 1, 3)."""
    runs, rank = [], 1
    for members in _equal(rulebook, standings):
        runs.append(Run(rank, members))
        rank += len(members)
    return runs


def _equal(rulebook: Rulebook, standings: Iterable[Standing]) -> Iterator[list[Standing]]:
    ordered = sorted(standings, key=lambda standing: (-standing.total, standing.code))
    for _, same in groupby(ordered, key=attrgetter("total")):
        same_score = list(same)
        if len(same_score) == 1:
            yield same_score
            continue

        def tie_key(standing: Standing) -> tuple[int, ...]:
            return tuple([-tie_sum(item, standing) for item in rulebook.ties])

        same_score.sort(key=tie_key)  # stable: codes stay in order within a run
        for _, equal in groupby(same_score, key=tie_key):
            yield list(equal)
