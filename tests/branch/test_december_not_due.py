"""While December still takes late claims, neither the header nor the desk sends the branch to close it."""

import pytest

from tests.branch.appraisal_hands import page
from tests.branch.points_hands import VILLAGE, YEAR, Branch, Township, at, closes, months_go_up, open_the_year

NOW_DUE = f"{YEAR} 年年终评议"


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    made = Branch(county, VILLAGE)
    made.members(1)
    county.settle()
    months_go_up(county, made, range(1, 11))
    return made


def desk(county, moment):
    county.now = moment
    return page(county.client("branch", VILLAGE).get("/"))


def test_a_month_that_may_be_closed_is_due(county, branch):
    assert NOW_DUE in desk(county, at(1, 2, YEAR + 1)), "November"


def test_december_is_not_until_its_late_days_are_over(county, branch):
    branch.november = branch.close(11)
    for day in (1, 10):
        shown = desk(county, at(1, day, YEAR + 1))
        assert NOW_DUE not in shown
        assert "现在办" not in shown
    assert NOW_DUE in desk(county, at(1, 11, YEAR + 1))


def test_a_month_sent_back_is_due_in_those_days_too(county, branch):
    Township(county).send_back(branch.november)
    assert NOW_DUE in desk(county, at(1, 5, YEAR + 1))
    branch.close(11, now=at(1, 5, YEAR + 1), note="已核对")
    assert NOW_DUE not in desk(county, at(1, 6, YEAR + 1))
    branch.close(12, now=closes(12))
    assert NOW_DUE not in desk(county, at(1, 12, YEAR + 1)), "the township's turn"
