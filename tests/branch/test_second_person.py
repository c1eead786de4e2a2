"""What one person begins at the branch another ends; only where there is nobody else one person does both."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import update

from deploy.demo.tiers import within
from services.branch.appraisal import after
from services.branch.commitments.models import Commitment, Problem
from services.branch.points import deciding
from services.branch.points.deciding import Chosen
from shared.kit.accounts import Account
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.branch.test_commitments import GOOD, signed_in


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    county.now = at(3, 12)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch):
    return branch.members(3)


@pytest.fixture(scope="module")
def secretary(county, people):
    return county.client("branch", VILLAGE)


@pytest.fixture(scope="module")
def committee(county, people):
    return county.client("branch", f"{VILLAGE}-wy")


def stored(county, commitment):
    with within(county.tiers.branch) as session:
        return session.get_one(Commitment, commitment)


def refused(answer, words):
    assert answer.status_code == 409
    assert words in answer.get_data(as_text=True)


def picked(county, commitment):
    return {"selected": f"{commitment}:{stored(county, commitment).version}"}


def test_nobody_sets_himself_a_task_of_the_organisation(county, people):
    officer = signed_in(county, people[0], "officer", "branch_committee")
    form = GOOD | {"id": str(uuid4()), "member": str(people[0]), "origin": "organisation", "confirmed": "yes"}
    refused(officer.post("/commitments/new", data=form), "请另一位委员下达")


def test_the_branchs_own_commitment_is_published_and_judged_by_another(county, secretary, committee):
    form = GOOD | {"id": str(uuid4()), "member": "", "origin": "unit_plan", "confirmed": "yes"}
    assert secretary.post("/commitments/new", data=form).status_code == 303
    one = form["id"]
    assert stored(county, one).state == "proposed"
    refused(secretary.post("/commitments/publish", data=picked(county, one)), "另一位委员公布")
    assert committee.post("/commitments/publish", data=picked(county, one)).status_code == 303
    judged = {"version": stored(county, one).version, "verdict": "done"}
    refused(secretary.post(f"/commitments/{one}/judge", data=judged), "另一位委员公布")
    assert committee.post(f"/commitments/{one}/judge", data=judged).status_code == 303


def test_who_asks_that_a_problem_be_dropped_does_not_accept_it_and_its_reason_stays(
    county, secretary, committee, people
):
    problem = new_id()
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        found = {"year": 2025, "text": "联系群众不够经常", "found_by": "people", "by": "支部", "at": at(1, 2)}
        session.add(Problem(id=problem, unit_id=unit.id, member_id=people[0], **found))
    path = f"/commitments/problems/{problem}"
    secretary.post(f"{path}/drop", data={"reason": "已由网格统一走访"})
    refused(secretary.post(f"{path}/accept-drop"), "由两个人分别办理")
    assert committee.post(f"{path}/accept-drop").status_code == 303
    refused(secretary.post(f"{path}/drop", data={"reason": "换一个说法"}), "理由不能再改")
    refused(committee.post(f"{path}/accept-drop"), "不用再办")


def test_a_report_of_what_was_put_right_is_not_taken_over(county, branch, people):
    problem = new_id()
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        found = {"year": 2026, "text": "会议请假多", "found_by": "people", "by": "支部", "at": at(1, 2)}
        session.add(Problem(id=problem, unit_id=unit.id, member_id=people[0], **found))

    def report(done, role):
        branch.work(lambda s, who, unit, _y: after.put_right(s, who, unit, problem, done, at(3, 14)), role)

    report("已按时参会", "branch_secretary")
    report("已按时参会三次", "branch_secretary")
    with pytest.raises(Refused, match="由他本人修改"):
        report("改由我来写", "branch_committee")
    branch.work(lambda s, who, unit, _y: after.settle(s, who, unit, problem, at(3, 15)), "branch_committee")


def approve(branch, claim, role):
    chosen = [Chosen(claim, branch.version(claim))]
    return branch.work(lambda s, who, unit, y: deciding.approve(s, who, unit, y, chosen, at(3, 13)), role)


def test_who_filed_for_a_member_does_not_approve_it_unless_the_branch_has_nobody_else(county, branch, people):
    first, second = (branch.claim(people[1], day=date(2026, 3, day)) for day in (4, 5))
    with pytest.raises(Refused, match="代报"):
        approve(branch, first, "branch_secretary")
    assert approve(branch, first, "branch_committee") == 1
    alone = update(Account).where(Account.login.in_((f"{VILLAGE}-wy", "officer"))).values(disabled=True)
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        session.execute(alone)
    assert approve(branch, second, "branch_secretary") == 1
