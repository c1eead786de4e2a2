"""Graded years at the township: graded again, accepted by one, confirmed by another; run to its end."""

import msgspec
import pytest
from sqlalchemy import create_engine, delete, func, select, update
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.appraisal.models import (
    AppraisalVerdict,
    GradeLine,
    GradingRun,
    MemberBase,
    Rectification,
)
from services.branch.appraisal.recovering import recover_filings
from services.branch.appraisal.state import newest_run
from services.branch.base import BranchBase
from services.branch.commitments.models import Problem
from services.county.grades.models import ConfirmedAppraisal, Grade
from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from services.township.appraisals.receiving import recover_verdicts
from services.township.base import TownshipBase
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.appraisal import AppraisalVerdict as VerdictBody
from shared.contracts.regrade import differences
from shared.kit.accounts import Account
from shared.kit.scope import EVERYTHING
from shared.sync.records import Received
from shared.sync.years import year_of
from tests.branch.appraisal_hands import Appraised, come_to, page
from tests.branch.points_hands import YEAR, at
from tests.township.conftest import ORGANISER, SECRETARY

METADATA = {"branch": BranchBase.metadata, "township": TownshipBase.metadata}


@pytest.fixture(scope="module")
def year(county):
    made = Appraised(county)
    come_to(made.branch, "self_report")
    made.mine[2].post("/appraisal/own/problems", data={"problem": "走访不够经常", "found_by": "self"})
    made.up_to_opinion()
    made.up_to_filing()
    return made


@pytest.fixture
def organiser(county, year):
    return county.client("township", ORGANISER)


@pytest.fixture
def secretary(county, year):
    return county.client("township", SECRETARY)


def rows(year, tier, query):
    with within(getattr(year.county.tiers, tier)) as session:
        return session.scalars(query).all()


def filings(year):
    return rows(year, "township", select(ReceivedAppraisal).order_by(ReceivedAppraisal.filed_at))


def decide(year, client, what, version, **more):
    one = filings(year)[-1].id
    answer = client.post(f"/appraisals/{one}/{what}", data={"version": version, **more})
    year.county.settle()
    return answer


def test_a_filing_is_graded_again_and_a_forged_one_shows(year, organiser):
    [received] = filings(year)
    assert (received.differences, received.fault, received.members) == ([], "", 6)
    assert received.grades == {"excellent": 2, "qualified": 4}
    filed = msgspec.json.decode(received.original, type=AppraisalFiled)
    assert not hasattr(filed.inputs[0], "reason"), "words stay at the branch"
    better = msgspec.structs.replace(filed.grades[-1], grade="excellent", total=300_00)
    forged = msgspec.structs.replace(filed, grades=[*filed.grades[:-1], better])
    with within(year.county.tiers.township) as session:
        [found] = differences(forged, year_of(session, YEAR).appraisal)
    assert (found.filed.grade, found.counted.grade) == ("excellent", "qualified")
    listing = page(organiser.get("/appraisals"))
    assert "待受理" in listing and "优秀 2" in listing
    assert "一致" in page(organiser.get(f"/appraisals/{received.id}"))


def test_a_return_reopens_the_branch_from_its_opinion_on(year, organiser):
    assert decide(year, organiser, "return", 0, reason="").status_code == 422
    assert decide(year, organiser, "return", 0, reason="第三名的意见请再议").status_code == 303
    shown = page(year.secretary.get("/appraisal"))
    assert "第三名的意见请再议" in shown and "现在办：支部意见" in shown and "第 2 次" in shown
    again = year.say("opinion", year.secretary, "qualified", year.people[2:3], "按乡镇意见再议")
    assert again.status_code == 303
    year.close("opinion")
    assert year.close("appraisal_points").status_code == 409, "the first round's run does not count"
    year.secretary.post("/appraisal/grades/work-out")
    tied = rows(year, "branch", select(GradingRun).order_by(GradingRun.number.desc()))[0].undecided[0]
    words = {"members": tied["members"], "reason": "会议再次票决"}
    assert year.secretary.post("/appraisal/grades/tie", data=words).status_code == 303
    year.close("appraisal_points")
    year.secretary.post("/appraisal/grades/publish")
    year.on(at(2, 8, 2027))
    year.close("publicity")
    assert year.close("township_confirmation").status_code == 409
    year.secretary.post("/appraisal/grades/file")
    assert year.secretary.post("/appraisal/grades/file").status_code == 409
    year.county.settle()
    assert len(filings(year)) == 2


def test_accepting_and_confirming_are_two_people(year, organiser, secretary):
    assert decide(year, organiser, "confirm", 0).status_code == 403
    assert decide(year, secretary, "confirm", 0).status_code == 409, "nobody has accepted it"
    assert decide(year, organiser, "accept", 0).status_code == 303
    assert decide(year, organiser, "accept", 0).status_code == 409
    one = filings(year)[-1].id
    with within(year.county.tiers.township) as session:
        review = session.get_one(AppraisalReview, one)
        first, version = review.accepted_by_id, review.version
        account = session.scalars(select(Account.id).where(Account.login == SECRETARY)).one()
        review.accepted_by_id = account
    own = decide(year, secretary, "confirm", version + 1)
    assert (own.status_code, "要由两个人" in page(own)) == (409, True)
    with within(year.county.tiers.township) as session:
        session.execute(update(AppraisalReview).values(accepted_by_id=first))
    assert "乡镇已受理" in page(year.secretary.get("/appraisal"))
    assert decide(year, secretary, "confirm", version + 1).status_code == 303


