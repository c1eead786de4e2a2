"""December stays open for its late days: no later month could post what is filed in them."""

from datetime import UTC, date, datetime

import pytest

from services.branch.points import deciding
from services.branch.points.deciding import Chosen
from shared.kit.errors import Refused
from tests.branch.appraisal_hands import page
from tests.branch.points_hands import VILLAGE, YEAR, Branch, Township, at, months_go_up, open_the_year
from tests.branch.test_answered_months import ledger, owed


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    made = Branch(county, VILLAGE)
    made.people = made.members(2)
    county.settle()
    months_go_up(county, made, range(1, 12))
    return made


def test_it_cannot_be_closed_while_something_late_may_still_be_filed(county, branch):
    for day in (1, 5, 10):
        with pytest.raises(Refused) as refused:
            branch.close(12, now=at(1, day, YEAR + 1))
        assert "补报到" in refused.value.message
        assert refused.value.values == {"until": date(2027, 1, 10), "day": date(2027, 1, 11)}
    county.now = at(1, 5, YEAR + 1)
    shown = page(county.client("branch", VILLAGE).get("/points/months/12?year=2026"))
    assert "12 月的积分可以补报到" in shown
    listed = page(county.client("branch", VILLAGE).get("/points/months?year=2026"))
    assert "该结账了" not in listed
    above = page(county.client("township", "321323001-zz").get("/statements?year=2026&month=12"))
    assert "可以结账，已过" not in above


def test_what_is_filed_late_is_posted_and_a_deduction_not_decided_holds_it_back(county, branch):
    first, second = branch.people
    late = branch.claims([first], "household", date(2026, 12, 28), at(1, 8, YEAR + 1))
    branch.approve(*late, now=at(1, 8, YEAR + 1))
    [held] = branch.claims([second], "missed_meeting", date(2026, 12, 20), at(1, 9, YEAR + 1))
    with pytest.raises(Refused, match="没有审核"):
        branch.close(12, now=at(1, 11, YEAR + 1))
    branch.work(
        lambda s, who, unit, year: deciding.approve(
            s, who, unit, year, [Chosen(held, 1)], at(1, 15, YEAR + 1)
        ),
        "branch_committee",
    )
    december = branch.close(12, now=datetime(2027, 1, 15, 5, 0, tzinfo=UTC))
    township = Township(county)
    township.accept(december)
    township.approve(december)
    assert [ledger(county, one) for one in branch.people] == [owed(branch, one) for one in branch.people]
    assert (owed(branch, first), owed(branch, second)) == (100, -100)


def test_other_months_are_closed_the_day_after(branch):
    year = branch.work(lambda _s, _who, _unit, year: year)
    assert [year.closes_from(month) for month in (1, 11, 12)] == [
        date(2026, 2, 1),
        date(2026, 12, 1),
        date(2027, 1, 11),
    ]
