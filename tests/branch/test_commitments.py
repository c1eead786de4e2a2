"""Commitments: proposed with advice, reviewed by somebody else, kept with one entry, judged by the count."""

import re
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.commitments.models import Commitment, Problem, Progress
from services.branch.points.models import Claim
from shared.kit.accounts import add_account, hash_password
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year

PASSWORD = "ten-letters-at-least"
GOOD = {
    "what": "为本组 6 户独居老人每月上门打扫一次",
    "for_whom": "本组 6 户独居老人",
    "target": "12",
    "measure": "次",
    "due": "2026-12-20",
}


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


def signed_in(county, person, login, role="member"):
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, VILLAGE)
        add_account(session, login, "党员（合成）", hash_password(PASSWORD), [(role, unit)], at(1, 3), person)
    client = county.app("branch").test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture(scope="module")
def member(county, people):
    return signed_in(county, people[0], "m-one")


def text(answer):
    return answer.get_data(as_text=True)


def proposed(client, **values):
    form = {"id": str(uuid4()), "span": "year", **GOOD, **values}
    return form["id"], client.post("/commitments/own/new", data=form)


def stored(county, commitment):
    with within(county.tiers.branch) as session:
        return session.get(Commitment, commitment)


def token(county, commitment):
    return f"{commitment}:{stored(county, commitment).version}"


def test_a_concrete_commitment_goes_straight_to_the_branch(county, member, secretary):
    commitment, answer = proposed(member)
    assert answer.status_code == 303
    assert not stored(county, commitment).hollow
    assert "可以公布" in text(secretary.get("/commitments"))


def test_a_hollow_one_is_pointed_out_with_a_better_example_and_can_be_sent_all_the_same(county, member):
    slogan = {"what": "加强学习，发挥先锋模范作用", "for_whom": "", "target": "", "measure": "", "due": ""}
    commitment, answer = proposed(member, **slogan)
    page = text(answer)
    assert answer.status_code == 200
    assert "可以写得更实" in page
    assert "例如" in page
    assert "加强学习，发挥先锋模范作用" in page, "what was typed is still there"
    assert stored(county, commitment) is None
    _again, sent = proposed(member, id=commitment, confirmed="yes", **slogan)
    assert sent.status_code == 303
    assert stored(county, commitment).hollow


def test_the_branch_looks_at_the_hollow_ones_first_and_returns_one_with_a_reason(county, member, secretary):
    page = text(secretary.get("/commitments"))
    assert page.index("请您看一看") < page.index("可以公布")
    with within(county.tiers.branch) as session:
        hollow = session.scalars(select(Commitment.id).where(Commitment.hollow)).one()
    asked = secretary.post("/commitments/return", data={"selected": token(county, hollow)})
    assert asked.status_code == 200
    secretary.post(
        "/commitments/return", data={"selected": token(county, hollow), "reason": "请写清为谁做、做多少"}
    )
    assert "请写清为谁做、做多少" in text(member.get("/commitments/own"))
    form = text(member.get(f"/commitments/own/new?again={hollow}"))
    assert "加强学习" in form
    _same, answer = proposed(member, id=str(hollow))
    assert answer.status_code == 303
    assert stored(county, hollow).state == "proposed"


def test_publishing_is_all_or_none_and_never_ones_own(county, people, member, secretary):
    page = text(secretary.get("/commitments"))
    chosen = re.findall(r'name="selected" value="([^"]+)"', page)
    assert secretary.post("/commitments/publish", data={"selected": chosen}).status_code == 303
    assert secretary.post("/commitments/publish", data={"selected": chosen}).status_code == 409
    committee = signed_in(county, people[1], "m-two", role="branch_committee")
    own, _answer = proposed(committee)
    refused = committee.post("/commitments/publish", data={"selected": token(county, own)})
    assert refused.status_code == 409
    assert "不能审自己的承诺" in text(refused)


