"""Figures beside last year's and the neighbours', and what that makes one doubt. Pure: rows in, lines out.

The limits are ours (no source names any): they ask for a second look and decide nothing.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from uuid import UUID

from services.township.verification.reading import ReturnRow
from shared.rules.contest import BadValue, read_value
from shared.rules.rulebook_values import Indicator, Rulebook

# Percent against last year, and beyond the highest or lowest neighbour, from which a figure is doubted.
CHANGE_LIMIT = 50
BEYOND_LIMIT = 10
# Fewer neighbours make no range: two villages that differ are no evidence against a third.
FEWEST_NEIGHBOURS = 3


@dataclass(frozen=True)
class Neighbours:
    """What the township's other villages filed for one indicator: middle, lowest, highest, how many."""

    middle: Decimal
    lowest: Decimal
    highest: Decimal
    count: int


@dataclass(frozen=True)
class Doubt:
    """Why to look again: more, less (than last year), from_zero, above, below (the neighbours); percent."""

    kind: str
    percent: int


@dataclass(frozen=True)
class Line:
    """One indicator of one return. `change` in whole percent against last year, None without a comparison."""

    indicator: Indicator
    filed: str
    figure: str
    last_year: str | None
    change: int | None
    neighbours: Neighbours | None
    doubts: tuple[Doubt, ...]


class Comparison:
    """The returns of a contest beside `before` (last year's figures by village); each figure is read once."""

    def __init__(
        self, rulebook: Rulebook, table: Sequence[ReturnRow], before: Mapping[UUID, Mapping[str, str]]
    ) -> None:
        self.rulebook, self.before = rulebook, before
        self.numbers = {row.village.id: numbers(rulebook, row.figures) for row in table}
        self._around: dict[tuple[UUID | None, str], list[Decimal]] = {}
        for row in table:
            for code, value in self.numbers[row.village.id].items():
                insort(self._around.setdefault((row.village.parent_id, code), []), value)

    def lines(self, row: ReturnRow) -> list[Line]:
        """Every indicator of one return, in the rulebook's order."""
        return [self._line(row, indicator) for indicator in self.rulebook.indicators]

    def _line(self, row: ReturnRow, indicator: Indicator) -> Line:
        code = indicator.code
        number = self.numbers[row.village.id].get(code)
        before = self.before.get(row.village.id, {}).get(code)
        last = read(indicator, before or "")
        change = percent(number, last) if number is not None and last is not None else None
        around = self.neighbours(row, code)
        doubts = (*against_last(number, last, change), *against_neighbours(number, around))
        filed = row.received.values.get(code, "") if row.received else ""
        return Line(indicator, filed, row.figures.get(code, ""), before, change, around, doubts)

    def neighbours(self, row: ReturnRow, code: str) -> Neighbours | None:
        """Over the other villages of the same township that have filed; None where there is none."""
        values = self._around.get((row.village.parent_id, code), [])
        own = self.numbers[row.village.id].get(code)
        if own is not None:
            place = bisect_left(values, own)
            values = values[:place] + values[place + 1 :]
        return Neighbours(median(values), min(values), max(values), len(values)) if values else None


def numbers(rulebook: Rulebook, figures: Mapping[str, str]) -> dict[str, Decimal]:
    """The figures as numbers (yes is 1), without those that cannot be read."""
    found = ((one.code, read(one, figures.get(one.code, ""))) for one in rulebook.indicators)
    return {code: value for code, value in found if value is not None}


def read(indicator: Indicator, text: str) -> Decimal | None:
    """One figure as a number, or None."""
    try:
        value = read_value(indicator, text)
    except BadValue:
        return None
    return value if isinstance(value, Decimal) else Decimal(int(value))


def percent(now: Decimal, before: Decimal) -> int | None:
    """How far `now` is from `before`, in whole percent of it; None from nothing to something."""
    if before == 0:
        return 0 if now == 0 else None
    return int(((now - before) * 100 / abs(before)).quantize(Decimal(1), ROUND_HALF_UP))


def against_last(number: Decimal | None, last: Decimal | None, change: int | None) -> tuple[Doubt, ...]:
    """Doubts against last year's figure."""
    if number is None or last is None:
        return ()
    if change is None:
        return (Doubt("from_zero", 100),)
    if abs(change) <= CHANGE_LIMIT:
        return ()
    return (Doubt("more" if change > 0 else "less", abs(change)),)


def against_neighbours(number: Decimal | None, around: Neighbours | None) -> tuple[Doubt, ...]:
    """Doubts against the neighbours' range."""
    if number is None or around is None or around.count < FEWEST_NEIGHBOURS:
        return ()
    above, below = percent(number, around.highest), percent(number, around.lowest)
    if number > around.highest and (above is None or above > BEYOND_LIMIT):
        return (Doubt("above", above or 100),)
    if number < around.lowest and below is not None and -below > BEYOND_LIMIT:
        return (Doubt("below", -below),)
    return ()
