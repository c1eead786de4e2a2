"""Ranking inside a branch: where the county allows it, no list of the last, objections before the close."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.ranking.models import RankingObjection
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.branch.test_points_pages import signed_in, text

Q1 = "/points/ranking?year=2026&period=q1"


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch):
    """Six members: 3, 2, 2, 1 and 0 visits; the last is exempt."""
    made = branch.members(6)
    for person, many in zip(made, (3, 2, 2, 1, 0, 4), strict=True):
        claims = [branch.claim(person, day=date(2026, 1, 5 + day)) for day in range(many)]
        if claims:
            branch.approve(*claims)
    branch.work(lambda session, _who, unit, _year: _exempt(session, unit, made[5]))
    return made


def _exempt(session, unit, member):
    from services.branch.roster.models import Member

    session.get_one(Member, (unit.id, member)).exempt = True


@pytest.fixture(scope="module")
def secretary(county, branch, people):
    county.now = at(4, 3)
    return county.client("branch", VILLAGE)


@pytest.fixture(scope="module")
def first(county, people):
    return signed_in(county, people[0], "r-first")


@pytest.fixture(scope="module")
def last(county, people):
    return signed_in(county, people[4], "r-last")


def told(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main")[1]).split())


def action(page, what):
    return re.search(rf'action="(/points/ranking[^"]*{what}[^"]*)"', page)[1].replace("&amp;", "&")


def test_the_branch_sees_places_equals_share_one_and_the_exempt_have_none(secretary, branch):
    branch.close(1)
    branch.close(2)
    page = told(text(secretary.get(Q1)))
    assert re.search(
        r"1 党员1（合成） 0001 3\.00 2 党员2（合成） 0002 2\.00 2 党员3（合成） 0003 2\.00 4 党员4", page
    )
    assert "不排名 党员6（合成）" in page
    assert "3 月还没有结账，结完再公示" in page
    assert secretary.post("/points/ranking/start?year=2026&period=q1").status_code == 409


def test_before_the_publicity_a_member_sees_nobody(first):
    page = told(text(first.get(Q1)))
    assert "这一期还没有公示" in page
    assert "（合成）" not in page
    assert first.post("/points/ranking/start?year=2026&period=q1").status_code == 403


def test_members_see_the_upper_half_and_their_own_place_only(county, secretary, branch, first, last):
    branch.close(3)
    assert secretary.post("/points/ranking/start?year=2026&period=q1").status_code == 303
    assert secretary.post("/points/ranking/start?year=2026&period=q1").status_code == 409
    page = told(text(last.get(Q1)))
    for said in ("党员1（合成）", "党员2（合成）", "党员3（合成）", "第 5 名", "2026 年 4 月 13 日"):
        assert said in page, said
    for hidden in ("党员4", "党员6"):
        assert hidden not in page, hidden
    assert "第 1 名" in told(text(first.get(Q1)))


def test_an_exempt_member_has_no_place(county, people, secretary):
    exempt = signed_in(county, people[5], "r-exempt")
    assert "不参加排名" in told(text(exempt.get(Q1)))


def test_objections_are_answered_before_it_closes(county, secretary, first, last):
    page = text(last.get(Q1))
    objecting = action(page, "objections")
    assert last.post(objecting, data={"words": " "}).status_code == 422
    for _twice in range(2):
        assert last.post(objecting, data={"words": "一月的走访少算了一次"}).status_code == 303
    with within(county.tiers.branch) as session:
        assert len(session.scalars(select(RankingObjection)).all()) == 1, "sent again it is one"
    assert "一月的走访少算了一次" not in text(first.get(Q1)), "an objection is its member's and the branch's"
    closing = action(page.replace("objections", "close"), "close")
    early = secretary.post(closing)
    assert early.status_code == 409
    assert "期满" in text(early)
    county.now = at(4, 14)
    secretary = county.client("branch", VILLAGE)
    waiting = secretary.post(closing)
    assert waiting.status_code == 409
    assert "还有 1 件异议没有答复" in text(waiting)
    late = county.app("branch").test_client()
    late.post("/login", data={"login": "r-first", "password": "ten-letters-at-least"})
    assert late.post(objecting, data={"words": "我也有意见"}).status_code == 409
    answering = action(text(secretary.get(Q1)), "answer")
    assert secretary.post(answering, data={"words": "已核对，台账里只有这些"}).status_code == 303
    assert secretary.post(answering, data={"words": "再答一次"}).status_code == 409
    late.post("/login", data={"login": "r-last", "password": "ten-letters-at-least"})
    assert "已核对，台账里只有这些" in text(late.get(Q1))
    assert secretary.post(closing).status_code == 303
    assert "公示已结束" in told(text(secretary.get(Q1)))
    over = told(text(late.get(Q1)))
    assert "第 5 名" in over, "one's own place stays"
    assert "党员1（合成）" not in over, "others' places were shown for the days of the publicity"
    assert "公示已经期满" in over


def test_where_the_county_does_not_allow_it_nobody_is_ranked(county, secretary):
    from deploy.demo.people import actor
    from services.county.years.actions import open_year
    from shared.kit.units import unit_by_code

    with within(county.tiers.county) as session:
        who = actor(session, unit_by_code(session, "321323"), "county_organiser")
        sign = county.tiers.county.signer()
        open_year(session, who, sign, year=2027, ranked=False, synthetic_note="", now=at(4, 14))
    county.settle()
    client = county.client("branch", VILLAGE)
    page = told(text(client.get("/points/ranking?year=2027&period=q1")))
    assert "县里这一年没有准许支部内排名" in page
    assert "党员1" not in page
    assert client.get("/points/ranking?year=2026&period=q9").status_code == 404
