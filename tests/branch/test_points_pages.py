"""Points as people use them: the secretary's review, the member's phone, each seeing their own."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.points.models import Claim, Statement
from shared.kit.accounts import add_account, hash_password
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year

PASSWORD = "ten-letters-at-least"


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    county.now = at(3, 12)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch):
    return branch.members(3)


@pytest.fixture(scope="module")
def secretary(county, branch):
    return county.client("branch", VILLAGE)


def signed_in(county, person, login, role="member"):
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, VILLAGE)
        add_account(session, login, "党员", hash_password(PASSWORD), [(role, unit)], at(1, 3), person)
    client = county.app("branch").test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture(scope="module")
def member(county, people):
    return signed_in(county, people[0], "m-one")


@pytest.fixture(scope="module")
def neighbour(county, people):
    return signed_in(county, people[1], "m-two")


def text(answer):
    """The page, without the one-time token of its forms."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))


def filed(member, **values):
    form = {"id": str(uuid4()), "item": "household", "day": "2026-03-10", "times": "1"}
    form |= {"what": "走访联系户三户", "witness": "王组长", **values}
    return form["id"], member.post("/my/file", data=form)


def tokens(page, name="selected"):
    return re.findall(r'name="selected" value="([^"]+)"', page)


def test_before_the_county_opens_a_year_the_rooms_say_so(county):
    secretary = county.client("branch", VILLAGE)
    for path in ("/points", "/commitments"):
        assert "县里还没有开启今年的积分" in text(secretary.get(path))


def test_a_member_files_in_three_taps_and_gets_a_number(member):
    home = text(member.get("/", follow_redirects=True))
    assert "报一件事" in home
    assert 'href="/my/file?item=household"' in text(member.get("/my/new"))
    form = text(member.get("/my/file?item=household"))
    assert 'value="2026-03-12"' in form, "the day is filled in"
    claim, answer = filed(member)
    done = text(member.get(answer.location))
    assert "报上去了" in done
    assert "2026-0001" in done
    _claim, again = filed(member, id=claim)
    assert again.location == answer.location, "the same form sent twice files it once"
    assert text(member.get("/my/claims")).count("走访联系户三户") == 1


def test_what_cannot_be_claimed_is_said_at_its_field_and_nothing_is_lost(member):
    _id, answer = filed(member, witness="", what="走访了村东头的三户人家")
    page = text(answer)
    assert answer.status_code == 422
    assert "请写一位证明人" in page
    assert "走访了村东头的三户人家" in page
    _id, answer = filed(member, day="2027-01-01")
    assert answer.status_code == 422


def test_a_member_sees_their_own_claims_and_nobody_elses(county, member, neighbour):
    claim, _answer = filed(member, what="只有本人能看到的走访记录")
    assert "只有本人能看到的走访记录" in text(member.get("/my/claims"))
    assert "只有本人能看到的走访记录" not in text(neighbour.get("/my/claims"))
    other = str(uuid4())
    absent = text(neighbour.get(f"/my/claims/{other}/done")).replace(other, claim)
    foreign = neighbour.get(f"/my/claims/{claim}/done")
    assert foreign.status_code == 404
    assert text(foreign) == absent
    assert neighbour.post(f"/my/claims/{claim}/withdraw").status_code == 404
    assert neighbour.get("/points").status_code == 403


def test_a_clean_month_is_approved_with_two_clicks(secretary, member, branch):
    page = text(secretary.get("/points"))
    assert page.index("请您看一看") < page.index("全选这"), "what needs an eye comes first"
    chosen = tokens(page)
    answer = secretary.post("/points/approve", data={"selected": chosen})
    assert answer.status_code == 303
    assert "没有等审核的申报" in text(secretary.get("/points"))
    assert "已通过" in text(member.get("/my/claims"))


def test_a_stale_selection_changes_nothing(secretary, member, branch):
    claim, _answer = filed(member, day="2026-03-11")
    secretary.post("/points/approve", data={"selected": [f"{claim}:1"]})
    answer = secretary.post("/points/approve", data={"selected": [f"{claim}:1"]})
    assert answer.status_code == 409
    assert "没有改动任何一条" in text(answer)
    assert secretary.post("/points/approve", data={"selected": ["nonsense"]}).status_code == 422
    assert secretary.post("/points/approve", data={}).status_code == 422
    assert secretary.post("/points/approve", data={"selected": [f"{uuid4()}:1"]}).status_code == 404


def test_a_return_asks_for_its_reason_and_the_member_reads_it(secretary, member):
    claim, _answer = filed(member, item="study", what="读了一章党章", day="2026-03-09")
    asked = secretary.post("/points/return", data={"selected": [f"{claim}:1"]})
    assert asked.status_code == 200
    empty = secretary.post("/points/return", data={"selected": [f"{claim}:1"], "reason": ""})
    assert empty.status_code == 422
    secretary.post("/points/return", data={"selected": [f"{claim}:1"], "reason": "请补上体会"})
    assert "请补上体会" in text(member.get("/my"))


