"""Committees when the next year is open: what waits stays on every desk; a review upheld is heard."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.county.organisations import reviewing
from services.county.organisations.models import TABLES, Classing
from services.county.organisations.reviews import reviews
from services.county.organisations.room import ROOM, member_year
from services.county.years.actions import open_year
from shared.kit.errors import Refused
from shared.kit.units import unit_by_code
from shared.organisations import deciding
from shared.organisations.classings import newest
from shared.organisations.ledger import standings
from tests.branch.points_hands import YEAR, at
from tests.township.conftest import OTHER_TOWN, words
from tests.township.test_committees import NEXT, VOTES, Hands

COUNTY = "321323"


@pytest.fixture(scope="module")
def hands(county):
    made = Hands(county).on(12, 20)
    late = {"id": str(uuid4()), "item": "late_return", "day": "2026-12-03", "what": "十一月统计表迟报两天"}
    assert made.post(made.desk, f"/organisations/{made.town}/deduct", **late).status_code == 303
    assert made.file(day="2026-12-05").status_code == 303
    report = {"text": "一年工作", "teller": "甲（合成）", "other_teller": "乙（合成）", **VOTES}
    assert made.post(made.organiser, "/organisation/year-end/report", **report).status_code == 303
    return made


def test_what_waits_in_a_year_stays_on_every_desk_once_the_next_is_open(hands, county):
    with within(county.tiers.county) as session:
        who = actor(session, unit_by_code(session, COUNTY), "county_organiser")
        sign, now = county.tiers.county.signer(), at(12, 21)
        open_year(session, who, sign, year=NEXT, ranked=True, synthetic_note="", now=now)
    county.settle()
    hands.on(1, 3, NEXT)
    page = hands.desk.get("/").get_data(as_text=True)
    assert "1 条党组织积分等审核" in page and f"/organisations?year={YEAR}" in page
    assert "1 件党组织述职、定级或整改等办理" in page and f"/classing?year={YEAR}" in page
    assert "十一月统计表迟报两天" in words(hands.desk.get(f"/organisations?year={YEAR}"))
    told = hands.organiser.get("/").get_data(as_text=True)
    assert "上级拟扣分" in told and f"/reply?year={YEAR}" in told
    assert f"{YEAR} 年" in words(hands.desk.get("/classing"))


def test_what_nobody_confirmed_yet_is_not_accepted_past_the_second_person(hands, county):
    hands.on(1, 20, NEXT)
    with within(county.tiers.county) as session:
        pool, year = unit_by_code(session, COUNTY), member_year(session, YEAR)
        rows = standings(session, TABLES, year.organisations, YEAR, [hands.town])
        seen = [deciding.Seen(one.entry.id, one.version) for one in rows if one.state == "waiting"]
        other = actor(session, pool, "county_leader")
        above = deciding.Above(pool, year, TABLES)
        assert deciding.give_back(session, above, other, seen, "已说明", at(1, 20, NEXT)) == 2
    county.settle()
    other = county.unit("county", OTHER_TOWN).id
    assert hands.post(hands.desk, f"/classing/{other}/leave-out", reason="新调整").status_code == 303
    page = hands.page_of(f"/classing/{hands.town}")
    version = page.split(f"{hands.town}:")[1].split('"')[0]
    given = {"selected": f"{hands.town}:{version}", "finding": "true", "opinion": "good", "problems": ""}
    assert hands.post(hands.desk, f"/classing/{hands.town}/check", **given).status_code == 303
    assert hands.post(hands.desk, "/classing/propose").status_code == 303
    one = standing(hands)
    past = hands.post(hands.desk, "/classes/classings/accept", selected=[f"{one.row.id}:0"])
    assert (past.status_code, "由第二人审定后公示" in words(past)) == (409, True)
    assert hands.desk.get(f"/classes/classings/{one.row.id}").status_code == 404
    back = hands.post(hands.leader, "/classing/confirm", **hands.standing())
    assert back.status_code == 303


def standing(hands):
    with within(hands.county.tiers.county) as session:
        pool = unit_by_code(session, COUNTY)
        one = newest(session, ROOM, YEAR, pool.id)
        assert one.row.body
        return one


def test_who_proposed_the_classing_does_not_judge_its_review(hands, county):
    asked = hands.post(hands.organiser, f"/organisation/year-end/review?year={YEAR}", text="两张票记错了")
    assert asked.status_code == 303
    with within(county.tiers.county) as session:
        pool = unit_by_code(session, COUNTY)
        [one] = reviews(session, YEAR)
        proposer = session.scalars(select(Classing.by_id)).one()
        who = actor(session, pool, "county_organiser")
        assert who.account_id == proposer
        ruling = reviewing.Ruling(False, "", 0, "维持")
        with pytest.raises(Refused, match="办过这次定级的人"):
            reviewing.decide(session, who, YEAR, (one.asked.id, 0), ruling, at(1, 20, NEXT))


def test_a_review_upheld_before_approval_has_the_classing_done_anew(hands, county):
    with within(county.tiers.county) as session:
        [one] = reviews(session, YEAR)
    before = standing(hands)
    path = f"/classes/reviews/{one.asked.id}"
    reviewer, director = (county.client("county", f"{COUNTY}-{who}") for who in ("fc", "zr"))
    said = hands.post(reviewer, f"{path}/decide", version=0, upheld="yes", reason="确实记错，应重做")
    assert said.status_code == 303, words(said)
    assert hands.post(director, f"{path}/confirm", version=1, reason="").status_code == 303
    assert (before.state, standing(hands).state) == ("confirmed", "returned")
    hands.on(2, 5, NEXT)
    seen = f"{before.row.id}:{standing(hands).version}"
    assert hands.post(hands.leader, "/classes/classings/approve", selected=[seen]).status_code == 409
    assert "定级公示" not in words(hands.organiser.get(f"/organisation/year-end?year={YEAR}"))
    assert hands.post(hands.desk, "/classing/propose").status_code == 303
