"""Whether a claim may be made, and what the branch should look at twice (mission row M8).

Refusals and flags are codes with values; each portal says them in its own words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from .scheme_values import Item, Scheme
from .year import Month, month_of

MOST_TIMES = 31
SHORTEST = 4


@dataclass(frozen=True)
class Claimed:
    """What is claimed: `times` of an item on `day`; `what` in the member's words."""

    item: str
    day: date
    times: int
    what: str
    witness: str = ""
    evidence: int = 0
    id: str = ""


@dataclass(frozen=True)
class Claimant:
    """Whose claim it is: the roles held on that day, and since when (until when) a member of this branch."""

    roles: frozenset[str] = frozenset()
    exempt: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Finding:
    """A refusal or a flag: its code and the values its words need."""

    code: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Returned:
    """A claim filed in time and returned: for which day, when it came back, the last day of its year."""

    day: date
    on: date
    year_until: date


def december_until(year: int, schemes: Iterable[Scheme]) -> date:
    """The last day on which something done in December is still taken, under any of the schemes."""
    return last_day_for(date(year, 12, 31), max(one.late_days for one in schemes))


def last_day_for(day: date, late_days: int) -> date:
    """Until when a claim for `day` is taken once its month is closed."""
    first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first_of_next - timedelta(days=1) + timedelta(days=late_days)


def put_right_until(returned: Returned, late_days: int) -> date:
    """Until when a returned claim may be put right: late_days from its return, or its month's own last day.

    Never beyond the year's own last day: a later statement that could post it does not come.
    """
    counted = min(returned.on + timedelta(days=late_days), returned.year_until)
    return max(last_day_for(returned.day, late_days), counted)


def leaves_time(returned: Returned, late_days: int) -> bool:
    """Whether a return leaves a day at least to put the claim right; else the branch decides on it."""
    return put_right_until(returned, late_days) > returned.on


def refusal(
    scheme: Scheme,
    claim: Claimed,
    who: Claimant,
    today: date,
    closed: Iterable[Month],
    *,
    by_branch: bool,
    returned: Returned | None = None,
) -> Finding | None:
    """The first reason why this claim cannot be taken, or None. `closed` are the branch's closed months.

    `returned`: it was filed in time before and is put right now; that holds for days of the same month.
    """
    item = scheme.by_code.get(claim.item)
    if item is None:
        return Finding("unknown_item", {"item": claim.item})
    return (
        _of_day(scheme, claim, who, today, frozenset(closed), returned)
        or _of_person(item, who, by_branch)
        or _of_content(item, claim)
    )


def _of_day(
    scheme: Scheme,
    claim: Claimed,
    who: Claimant,
    today: date,
    closed: frozenset[Month],
    returned: Returned | None,
) -> Finding | None:
    day = claim.day
    if day > today:
        return Finding("future", {"day": day})
    if day < scheme.effective_from:
        return Finding("before_scheme", {"day": scheme.effective_from})
    if (who.since and day < who.since) or (who.until and day >= who.until):
        return Finding("not_here", {"day": day})
    until = last_day_for(day, scheme.late_days)
    if returned is not None and month_of(returned.day) == month_of(day):
        until = put_right_until(returned, scheme.late_days)
    if month_of(day) in closed and today > until:
        return Finding("too_late", {"day": day, "until": until})
    return None


def _of_person(item: Item, who: Claimant, by_branch: bool) -> Finding | None:
    if item.by == "branch" and not by_branch:
        return Finding("branch_only", {"item": item.name})
    if item.roles and not who.roles & set(item.roles):
        return Finding("not_for_role", {"item": item.name})
    if item.hard and who.exempt:
        return Finding("exempt", {"item": item.name})
    return None


def _of_content(item: Item, claim: Claimed) -> Finding | None:
    if not 1 <= claim.times <= MOST_TIMES:
        return Finding("times", {"most": MOST_TIMES})
    if len(claim.what.strip()) < SHORTEST:
        return Finding("too_short", {"least": SHORTEST})
    # A witness always counts as evidence: photos are never forced (burden circulars of 2024–2026).
    if item.evidence in ("witness", "required") and not (claim.witness.strip() or claim.evidence):
        return Finding("evidence", {"item": item.name})
    return None


def worth(item: Item, times: int, decided: int | None = None) -> int:
    """Hundredths a claim is worth before caps: `decided` for an item with a range, else points × times.

    ValueError where `decided` lies outside the item's range.
    """
    if decided is None:
        return item.points * times
    if not item.points * times <= decided <= item.most * times:
        raise ValueError(f"{decided} is not between {item.points * times} and {item.most * times}")
    return decided


def flags(scheme: Scheme, claim: Claimed, others: Sequence[Claimed]) -> tuple[Finding, ...]:
    """What to look at twice: the same thing on the same day, or nearly so. Nothing is refused for it.

    `others` are the member's other claims that still stand.
    """
    found = []
    for other in others:
        if other.item != claim.item or (other.id and other.id == claim.id):
            continue
        apart = abs((other.day - claim.day).days)
        if apart == 0:
            found.append(Finding("same_day", {"day": other.day, "id": other.id}))
        elif apart <= scheme.near_days and _alike(other.what, claim.what):
            found.append(Finding("alike", {"day": other.day, "id": other.id}))
    return tuple(found)


def _alike(one: str, other: str) -> bool:
    """Whether two texts share most of their pairs of characters (Dice ≥ 0.8, in whole numbers)."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return one.strip() == other.strip()
    return 2 * len(first & second) * 10 >= 8 * (len(first) + len(second))


def _pairs(text: str) -> set[str]:
    kept = "".join(letter for letter in text if letter.isalnum())
    return {kept[place : place + 2] for place in range(len(kept) - 1)}
