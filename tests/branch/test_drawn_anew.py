"""A grade put right by appeal brings its outcomes at once: the branch proposes them by itself, and once."""

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.outcomes.anew import propose_after_appeals
from services.branch.outcomes.models import OutcomeRun
from tests.branch.explained_hands import APPEAL
from tests.branch.outcome_hands import Decided


@pytest.fixture(scope="module")
def year(county):
    made = Decided.at_outcomes(county)
    made.secretary.post("/outcomes/draw-up")
    county.settle()
    made.mine[4].post("/outcomes/grade-appeal", data=APPEAL)
    county.settle()
    wanted = {"sort": "appeal", "code": "grade"}
    upheld = {"verdict": "upheld", "text": "两次抢险属实", "grade": "basically_qualified", "points": "3"}
    made.word(made.at_county("fc"), "decided", made.case("county", **wanted), **upheld)
    made.word(made.at_county("zr"), "confirmed", made.case("county", **wanted))
    return made


def runs(year):
    with within(year.county.tiers.branch) as session:
        return session.scalars(select(OutcomeRun).order_by(OutcomeRun.at)).all()


def test_the_branch_looks_again_once_and_doubles_nothing(year):
    held = {
        one.code: one.state for one in year.cases(member_id=year.people[4], tier="branch", sort="outcome")
    }
    assert held["correction_notice"] == "open", "the grade that is left gives ground for it still"
    assert {state for code, state in held.items() if code != "correction_notice"} == {"undone"}
    for _again in range(3):
        propose_after_appeals(year.county.tiers.branch)
    assert len(runs(year)) == 2
    after = [one for one in year.cases(tier="branch", sort="outcome") if one.state != "undone"]
    keys = [(one.member_id, one.code) for one in after]
    assert len(keys) == len(set(keys))
    assert "correction_notice" in {code for member, code in keys if member == year.people[4]}


def test_where_the_county_has_not_proposed_it_leaves_that_to_its_organiser(year):
    assert not year.cases("county", tier="county", sort="outcome")
