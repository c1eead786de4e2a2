"""Who moves on any day has the year of who stays: carried over the wire, posted twice, counted once."""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.transfers import CarriedClaim, CarriedPosting, CarriedYear
from shared.rules.points.posting import postings
from shared.rules.points.scheme import parse_scheme
from shared.rules.points.year import Done, year_points

RURAL = parse_scheme(json.loads(Path("shared/rulebooks/points_rural.json").read_text()))
SENDER = UUID(int=7)
FIRST, DAYS, LAST = date(2026, 1, 1), 150, (2026, 5)


@st.composite
def claims(draw: st.DrawFn) -> list[tuple[str, date, int]]:
    """(item, day, points) of one member's months."""
    made = []
    for _ in range(draw(st.integers(0, 25))):
        item = draw(st.sampled_from(RURAL.items))
        day = FIRST + timedelta(days=draw(st.integers(0, DAYS - 1)))
        made.append((item.code, day, draw(st.integers(item.points, item.most)) * draw(st.integers(1, 3))))
    return made


def done(number, item, day, points):
    return Done(f"{number:08}", day, RURAL, RURAL.by_code[item], points)


def close_up_to(months, owed_of, posted):
    """Close these months one after the other; `posted` grows by what is posted."""
    for month in months:
        for entry in postings(owed_of, posted, (2026, month)):
            posted[entry.done, entry.category] += entry.points


def over_the_wire(year):
    return msgspec.json.decode(msgspec.json.encode(year), type=CarriedYear)


@given(claims(), st.integers(0, DAYS), st.integers(0, 5), st.integers(0, 5))
def test_the_day_of_moving_and_what_either_branch_had_closed_never_change_a_total(
    made, moved, closed_there, closed_here
):
    day = FIRST + timedelta(days=moved)
    numbered = list(enumerate(made, start=1))
    old = [(number, one) for number, one in numbered if one[1] < day]
    own = [done(number, *one) for number, one in numbered if one[1] >= day]
    there = defaultdict(int)
    close_up_to(range(1, closed_there + 1), year_points(done(n, *one) for n, one in old), there)
    carried = over_the_wire(
        CarriedYear(
            year=2026,
            schemes=[RURAL.hash],
            claims=[CarriedClaim(SENDER, n, 0, item, when, points) for n, (item, when, points) in old],
            posted=[CarriedPosting(f"{y}-{m:02}", c, p) for ((y, m), c), p in there.items()],
            attendance={},
        )
    )
    # The receiver has closed some months before the member came, and closes the others afterwards.
    here = defaultdict(int, carried.sums())
    owed = year_points([*carried.done({RURAL.hash: RURAL}), *own])
    close_up_to(range(min(closed_here, 4) + 1, 6), owed, here)
    stayed = year_points(done(n, *one) for n, one in numbered)
    assert sum(here.values()) == sum(month.total for month in stayed.values())
    by_month = defaultdict(int)
    for (month, _category), points in here.items():
        by_month[month] += points
    assert {m: p for m, p in by_month.items() if p} == {m: f.total for m, f in stayed.items() if f.total}


@given(claims(), st.integers(0, DAYS))
def test_claims_of_two_branches_under_one_number_are_two(made, moved):
    day = FIRST + timedelta(days=moved)
    old = [one for one in made if one[1] < day]
    carried = CarriedYear(
        2026, [RURAL.hash], [CarriedClaim(SENDER, n, 0, *one) for n, one in enumerate(old, 1)], [], {}
    )
    own = [done(n, *one) for n, one in enumerate((one for one in made if one[1] >= day), 1)]
    found = year_points([*carried.done({RURAL.hash: RURAL}), *own])
    whole = year_points(done(n, *one) for n, one in enumerate(made, 1))
    assert sum(one.total for one in found.values()) == sum(one.total for one in whole.values())