def test_the_branch_decides_the_points_of_a_range(county, secretary, member):
    claim, _answer = filed(member, item="task", what="完成支部交办的登记任务", day="2026-03-08")
    wrong = secretary.post("/points/approve", data={"selected": [f"{claim}:1"], f"points-{claim}": "9"})
    assert wrong.status_code == 409
    assert (
        secretary.post(
            "/points/approve", data={"selected": [f"{claim}:1"], f"points-{claim}": "二"}
        ).status_code
        == 409
    )
    secretary.post("/points/approve", data={"selected": [f"{claim}:1"], f"points-{claim}": "2.5"})
    with within(county.tiers.branch) as session:
        assert session.scalar(select(Claim.points).where(Claim.number > 0, Claim.item == "task")) == 250


def test_a_meeting_is_entered_for_everyone_at_once_and_sent_twice_counts_once(county, secretary, people):
    form = {"id": str(uuid4()), "item": "theme_day", "day": "2026-03-05", "times": "1"}
    form |= {"what": "三月主题党日，清理河道", "members": [str(one) for one in people]}
    for _ in range(2):
        assert secretary.post("/points/new", data=form).status_code == 303
    with within(county.tiers.branch) as session:
        assert len(session.scalars(select(Claim.id).where(Claim.item == "theme_day")).all()) == 3
    nobody = secretary.post("/points/new", data={**form, "id": str(uuid4()), "members": []})
    assert nobody.status_code == 422
    assert "三月主题党日，清理河道" in text(nobody), "what was typed is still there"


def test_somebody_elses_member_cannot_be_filed_for(secretary, county):
    form = {"id": str(uuid4()), "item": "theme_day", "day": "2026-03-05", "what": "三月主题党日"}
    assert secretary.post("/points/new", data={**form, "members": [str(uuid4())]}).status_code == 404


def test_a_deduction_is_answered_before_it_is_decided(county, secretary, member, people):
    form = {"id": str(uuid4()), "item": "missed_meeting", "day": "2026-03-05", "times": "1"}
    form |= {"what": "三月党日未到未请假", "members": [str(people[0])]}
    secretary.post("/points/new", data=form)
    assert "支部拟扣" in text(member.get("/my"))
    with within(county.tiers.branch) as session:
        claim = session.scalars(select(Claim).where(Claim.item == "missed_meeting")).one()
    assert member.post(f"/my/claims/{claim.id}/withdraw").status_code == 409
    assert secretary.post("/points/approve", data={"selected": [f"{claim.id}:1"]}).status_code == 409
    assert member.post(f"/my/claims/{claim.id}/reply", data={"reply": "那天送老人就医"}).status_code == 303
    assert "那天送老人就医" in text(secretary.get("/points"))
    assert "您代报的，请另一位委员审核" in text(secretary.get("/points"))
    other = county.client("branch", f"{VILLAGE}-wy")
    assert other.post("/points/approve", data={"selected": [f"{claim.id}:2"]}).status_code == 303


def test_nobody_decides_their_own_claim(county, people, secretary):
    treasurer = signed_in(county, people[2], "m-three", role="branch_committee")
    claim, _answer = filed(treasurer, day="2026-03-04")
    refused = treasurer.post("/points/approve", data={"selected": [f"{claim}:1"]})
    assert refused.status_code == 409
    assert "不能审核自己的申报" in text(refused)


def test_a_month_is_previewed_closed_and_then_stands(county, secretary, people):
    assert secretary.post("/points/months/1/close", data={}).status_code == 303
    assert secretary.post("/points/months/2/close", data={}).status_code == 303
    early = secretary.post("/points/months/3/close", data={})
    assert early.status_code == 409
    assert "还没有结束" in text(early)
    county.now = at(4, 1)
    secretary, other = county.client("branch", VILLAGE), county.client("branch", f"{VILLAGE}-wy")
    waiting = text(other.get("/points"))
    other.post("/points/approve", data={"selected": tokens(waiting)})
    preview = text(secretary.get("/points/months/3"))
    assert "现在结账，会这样入账" in preview
    assert secretary.post("/points/months/3/close", data={}).status_code == 303
    with within(county.tiers.branch) as session:
        total = session.scalar(select(Statement.total).where(Statement.month == 3))
    assert f"{total / 100:.2f}" in text(secretary.get("/points/months"))
    assert secretary.get("/points/months/13").status_code == 404


def test_every_point_is_explained_to_its_member(county, people):
    member = county.app("branch").test_client()
    member.post("/login", data={"login": "m-one", "password": PASSWORD})
    explained = text(member.get("/my/points"))
    assert "走访联系户" in explained
    assert "3 月" in explained


def test_a_year_nobody_opened_is_absent(county, branch):
    secretary = county.client("branch", VILLAGE)
    assert secretary.get("/points?year=1999").status_code == 404
