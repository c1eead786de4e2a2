"""The village grading contest (M5), face of the rules: entries in, scores, ranks, tiers and reasons out.

Everything here is pure: the same rulebook, entries and decisions give the same grading, in any order of
entries, on any machine. A change of outcome needs a new RULE_VERSION, and the old code is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import reasons
from .apportionment import apportion
from .placement import Placed, Placement, place
from .ranking import Standing
from .rulebook_values import Rulebook
from .scoring import BadValue, ScoreTable, cells_of, hundredths_text, read_value, score_value
from .tiers import Block, Decision

__all__ = [
    "RULE_VERSION",
    "BadValue",
    "Block",
    "ContestError",
    "Decision",
    "Entry",
    "Grading",
    "GroupResult",
    "ScoreTable",
    "Standing",
    "VillageResult",
    "apportion",
    "decisions_by_villages",
    "grade",
    "hundredths_text",
    "missing_return",
    "place",
    "read_value",
    "score_value",
    "standing_of",
]

RULE_VERSION = 1


class ContestError(ValueError):
    """Entries or decisions that cannot be graded; `message` in Chinese, `str` in English."""

    def __init__(self, message: str, message_en: str) -> None:
        super().__init__(message_en)
        self.message, self.message_en = message, message_en


@dataclass(frozen=True)
class Entry:
    """A village's verified return: cell text by indicator code, None when nothing was filed.

    `vetoes` are the event codes recorded against it. `group` is the pool it competes in.
    """

    village_code: str
    village_name: str
    group: str
    values: Mapping[str, str] | None
    vetoes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VillageResult:
    """Points in hundredths by indicator and by category; `score`, `rank` None when excluded.

    `tier` is None when excluded or undecided. `vetoes` are the names of those that applied.
    """

    village_code: str
    village_name: str
    group: str
    indicators: Mapping[str, int]
    categories: Mapping[str, int]
    score: int | None
    rank: int | None
    tier: int | None
    reason: str
    vetoes: tuple[str, ...] = ()
    late: bool = False
    excluded: bool = False
    undecided: bool = False


@dataclass(frozen=True)
class GroupResult:
    """One pool: `pool` villages ranked, `excluded` beside it; per tier (best first) the seats apportioned,
    the villages that hold it, and the lowest score in hundredths (None: nobody)."""

    group: str
    pool: int
    excluded: int
    seats: tuple[int, ...]
    filled: tuple[int, ...]
    cuts: tuple[int | None, ...]


@dataclass(frozen=True)
class Grading:
    """The whole result, sorted by group, rank and village code, the excluded last in their group.

    While `undecided` is not empty the contest cannot be locked. `unused_decisions` fit no block any more.
    """

    rule_version: int
    rulebook_hash: str
    villages: tuple[VillageResult, ...]
    groups: tuple[GroupResult, ...]
    undecided: tuple[Block, ...]
    unused_decisions: tuple[Decision, ...]


def grade(
    rulebook: Rulebook,
    entries: Iterable[Entry],
    decisions: Sequence[Decision] = (),
    what_if: bool = False,
) -> Grading:
    """Grade all groups; ContestError on a village given twice, an unreadable value or an unknown event.

    Villages equal in everything across a tier line stay without a tier until a decision covers exactly
    them; `what_if` breaks such a tie by village code instead and says so in the reason.
    """
    by_villages = decisions_by_villages(decisions)
    groups = _by_group(entries)
    table = ScoreTable(rulebook)
    villages: list[VillageResult] = []
    results: list[GroupResult] = []
    undecided: list[Block] = []
    unused = dict(by_villages)
    for group, members in sorted(groups.items()):
        graded = [(entry, standing_of(table, entry)) for entry in members]
        pool = [standing for _, standing in graded if standing is not None]
        placement = place(rulebook, group, pool, by_villages, what_if)
        villages += [_village(rulebook, group, one) for one in placement.placed]
        out = sorted((entry for entry, standing in graded if standing is None), key=_code)
        villages += [_excluded(entry) for entry in out]
        results.append(_group(group, len(out), placement))
        undecided += placement.undecided
        for decision in placement.used:
            del unused[frozenset(decision.villages)]
    return Grading(
        RULE_VERSION,
        rulebook.hash,
        tuple(villages),
        tuple(results),
        tuple(undecided),
        tuple(unused.values()),
    )


def _code(entry: Entry) -> str:
    return entry.village_code


def _by_group(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    seen: set[str] = set()
    for entry in entries:
        code = entry.village_code
        if code in seen:
            raise ContestError(
                f"村居 {code} 出现了两次，请去掉一条", f"village {code} is given twice: remove one"
            )
        seen.add(code)
        groups.setdefault(entry.group, []).append(entry)
    return groups


def decisions_by_villages(decisions: Sequence[Decision]) -> dict[frozenset[str], Decision]:
    """Decisions by the set of villages each covers; ContestError when one is empty-handed or doubled."""
    found: dict[frozenset[str], Decision] = {}
    for decision in decisions:
        key = frozenset(decision.villages)
        if len(key) != len(decision.villages) or len(key) < 2 or not decision.reason.strip():
            raise ContestError(
                "裁定须写明两个以上不同的村居和理由",
                "a decision needs two or more different villages and a reason",
            )
        if key in found:
            raise ContestError(
                "同一批村居有两份裁定，请只留一份", "two decisions cover the same villages: keep one"
            )
        found[key] = decision
    return found


def standing_of(table: ScoreTable, entry: Entry) -> Standing | None:
    """An entry scored; None when it filed nothing and the rulebook excludes such villages."""
    rulebook = table.rulebook
    for event in entry.vetoes:
        if event not in rulebook.events:
            raise ContestError(
                f"{entry.village_code}：规则里没有“{event}”这项一票否决",
                f"village {entry.village_code}: the rulebook knows no event '{event}'",
            )
    if entry.values is None:
        return missing_return(rulebook, entry.village_code, entry.village_name, entry.vetoes)
    cells = cells_of(rulebook, entry.values)
    try:
        points = table.points(cells)
        bars = table.bars(cells, entry.vetoes)
    except BadValue:
        indicator, error = table.bad_cells(cells)[0]
        raise ContestError(
            f"{entry.village_code} {entry.village_name}，{indicator.name}：{error.message}",
            f"village {entry.village_code}, {indicator.code}: {error.message_en}",
        ) from error
    return Standing(entry.village_code, entry.village_name, points, sum(points), bars)


def missing_return(rulebook: Rulebook, code: str, name: str, events: Sequence[str]) -> Standing | None:
    """The standing of a village that filed nothing: None (excluded), or in the pool with 0 points (late)."""
    if rulebook.missing_return == "excluded":
        return None
    bars = tuple(rulebook.events[event] for event in events)
    return Standing(code, name, (0,) * len(rulebook.indicators), 0, bars, late=True)


def _village(rulebook: Rulebook, group: str, placed: Placed) -> VillageResult:
    one = placed.standing
    points = one.points
    return VillageResult(
        one.code,
        one.name,
        group,
        {indicator.code: points[place] for place, indicator in enumerate(rulebook.indicators)},
        {code: sum(points[p] for p in places) for code, places in rulebook.category_positions.items()},
        one.total,
        placed.rank,
        placed.tier,
        placed.reason,
        tuple(veto.name for veto in one.bars),
        late=one.late,
        undecided=placed.tier is None,
    )


def _excluded(entry: Entry) -> VillageResult:
    return VillageResult(
        entry.village_code,
        entry.village_name,
        entry.group,
        {},
        {},
        None,
        None,
        None,
        reasons.EXCLUDED,
        excluded=True,
    )


def _group(group: str, excluded: int, placement: Placement) -> GroupResult:
    return GroupResult(
        group, len(placement.placed), excluded, placement.seats, placement.filled, placement.cuts
    )
