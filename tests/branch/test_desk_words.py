"""The desk and the steps say what is overdue as one sentence, and a day of another year with its year."""

import pytest

from services.branch.appraisal.pages import WORK
from tests.branch.appraisal_hands import page
from tests.branch.points_hands import VILLAGE, YEAR, Branch, at, open_the_year


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    made = Branch(county, VILLAGE)
    made.members(1)
    made.close(1)
    return made


def shown(county, path, moment):
    county.now = moment
    return page(county.client("branch", VILLAGE).get(path))


def test_one_month_that_is_due_is_named_and_several_are_told_from_first_to_last(county, branch):
    assert "2026 年 2 月该结账了" in shown(county, "/", at(3, 3))
    desk = shown(county, "/", at(11, 3))
    assert "2026 年 2 至 10 月该结账了，共 9 个月" in desk
    assert "先结 2 月" in desk


def test_months_that_hold_a_step_back_are_told_as_runs(county, branch):
    assert "积分月报尚未审定：2026 年 1 至 12 月" in shown(
        county, "/appraisal?year=2026", at(1, 12, YEAR + 1)
    )


def test_a_day_of_another_year_has_its_year(county, branch):
    listed = "/points/months?year=2026"
    this_year, later = shown(county, listed, at(2, 3)), shown(county, listed, at(1, 12, YEAR + 1))
    assert "2 月 1 日 12:00" in this_year
    assert "2026 年 2 月 1 日" not in this_year
    assert "2026 年 2 月 1 日 12:00" in later


def test_every_step_has_a_button_to_where_its_work_is_done(branch):
    steps = branch.work(lambda _s, _who, _unit, year: {one.code for one in year.appraisal.steps})
    assert steps <= set(WORK)
