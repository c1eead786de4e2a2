"""What a month's statement posts: for every month done, what is owed less what was posted before."""

from collections.abc import Mapping
from dataclasses import dataclass

from .year import Month, MonthPoints


@dataclass(frozen=True, slots=True)
class Posting:
    """`points` (hundredths) of `category` for the month `done`.

    `kind`: 'month' for the month being closed or answered, 'late' for more in another month, 'counter' for
    less in another. Other months are earlier ones; where a month is answered, also later ones closed since.
    """

    done: Month
    category: str
    points: int
    kind: str


def postings(
    owed: Mapping[Month, MonthPoints],
    posted: Mapping[tuple[Month, str], int],
    closing: Month,
    upto: Month | None = None,
) -> tuple[Posting, ...]:
    """The entries that bring what was `posted` (by month done and category) to what is `owed`.

    Months after `upto` stay for their own statement; it is `closing` itself, or where that is answered again
    the newest month that was closed. After posting, both are equal up to `upto`.
    """
    upto = upto or closing
    due = {
        (month, category): points
        for month, found in owed.items()
        if month <= upto
        for category, points in found.categories.items()
    }
    made = []
    for key in sorted({*due, *posted}):
        month, category = key
        difference = due.get(key, 0) - posted.get(key, 0)
        if difference and month <= upto:
            made.append(Posting(month, category, difference, _kind(month, closing, difference)))
    return tuple(made)


def _kind(month: Month, closing: Month, difference: int) -> str:
    if month == closing:
        return "month"
    return "late" if difference > 0 else "counter"
