"""Who moves in the course of a year is measured against the months of the whole year, as his points are."""

from datetime import date

import msgspec
import pytest

from services.branch.appraisal.figures import figures
from services.branch.points.filing import Unclaimable
from services.branch.roster.reading import members
from services.branch.transfers.reading import arrivals
from shared.contracts.transfers import TransferClosed
from tests.branch.points_hands import at, open_the_year
from tests.branch.test_transferred_years import why
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"


@pytest.fixture(scope="module")
def moved(county):
    """One goes on and on, one goes there and back, one came into the county in the year and moves."""
    open_the_year(county)
    branches = {code: Mover(county, code) for code in (HERE, NEXT, FAR)}
    on, back, new = branches[HERE].members(3)
    for code in (NEXT, FAR):
        branches[code].members(1, start=50)
    county.settle()
    since(branches[HERE], new, date(2026, 4, 20))
    branches[HERE].done(on, "household", date(2026, 1, 5))
    for member in (on, back, new):
        branches[HERE].move(member, branches[NEXT], at(7, 3))
    branches[NEXT].move(on, branches[FAR], at(9, 3))
    branches[NEXT].move(back, branches[HERE], at(10, 3))
    return branches, on, back, new


def since(branch, member, day):
    def change(session, _who, unit, _year):
        [row] = [one for one in members(session, unit.id) if one.id == member]
        row.since = day

    branch.work(change)


def standards(branch):
    def look(session, _who, unit, year):
        roster = [one for one in members(session, unit.id) if one.until is None]
        return {who: one.standard for who, one in figures(session, year, unit.id, roster).items()}

    return branch.work(look)


def record(branch, member):
    return branch.work(lambda session, _who, unit, _year: arrivals(session, unit.id)[member])


def test_months_at_every_branch_before_count(moved):
    branches, on, back, new = moved
    resident = 200_00
    assert standards(branches[FAR]) == dict.fromkeys(standards(branches[FAR]), resident)
    assert on in standards(branches[FAR])
    assert standards(branches[HERE])[back] == resident
    assert standards(branches[NEXT])[new] == resident - 3 * 10_00, "April to December, wherever he was"


def test_the_record_says_since_when_and_an_older_one_is_read_by_what_it_holds(moved):
    branches, on, _back, _new = moved
    told = record(branches[FAR], on)
    assert (told.counts_from, told.card.since) == ("2020-01-01", "2026-07-03")
    first = msgspec.json.decode(msgspec.json.encode(told))
    del first["counts_from"], first["branches"]
    old = msgspec.convert(first, TransferClosed)
    assert old.counted_from == date(2026, 1, 5), "the first day of which it brings a claim"
    assert msgspec.structs.replace(old, years=[]).counted_from == date(2026, 7, 3)


def test_nothing_is_claimed_for_days_before_anybody_had_the_member(moved):
    branches, on, _back, new = moved
    with pytest.raises(Unclaimable, match="不在本支部"):
        branches[NEXT].claims([new], "household", date(2026, 4, 19), at(10, 4))
    assert branches[NEXT].claims([new], "household", date(2026, 4, 20), at(10, 4))
    assert branches[FAR].claims([on], "household", date(2026, 1, 9), at(10, 4))


@pytest.mark.parametrize("code", [FAR, NEXT])
def test_explaining_says_since_when_months_count_and_names_the_old_branch(county, moved, code):
    _branches, on, _back, new = moved
    member = {FAR: on, NEXT: new}[code]
    told = why(county, "branch", member)
    said = [line.text.zh for part in told.sections for line in part.lines]
    first = {FAR: "2020-01-01", NEXT: "2026-04-20"}[code]
    assert any(f"自 {first} 起" in one for one in said)
    notes = " ".join(str(note) for part in told.sections for line in part.lines for note in line.notes)
    here = county.unit("branch", HERE)
    assert str(here.id) not in notes
    if code == FAR:
        assert here.name in notes