def test_the_county_keeps_every_grade_with_the_branchs_own_bytes(year):
    [confirmed] = rows(year, "county", select(ConfirmedAppraisal))
    assert confirmed.original == filings(year)[-1].original
    grades = rows(year, "county", select(Grade))
    assert sorted(one.grade for one in grades) == ["excellent"] * 2 + ["qualified"] * 4
    assert year.close("township_confirmation") is None


def test_what_a_restore_lost_comes_back_from_the_tier_that_holds_it(year):
    """The branch forgets its filing and its run, the township its review; each is told by the other."""
    told = rows(year, "branch", select(AppraisalVerdict).order_by(AppraisalVerdict.at))
    before = graded(year)
    forgotten = ("appraisal_filing", "grade_line", "grading_run", "appraisal_publicity", "appraisal_step")
    forget(year, "branch", *forgotten)
    forget(year, "township", "appraisal_review")
    sent = [(msgspec.json.decode(one.original, type=AppraisalFiled), one.original) for one in filings(year)]
    words = [
        VerdictBody(o.id, o.filing_id, o.unit_id, o.verdict, o.reason, o.by, o.at.isoformat()) for o in told
    ]
    for _ in range(2):
        with year.county.tiers.branch.database.transaction(EVERYTHING) as session:
            recover_filings(session, [back(*one) for one in sent], at(3, 1, 2027))
        with year.county.tiers.township.database.transaction(EVERYTHING) as session:
            recover_verdicts(session, [back(one) for one in words], at(3, 1, 2027))
    assert graded(year) == before
    assert year.close("township_confirmation") is None, "every step before it is closed again"
    reviews = rows(year, "township", select(AppraisalReview).order_by(AppraisalReview.decided_at))
    assert [one.state for one in reviews] == ["returned", "confirmed"]
    assert reviews[1].accepted_by


def graded(year):
    """The newest run's lines, as they count."""
    with within(year.county.tiers.branch) as session:
        run = newest_run(session, session.scalars(select(GradingRun.unit_id)).first(), YEAR)
        lines = session.scalars(
            select(GradeLine).where(GradeLine.run_id == run.id).order_by(GradeLine.member_id)
        )
        return [(one.member_id, one.total, one.grade, one.rank, one.given) for one in lines]


def back(body, payload=b""):
    """Own words as the other tier hands them back."""
    unit = body.branch_id
    return Received("up", unit, 1, 1, "", body.KIND, body.VERSION, unit, at(3, 1, 2027), b"", payload, body)


def forget(year, tier, *tables):
    """Rows as a restored backup would lack them; nobody but the owner of the database can do this."""
    engine = create_engine(year.county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        for table in tables:
            connection.execute(delete(METADATA[tier].tables[table]))
    engine.dispose()


def test_feedback_is_signed_by_each_and_the_next_base_is_carried_with_its_derivation(year):
    assert "看过了，签收" in page(year.mine[1].get("/appraisal/own"))
    for one in year.mine[1:]:
        assert one.post("/appraisal/own/sign").status_code == 303
    assert year.mine[1].post("/appraisal/own/sign").status_code == 409
    refused = year.close("feedback")
    assert "尚未反馈签收：党员1（合成）" in page(refused)
    assert year.secretary.post(f"/appraisal/members/{year.people[0]}/sign").status_code == 303
    assert year.close("feedback") is None
    year.settle_outcomes()
    assert year.close("outcomes") is None
    assert "尚未结转下年基础分" in page(year.close("next_base"))
    assert year.secretary.post("/appraisal/grades/carry").status_code == 303
    bases = rows(year, "branch", select(MemberBase).where(MemberBase.year == YEAR + 1))
    # 30 % of 180 + 20.
    assert {one.base for one in bases} == {60_00}
    assert "由今年 200.00 分的 30% 折算" in page(year.mine[1].get("/appraisal/own"))
    assert year.secretary.post("/appraisal/grades/carry").status_code == 409
    assert year.close("next_base") is None


def test_a_problem_is_put_right_by_one_and_found_so_by_another(year):
    [problem] = rows(year, "branch", select(Problem))
    assert "整改尚未销号：走访不够经常" in page(year.close("rectification"))
    of_member = f"/appraisal/members/{year.people[2]}/problems/{problem.id}"
    early = year.secretary.post(f"{of_member}/settle")
    assert (early.status_code, "还没有写整改情况" in page(early)) == (409, True)
    assert (
        year.mine[3].post(f"/appraisal/own/problems/{problem.id}/done", data={"reason": "x"}).status_code
        == 404
    )
    done = {"reason": "二月起每月走访联系户，已走访 12 户"}
    assert year.mine[2].post(f"/appraisal/own/problems/{problem.id}/done", data=done).status_code == 303
    assert year.secretary.post(f"{of_member}/settle").status_code == 303
    with within(year.county.tiers.branch) as session:
        settled = session.scalar(select(func.count()).where(Rectification.settled_at.is_not(None)))
    assert settled == 1
    assert year.close("rectification") is None
    assert "今年的评议都办完了" in page(year.secretary.get("/appraisal"))
