"""Claims carried and struck: the total is the function of the set left, at branch and township alike."""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.recount import recount
from shared.contracts.roster import MemberCard
from shared.contracts.statements import ClaimLine, MemberLine, PostedEntry, StatementClosed, StruckLine
from shared.contracts.transfers import CarriedClaim, CarriedPosting, CarriedYear, TransferClosed
from shared.rules.points.posting import postings
from shared.rules.points.scheme import parse_scheme
from shared.rules.points.year import Done, year_points

RURAL = parse_scheme(json.loads(Path("shared/rulebooks/points_rural.json").read_text()))
MEMBER, SENDER, HERE = UUID(int=1), UUID(int=7), UUID(int=8)
FIRST, DAYS, MONTHS = date(2026, 1, 1), 150, (1, 2, 3, 4, 5)
BOOKS = {RURAL.hash: RURAL}


@st.composite
def years(draw):
    """Claims carried and made here, and in which months' closings each strike is said, perhaps twice."""
    items = st.sampled_from(RURAL.items)
    made = [
        (draw(items), FIRST + timedelta(days=draw(st.integers(0, DAYS - 1))))
        for _ in range(draw(st.integers(1, 20)))
    ]
    came = draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made)))
    carried = [
        CarriedClaim(SENDER, n, 0, item.code, day, draw(st.integers(item.points, item.most)))
        for n, (item, day) in enumerate(made, 1)
        if came[n - 1]
    ]
    own = {
        n: (item, day, draw(st.integers(item.points, item.most)))
        for n, (item, day) in enumerate(made, 1)
        if not came[n - 1]
    }
    said = [
        (one, draw(st.lists(st.sampled_from(MONTHS), min_size=1, max_size=2)))
        for one in carried
        if draw(st.booleans())
    ]
    return carried, own, draw(st.permutations(said)), draw(st.integers(0, 5))


def record(carried, closed):
    """As the sender handed it over, after posting so many months."""
    there = defaultdict(int)
    owed = year_points(CarriedYear(2026, [RURAL.hash], carried, [], {}).done(BOOKS))
    for month in range(1, closed + 1):
        for entry in postings(owed, there, (2026, month)):
            there[entry.done, entry.category] += entry.points
    posted = [CarriedPosting(f"{y}-{m:02}", c, p) for ((y, m), c), p in there.items()]
    card = MemberCard(MEMBER, "1", "党员（合成）", "full", "rural", "", [], False, False, "2020-01-01", "")
    year = CarriedYear(2026, [RURAL.hash], carried, posted, {})
    made = TransferClosed(
        UUID(int=3), "", "", "", card, "", "2026-01-01", [year], "", "2026-01-01T00:00:00+00:00"
    )
    return msgspec.json.decode(msgspec.json.encode(made), type=TransferClosed)


def statement(month, line, claims, struck):
    return StatementClosed(
        statement_id=UUID(int=100 + month), branch_id=HERE, year=2026, month=month, part=1, note="",
        schemes=[RURAL.hash], rule_version=1, members=[line], claims=claims, figures={}, closed_by="",
        closed_at=f"2026-06-{month:02}T00:00:00+00:00", salt="", carried_struck=struck,
    )  # fmt: skip


@given(years())
def test_whatever_the_order_and_however_often_a_strike_is_said_the_total_is_the_function_of_what_is_left(
    found,
):
    carried, own, said, closed = found
    came = record(carried, closed)
    before = came.year(2026)
    posted = defaultdict(int, before.sums())
    gone: set[str] = set()
    earlier: list[StatementClosed] = []
    total = sum(posted.values())
    for month in MONTHS:
        struck = [one for one, when in said if month in when]
        gone |= {one.id for one in struck}
        alive = [one for one in before.done(BOOKS) if one.id not in gone]
        mine = {n: one for n, one in own.items() if one[1].month <= month}
        alive += [Done(f"{n:08}", day, RURAL, item, points) for n, (item, day, points) in mine.items()]
        made = postings(year_points(alive), posted, (2026, month))
        for entry in made:
            posted[entry.done, entry.category] += entry.points
        entries = [
            PostedEntry(f"{y}-{m:02}", e.category, e.points, e.kind) for e in made for y, m in [e.done]
        ]
        line = MemberLine(MEMBER, 0, False, sum(e.points for e in made), 0, entries)
        claims = [
            ClaimLine(0, n, 0, item.code, item.category, day, points, True)
            for n, (item, day, points) in mine.items()
            if day.month == month
        ]
        lines = [StruckLine(0, one.branch_id, one.number) for one in struck]
        body = statement(month, line, claims, lines)
        body = msgspec.json.decode(msgspec.json.encode(body), type=StatementClosed)
        assert recount(body, BOOKS, earlier, {MEMBER: came}) == []
        earlier.append(body)
        total += line.total
    left = [one for one in before.done(BOOKS) if one.id not in {one.id for one, _when in said}]
    left += [Done(f"{n:08}", day, RURAL, item, points) for n, (item, day, points) in own.items()]
    assert total == sum(month.total for month in year_points(left).values())


@given(years())
def test_a_statement_that_strikes_without_saying_so_is_found_out(found):
    carried, _own, _said, _closed = found
    came = record(carried, 5)
    before = came.year(2026)
    worth = sum(before.sums().values())
    entries = [
        PostedEntry(f"{y}-{m:02}", category, -points, "counter")
        for ((y, m), category), points in before.sums().items()
        if points
    ]
    line = MemberLine(MEMBER, 0, False, -worth, 0, entries)
    off = recount(statement(5, line, [], []), BOOKS, [], {MEMBER: came})
    assert [one.posted - one.counted for one in off] == ([-worth] if entries else [])
