"""A year's appraisal of a branch under a general branch: endorsed, or sent back for another round."""

import msgspec
import pytest
from sqlalchemy import select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.appraisal.models import AppraisalFiling
from services.branch.appraisal.recovering import recover_filings
from services.branch.appraisal.state import round_of, steps_of
from services.branch.generals import endorsing, submitting
from services.township.appraisals.models import ReceivedAppraisal
from shared.contracts.appraisal import AppraisalFiled
from shared.kit.units import unit_by_code
from shared.sync.records import Received
from tests.branch.appraisal_hands import Appraised, page
from tests.branch.general_hands import GENERAL, General, found_general
from tests.branch.points_hands import VILLAGE, YEAR, at
from tests.county import County


@pytest.fixture(scope="module")
def year(county: County):
    """The months are approved while the branch stands under nobody; its year's end is endorsed."""
    made = Appraised.after_twelve_months(county)
    found_general(county, VILLAGE)
    made.close("december_statement")
    made.up_to_opinion()
    made.up_to_filing()
    return made


@pytest.fixture(scope="module")
def general(county, year):
    return General(county)


def filings(county):
    with within(county.tiers.branch) as session:
        return session.scalars(select(AppraisalFiling.id).order_by(AppraisalFiling.at)).all()


def received(county):
    with within(county.tiers.township) as session:
        return session.scalars(select(ReceivedAppraisal)).all()


def test_a_filing_waits_for_the_general_branch(county, year, general) -> None:
    assert general.waiting() == filings(county)
    assert received(county) == []
    assert "等党总支审核" in page(year.secretary.get("/appraisal/grades"))


def test_its_lines_are_before_the_general_branch_with_points_and_grades(county, general) -> None:
    client = county.client("branch", GENERAL, "general_secretary")
    shown = page(client.get(f"/general/{filings(county)[0]}"))
    assert "党员1（合成）" in shown
    assert "优秀" in shown


def test_sent_back_it_is_done_again_from_the_opinion_on(county, year, general) -> None:
    general.send_back(filings(county)[0], reason="两位党员的意见写得太简单", now=at(1, 26, YEAR + 1))
    assert "两位党员的意见写得太简单" in page(year.secretary.get("/appraisal/grades"))
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        assert round_of(session, unit.id, YEAR) == 2
        assert "opinion" not in steps_of(session, unit.id, YEAR)
    again(year)
    assert len(filings(county)) == 2
    assert general.waiting() == filings(county)[1:]
    assert received(county) == []


def again(year):
    """The second round, from the opinion on."""
    year.on(at(1, 26, YEAR + 1))
    year.say("opinion", year.secretary, "excellent", year.people, "全年表现突出，事迹见附页")
    year.close("opinion")
    year.secretary.post("/appraisal/grades/work-out")
    year.close("appraisal_points")
    year.secretary.post("/appraisal/grades/publish")
    year.on(at(2, 20, YEAR + 1))
    year.close("publicity")
    year.secretary.post("/appraisal/grades/file")
    year.county.settle()


def test_endorsed_it_reaches_the_township_graded_equal(county, year, general) -> None:
    general.endorse(filings(county)[1], now=at(2, 20, YEAR + 1))
    (found,) = received(county)
    assert found.id == filings(county)[1]
    assert found.differences == []
    assert found.fault == ""
    body = msgspec.json.decode(found.original, type=AppraisalFiled)
    assert body.endorsed_by == "党总支书记（演示）"
    client = county.client("township", "321323001-zz")
    assert "党总支审核：甲镇商会党总支 党总支书记（演示）" in page(client.get(f"/appraisals/{found.id}"))


def test_a_restored_filing_is_known_as_endorsed(county) -> None:
    (found,) = received(county)
    body = msgspec.json.decode(found.original, type=AppraisalFiled)
    item = Received(
        "up", found.unit_id, 1, 1, b"", body.KIND, 1, found.unit_id, at(2, 1), b"", found.original, body
    )
    with within(county.tiers.branch) as session:
        recover_filings(session, [item], at(3, 1, YEAR + 1))
        assert submitting.word_on(session, found.id).state == "endorsed"
        who = actor(session, unit_by_code(session, GENERAL), "general_secretary")
        assert endorsing.waiting(session, who) == []
