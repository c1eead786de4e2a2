"""Months answered after others were closed: the parts together are the function, and count again the same."""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.recount import recount, tangled
from shared.contracts.statements import ClaimLine, MemberLine, PostedEntry, StatementClosed
from shared.rules.points.posting import postings
from shared.rules.points.scheme import parse_scheme
from shared.rules.points.year import Done, year_points

RURAL = parse_scheme(json.loads(Path("shared/rulebooks/points_rural.json").read_text()))
BOOKS = {RURAL.hash: RURAL}
MEMBER, HERE = UUID(int=1), UUID(int=8)
FIRST, DAYS, MONTHS = date(2026, 1, 1), 150, 5


@st.composite
def courses(draw):
    """Claims (item, day, points, approved and struck before which closing), months answered when."""
    claims = []
    for _ in range(draw(st.integers(1, 20))):
        item = draw(st.sampled_from(RURAL.items))
        day = FIRST + timedelta(days=draw(st.integers(0, DAYS - 1)))
        claims.append(
            (item, day, draw(st.integers(item.points, item.most)) * draw(st.integers(1, 3)),
             draw(st.integers(0, 9)), draw(st.none() | st.integers(0, 12)))
        )  # fmt: skip
    closings = []
    for month in range(1, MONTHS + 1):
        closings.append(month)
        closings += draw(st.lists(st.integers(1, month), max_size=2))
    return claims, closings


def statement(place, month, part, last, line, claims):
    made = StatementClosed(
        statement_id=UUID(int=100 + place), branch_id=HERE, year=2026, month=month, part=part, note="",
        schemes=[RURAL.hash], rule_version=1, members=[line], claims=claims, figures={}, closed_by="",
        closed_at=f"2026-06-{place + 1:02}T00:00:00+00:00", salt="", upto=last if last > month else 0,
    )  # fmt: skip
    return msgspec.json.decode(msgspec.json.encode(made), type=StatementClosed)


@given(courses())
def test_parts_in_any_order_add_up_to_the_function_of_what_is_left(course):
    claims, closings = course
    posted, parts, stated, struck = defaultdict(int), defaultdict(int), set(), set()
    earlier, last = [], 0
    for place, month in enumerate(closings):
        last = max(last, month)
        parts[month] += 1
        fresh, gone = [], []
        for number, (_item, day, _points, since, until) in enumerate(claims, 1):
            if day.month <= last and since <= place and number not in stated:
                fresh.append(number)
            elif number in stated - struck and until is not None and until <= place:
                gone.append(number)
        stated |= set(fresh)
        struck |= set(gone)
        owed = year_points(done(claims, stated - struck))
        made = postings(owed, posted, (2026, month), (2026, last))
        for entry in made:
            posted[entry.done, entry.category] += entry.points
        entries = [PostedEntry(f"{e.done[0]}-{e.done[1]:02}", e.category, e.points, e.kind) for e in made]
        line = MemberLine(MEMBER, 0, False, sum(e.points for e in made), 0, entries)
        lines = [claim_line(claims, n, n in fresh) for n in (*fresh, *gone)]
        body = statement(place, month, parts[month], last, line, lines)
        assert recount(body, BOOKS, earlier if tangled(body, BOOKS) else []) == []
        # What is posted always is what is owed, whichever month was answered last.
        assert sum(posted.values()) == sum(one.total for one in owed.values())
        earlier.append(body)


def done(claims, numbers):
    return [
        Done(f"{n:08}", day, RURAL, item, points)
        for n, (item, day, points, _since, _until) in enumerate(claims, 1)
        if n in numbers
    ]


def claim_line(claims, number, alive):
    item, day, points, _since, _until = claims[number - 1]
    return ClaimLine(0, number, 0, item.code, item.category, day, points, alive)
