"""Working days for publicity periods (公示): arithmetic over a calendar table that is passed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_SATURDAY = 5


@dataclass(frozen=True)
class WorkCalendar:
    """Days off and working weekends (调休) as announced; `announced` are the years this holds for.

    In any other year only weekends are days off: show such a date as provisional.
    """

    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    announced: frozenset[int] = frozenset()

    def is_certain(self, day: date) -> bool:
        return day.year in self.announced


def parse_calendar(document: Mapping[str, Any]) -> WorkCalendar:
    """From the shipped form {"years": {"2026": {"announced": true, "holidays": [...], "working": [...]}}}.

    ValueError when a date is not in its year, or stands on both lists.
    """
    holidays: set[date] = set()
    working: set[date] = set()
    announced: set[int] = set()
    for year, entry in document["years"].items():
        holidays |= _days(entry["holidays"], int(year))
        working |= _days(entry["working"], int(year))
        if entry["announced"]:
            announced.add(int(year))
    if both := holidays & working:
        raise ValueError(f"{min(both)} is both a day off and a working day: remove one")
    return WorkCalendar(frozenset(holidays), frozenset(working), frozenset(announced))


def _days(texts: Sequence[str], year: int) -> set[date]:
    days = {date.fromisoformat(text) for text in texts}
    for day in days:
        if day.year != year:
            raise ValueError(f"{day} stands under {year}: move it to its own year")
    return days


def is_working_day(day: date, calendar: WorkCalendar) -> bool:
    """Monday to Friday but not a holiday, or a working weekend."""
    if day in calendar.working:
        return True
    return day.weekday() < _SATURDAY and day not in calendar.holidays


def add_working_days(start: date, n: int, calendar: WorkCalendar) -> date:
    """The `n`-th working day after `start`, which is itself not counted; `n` of at least 1 (ValueError)."""
    if n < 1:
        raise ValueError("the number of working days must be at least 1")
    day = start
    while n:
        day += timedelta(days=1)
        n -= is_working_day(day, calendar)
    return day
