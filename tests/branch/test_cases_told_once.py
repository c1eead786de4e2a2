"""Cases that were not told when their member moved are told once; after a restore they are there once."""

from datetime import date

import pytest
from sqlalchemy import text

from deploy.demo.tiers import within
from services.branch.outcomes.models import OutcomeCase
from services.branch.transfers.catching_up import catch_up
from services.branch.transfers.models import ToldOn
from tests.branch.moved_hands import (
    FAR,
    HERE,
    NEXT,
    applicants,
    applied_for,
    as_owner,
    backup,
    kept,
    own_case,
    quarantined,
    recovered,
    tellings,
    three_branches,
    turned_down,
    word,
)
from tests.branch.points_hands import YEAR, at

KEY = ("fault_tolerance", "tolerance")


@pytest.fixture(scope="module")
def movers(county):
    """Three branches in a year that is open."""
    return three_branches(county)


@pytest.fixture(scope="module")
def people(movers, county):
    """Each with an application at the first branch: gone, gone on, come back, and one who stays."""
    made = applicants(county, movers[HERE], 5)
    gone, on, back, *_others = made
    movers[HERE].move(gone, movers[FAR], at(2, 3))
    movers[HERE].move(on, movers[NEXT], at(2, 3))
    movers[NEXT].move(on, movers[FAR], at(2, 4))
    movers[HERE].move(back, movers[NEXT], at(2, 3))
    movers[NEXT].move(back, movers[HERE], at(2, 4))
    return made


def look(county):
    """What the timer has the branch's worker do every minute."""
    running = county.tiers.branch
    running.watch(running)
    county.settle()


def as_before_cases_followed(county):
    """The database as a version found it that let no cases follow: nothing kept, nothing noted."""
    with as_owner(county) as connection:
        for table in ("brought_case", "told_on"):
            connection.execute(text(f"DELETE FROM {table}"))


def test_who_moved_before_is_told_of_once_and_who_went_on_where_he_is(county, movers, people):
    gone, on, back, *_others = people
    as_before_cases_followed(county)
    before = tellings(county)
    look(county)
    assert set(kept(county, FAR, gone)) == {KEY}
    assert set(kept(county, NEXT, on)) == {KEY}
    assert set(kept(county, FAR, on)) == {KEY}, "by way of the branch in between"
    assert kept(county, NEXT, back) == {}, "he is where his case is"
    said = tellings(county) - before
    assert said == 3
    look(county)
    assert tellings(county) == before + said, "never a second time"


def test_a_look_is_bounded_and_the_next_goes_on(county, movers, people):
    as_before_cases_followed(county)
    looked = []
    for _ in range(7):
        with within(county.tiers.branch) as session:
            looked.append(catch_up(session, county.now, at_once=1))
    assert looked == [1, 1, 1, 1, 1, 0, 0], "three left the first branch, two of them the next as well"
    county.settle()
    assert set(kept(county, FAR, people[0])) == {KEY}


def test_what_can_be_told_is_told_at_once_and_the_rest_when_its_rulebook_is_here(county, movers, people):
    own = own_case(movers[HERE], people[0], "alert_notice", county.now)
    word(county.client("branch", HERE), county, OutcomeCase, own, "heard", text="本人说明了情况")
    as_before_cases_followed(county)
    book = stands_on(county, own, "lost")
    for _ in range(2):
        before = tellings(county)
        look(county)
        assert set(kept(county, FAR, people[0])) == {KEY}
    assert tellings(county) == before
    stands_on(county, own, book)
    look(county)
    assert set(kept(county, FAR, people[0])) == {KEY, ("alert_notice", "outcome")}


def stands_on(county, case, book):
    """Let a case stand on another rulebook; the one before."""
    with as_owner(county) as connection:
        values = {"case": case, "book": book}
        before = connection.scalar(text("SELECT rulebook FROM outcome_case WHERE id = :case"), values)
        connection.execute(text("UPDATE outcome_case SET rulebook = :book WHERE id = :case"), values)
    return before


def test_who_moves_now_is_not_told_of_again(county, movers, people):
    movers[HERE].move(people[3], movers[FAR], at(2, 20))
    before = tellings(county)
    look(county)
    assert tellings(county) == before
    assert set(kept(county, FAR, people[3])) == {KEY}


def test_who_has_no_cases_is_looked_at_once(county, movers, people):
    [plain] = movers[FAR].members(1, start=40)
    county.settle()
    transfer = movers[FAR].move(plain, movers[NEXT], at(2, 20))
    as_before_cases_followed(county)
    before = tellings(county)
    look(county)
    with within(county.tiers.branch) as session:
        assert session.get_one(ToldOn, (county.unit("branch", FAR).id, transfer)).whole
    applied_for(movers[NEXT], plain, at(2, 21), "alert_notice")
    look(county)
    assert kept(county, FAR, plain) == {}, "a branch he left is told of nothing that is new"
    assert tellings(county) > before


def test_after_a_restore_to_before_the_cases_came_each_is_there_once(county, movers, people):
    """The branches' database of before the move; the townships still hold every word."""
    moved = people[4]
    restore = backup(county)
    movers[HERE].move(moved, movers[FAR], at(3, 1))
    own = own_case(movers[FAR], moved, "alert_notice", at(3, 1))
    word(county.client("branch", FAR), county, OutcomeCase, own, "heard", text="本人说明了情况")
    county.now = at(3, 2)
    movers[FAR].move(moved, movers[NEXT], at(3, 2))
    county.now = at(3, 3)
    [applied] = kept(county, FAR, moved).values()
    turned_down(county, applied.id)
    before = {code: told(county, code, moved) for code in (HERE, NEXT, FAR)}
    assert len(before[NEXT]) == 2
    assert len(before[FAR]) == 1
    restore()
    assert {code: told(county, code, moved) for code in (HERE, NEXT, FAR)} == {code: [] for code in before}
    recovered(county)
    assert {code: told(county, code, moved) for code in (HERE, NEXT, FAR)} == before
    look(county)
    assert {code: told(county, code, moved) for code in (HERE, NEXT, FAR)} == before
    assert movers[NEXT].member(moved).until is None
    assert movers[HERE].member(moved).until == date(YEAR, 3, 1)
    assert [quarantined(county, tier) for tier in ("branch", "township", "county")] == [[], [], []]


def told(county, code, member):
    """Every case of the member that a branch keeps, as it stands."""
    with as_owner(county) as connection:
        query = text(
            "SELECT c.id, c.state, c.version, c.branch_code, c.at, c.words FROM brought_case c"
            " JOIN unit u ON u.id = c.unit_id WHERE u.code = :code AND c.member_id = :member ORDER BY c.id"
        )
        return [tuple(row) for row in connection.execute(query, {"code": code, "member": member})]