def test_one_entry_of_progress_is_the_claim_as_well(county, member, people):
    commitment, _answer = proposed(member, what="为本组 6 户独居老人每季代购药品一次")
    with within(county.tiers.branch) as session:
        session.get_one(Commitment, commitment).state = "published"
    form = {
        "id": str(uuid4()),
        "day": "2026-03-10",
        "amount": "2",
        "what": "代购降压药两户",
        "witness": "王组长",
    }
    for _ in range(2):
        answer = member.post(f"/commitments/{commitment}/progress", data=form)
        assert answer.status_code == 303
    with within(county.tiers.branch) as session:
        assert len(session.scalars(select(Progress)).all()) == 1
        claim = session.scalars(select(Claim).where(Claim.item == "commitment_step")).one()
        assert (claim.member_id, claim.what) == (people[0], "代购降压药两户")
    missing = member.post(
        f"/commitments/{commitment}/progress", data={**form, "id": str(uuid4()), "witness": ""}
    )
    assert missing.status_code == 422
    assert "证明人" in text(missing)
    assert "2／12" in text(member.get(f"/commitments/{commitment}"))


def test_it_is_judged_by_its_count(county, member, secretary):
    with within(county.tiers.branch) as session:
        one = session.scalars(
            select(Commitment).where(Commitment.what == "为本组 6 户独居老人每季代购药品一次")
        ).one()
    wrong = secretary.post(
        f"/commitments/{one.id}/judge", data={"version": one.version, "verdict": "partly", "share": "100"}
    )
    assert wrong.status_code == 409
    assert secretary.post(f"/commitments/{one.id}/judge", data={"version": one.version}).status_code == 303
    judged = stored(county, one.id)
    assert (judged.verdict, judged.share) == ("partly", 1666)
    assert member.post(f"/commitments/{one.id}/judge", data={"version": 1}).status_code == 403


def test_the_branch_sets_tasks_with_their_origin_and_sees_what_a_sheet_lacks(county, secretary, people):
    form = {
        "id": str(uuid4()),
        "member": str(people[2]),
        "origin": "people",
        "wishes": "yes",
        "span": "year",
        **GOOD,
    }
    assert secretary.post("/commitments/new", data=form).status_code == 303
    assert stored(county, form["id"]).state == "published"
    sheet = text(secretary.get(f"/commitments/sheets/{people[2]}"))
    assert "群众期盼" in sheet
    assert "还没有本人主动提出的事项" in sheet
    own = {**form, "id": str(uuid4()), "member": ""}
    assert secretary.post("/commitments/new", data=own).status_code == 303
    assert stored(county, own["id"]).member_id is None, "the branch itself commits"


def test_last_years_problem_stands_in_the_draft_until_the_branch_lets_it_drop(
    county, member, secretary, people
):
    problem = new_id()
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, VILLAGE)
        session.add(
            Problem(
                id=problem,
                unit_id=unit.id,
                member_id=people[0],
                year=2025,
                text="联系群众不够经常",
                found_by="people",
                by="支部",
                at=at(1, 2),
            )
        )
    assert "联系群众不够经常" in text(member.get("/commitments/own"))
    assert "联系群众不够经常" in text(member.get(f"/commitments/own/new?problem={problem}"))
    assert member.post(f"/commitments/problems/{problem}/drop", data={"reason": ""}).status_code == 422
    assert secretary.post(f"/commitments/problems/{problem}/accept-drop").status_code == 409
    member.post(f"/commitments/problems/{problem}/drop", data={"reason": "已由网格统一走访"})
    assert "等支部同意" in text(member.get("/commitments/own"))
    secretary.post(f"/commitments/problems/{problem}/accept-drop")
    assert "联系群众不够经常" not in text(member.get("/commitments/own"))


def test_a_member_can_neither_review_nor_see_anothers(county, member, people):
    other = signed_in(county, people[2], "m-three")
    commitment, _answer = proposed(member, what="清理村东河道 2 公里，每月一次")
    assert other.get(f"/commitments/{commitment}").status_code == 404
    assert other.get(f"/commitments/own/new?again={commitment}").status_code == 404
    assert member.get("/commitments").status_code == 403
    assert (
        member.post("/commitments/publish", data={"selected": token(county, commitment)}).status_code == 403
    )
    assert stored(county, commitment).due == date(2026, 12, 20)
