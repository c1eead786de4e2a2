"""Whose grade counts when two branches graded one member for one year, told from the memberships alone.

A year's grade is given by the branch whose member somebody is on 31 December of that year (our decision: the
ballots are held in January on the roster of New Year's Eve). It does not depend on who told first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Stay:
    """A membership at one branch; `since` None where nothing is known of it, `until` the first day after."""

    branch: str
    since: date | None
    until: date | None


def counting_branch(year: int, stays: Iterable[Stay]) -> str:
    """The branch that counts, of those that graded. ValueError for none.

    Where no membership covers the last day of the year, the one that began last before it; then by its id, so
    that every tier that holds the same memberships comes to the same.
    """
    last = date(year, 12, 31)
    found = max(stays, key=lambda one: (_covers(one, last), _began(one, last), one.branch), default=None)
    if found is None:
        raise ValueError("no branch has graded")
    return found.branch


def _covers(one: Stay, day: date) -> bool:
    return one.since is not None and one.since <= day and (one.until is None or one.until > day)


def _began(one: Stay, day: date) -> date:
    return one.since if one.since is not None and one.since <= day else date.min
