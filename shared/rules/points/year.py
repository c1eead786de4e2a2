"""What a member's approved claims of one year are worth: a function of their set, not of their order.

Sources: monthly points and bonus for key work as in mission row M8; caps per item, category and month, and
the cap on attendance, are ours (complaint 3: points decay into attendance-taking).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .scheme_values import Category, Item, Scheme

RULE_VERSION = 1

Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Done:
    """An approved claim: `points` in hundredths before any cap, positive also for deductions.

    `scheme` is the one in force for the member on `day`.
    """

    id: str
    day: date
    scheme: Scheme
    item: Item
    points: int


@dataclass(frozen=True, slots=True)
class Line:
    """What one claim gave: `points` in hundredths (negative: a deduction); `cut` names the cap that bit."""

    id: str
    day: date
    item: str
    category: str
    points: int
    claimed: int
    cut: str  # '' | item | category | attendance | month


@dataclass(frozen=True, slots=True)
class MonthPoints:
    """One month by the day done; `categories` by code, their sum is `total`."""

    total: int
    categories: Mapping[str, int]
    attendance: int
    lines: tuple[Line, ...]


def month_of(day: date) -> Month:
    """(year, month)."""
    return day.year, day.month


def year_points(claims: Iterable[Done]) -> dict[Month, MonthPoints]:
    """Points by month done, in order. A claim given twice counts once; ValueError if its copies differ."""
    ordered = sorted(_once(claims), key=lambda one: (one.day, one.id))
    room = _Room(ordered)
    lines: dict[Month, list[tuple[Line, bool]]] = defaultdict(list)
    for one in ordered:
        lines[month_of(one.day)].append((room.grant(one), one.item.attendance))
    return {month: _sum(entries) for month, entries in sorted(lines.items())}


def _once(claims: Iterable[Done]) -> list[Done]:
    known: dict[str, Done] = {}
    for one in claims:
        if known.setdefault(one.id, one) != one:
            raise ValueError(f"claim {one.id} is given twice with different contents")
    return list(known.values())


def _sum(entries: list[tuple[Line, bool]]) -> MonthPoints:
    categories: dict[str, int] = {}
    attendance = 0
    for line, present in entries:
        categories[line.category] = categories.get(line.category, 0) + line.points
        attendance += line.points if present else 0
    total = sum(categories.values())
    return MonthPoints(total, categories, attendance, tuple(line for line, _ in entries))


class _Room:
    """What each cap has room for. A month under two schemes (a transfer) has the wider of their caps."""

    def __init__(self, claims: Iterable[Done]) -> None:
        self._left: dict[tuple[object, ...], int] = {}
        self._caps: dict[str, list[tuple[object, ...]]] = {}
        left = self._left
        for one in claims:
            caps = _caps(one)
            self._caps[one.id] = [key for key, _cap in caps]
            for key, cap in caps:
                if left.get(key, -1) < cap:
                    left[key] = cap

    def grant(self, one: Done) -> Line:
        caps = self._caps[one.id]
        granted, cut = one.points, ""
        for key in caps:
            if self._left[key] < granted:
                granted, cut = self._left[key], str(key[0])
        for key in caps:
            self._left[key] -= granted
        item = one.item
        signed = granted * one.scheme.category[item.category].sign
        return Line(one.id, one.day, item.code, item.category, signed, one.points, cut)


def _caps(one: Done) -> list[tuple[tuple[object, ...], int]]:
    """The caps over a claim, innermost first: (key, points). The first part of the key is its word."""
    item, category = one.item, one.scheme.category[one.item.category]
    period = _period(category, one.day)
    found: list[tuple[tuple[object, ...], int]] = []
    if item.cap is not None:
        found.append((("item", category.code, item.code, period), item.cap))
    if item.attendance:
        found.append((("attendance", period), one.scheme.attendance_cap))
    if category.cap is not None:
        found.append((("category", category.code, period), category.cap))
    if category.period == "month" and category.sign > 0:
        found.append((("month", period), one.scheme.month_cap))
    return found


def _period(category: Category, day: date) -> object:
    return day.year if category.period == "year" else (day.year, day.month)
