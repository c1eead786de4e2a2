"""A grade put right by appeal brings its outcomes at once: the branch proposes them by itself, and once."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from deploy.demo.tiers import within
from services.branch.outcomes.anew import propose_after_appeals
from services.branch.outcomes.models import OutcomeRun
from services.branch.runtime import LOOKS
from services.branch.transfers.models import ToldCorrection
from shared.kit.ids import new_id
from tests.branch.explained_hands import APPEAL
from tests.branch.moved_hands import as_owner
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import VILLAGE, YEAR


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


@pytest.fixture
def unknown(year):
    """A year before, of which a run and a correction are here and no opening: as a restore may leave it."""
    with within(year.county.tiers.branch) as session:
        unit, [run] = year.county.unit("branch", VILLAGE).id, session.scalars(select(OutcomeRun)).all()
        columns = {one.key: getattr(run, one.key) for one in OutcomeRun.__table__.columns}
        columns |= {"id": new_id(), "year": YEAR - 1}
        session.execute(insert(OutcomeRun), [columns])
    with as_owner(year.county) as connection:
        told = {"unit_id": unit, "case_id": new_id(), "member_id": new_id(), "year": YEAR - 1}
        told |= {"grade": "qualified", "points": 0, "at": run.at + timedelta(days=1)}
        connection.execute(insert(ToldCorrection), [told])
    yield
    with as_owner(year.county) as connection:
        connection.execute(delete(ToldCorrection).where(ToldCorrection.year == YEAR - 1))
        connection.execute(delete(OutcomeRun).where(OutcomeRun.year == YEAR - 1))


def test_a_year_whose_rules_are_not_here_holds_up_no_other_and_no_other_look(year, unknown, monkeypatch):
    looked, running = [], year.county.tiers.branch
    monkeypatch.setattr("services.branch.runtime.LOOKS", (*LOOKS, looked.append))
    running.watch(running)
    assert sorted(one.year for one in runs(year)) == [YEAR - 1, YEAR, YEAR], "drawn up anew all the same"
    assert looked == [running]


def test_a_look_that_fails_is_told_when_the_others_are_done(year, monkeypatch):
    looked, running = [], year.county.tiers.branch

    def fails(_running):
        raise LookupError("nothing there")

    monkeypatch.setattr("services.branch.runtime.LOOKS", (fails, looked.append))
    with pytest.raises(ExceptionGroup, match="not everything"):
        running.watch(running)
    assert looked == [running]


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
