"""Order within a group: by score, then by the rulebook's tie order; still equal means equal (M5)."""

from collections.abc import Iterable
from operator import itemgetter
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


_CODE, _TOTAL = Standing._fields.index("code"), Standing._fields.index("total")


class Run(NamedTuple):
    """Villages equal in score and in every tie-break, sharing one rank; by code, which decides nothing."""

    rank: int
    members: list[Standing]


def tie_sum(item: TieItem, standing: Standing) -> int:
    """Points in hundredths that one tie-break compares."""
    return sum(standing.points[place] for place in item.positions)


def in_order(rulebook: Rulebook, standings: Iterable[Standing]) -> list[Run]:
    """Runs of equal villages, best first, with standard competition ranks (1, 1, 3)."""
    ordered = sorted(standings, key=itemgetter(_CODE))
    ordered.sort(key=itemgetter(_TOTAL), reverse=True)  # stable: codes stay in order within a score
    runs, rank, count = [], 1, len(ordered)
    while rank <= count:
        total, end = ordered[rank - 1].total, rank
        while end < count and ordered[end].total == total:
            end += 1
        same_score = ordered[rank - 1 : end]
        for members in [same_score] if end == rank else _equal(rulebook, same_score):
            runs.append(Run(rank, members))
            rank += len(members)
    return runs


def _equal(rulebook: Rulebook, same_score: list[Standing]) -> list[list[Standing]]:
    """Villages of one score, parted by the tie-breaks in turn, best first."""
    parts: dict[tuple[int, ...], list[Standing]] = {}
    for standing in same_score:
        points = standing.points
        key = tuple([sum([points[place] for place in item.positions]) for item in rulebook.ties])
        parts.setdefault(key, []).append(standing)
    return [parts[key] for key in sorted(parts, reverse=True)]
