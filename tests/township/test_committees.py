"""Committees as subjects: a township commits and files, the county decides and classes, two of its people."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.county.organisations.models import ClassedUnit
from services.township.organisations.models import TABLES
from shared.organisations.ledger import standings, year_of_unit
from shared.organisations.results import classed_unit
from shared.sync.years import year_of
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.township.conftest import ORGANISER, OTHER_TOWN, SECRETARY, TOWN, words

NEXT = YEAR + 1
VOTES = {
    "members_eligible": 40,
    "members_cast": 30,
    "members_good": 30,
    "masses_eligible": 60,
    "masses_cast": 50,
    "masses_satisfied": 50,
}


class Hands:
    """A committee's two people and the county's two."""

    def __init__(self, county):
        self.county = county
        open_the_year(county)
        self.town = county.unit("county", TOWN).id

    def on(self, month, day, year=YEAR):
        self.county.now = at(month, day, year)
        self.organiser = self.county.client("township", ORGANISER)
        self.secretary = self.county.client("township", SECRETARY)
        self.desk = self.county.client("county", "321323-zzk")
        self.leader = self.county.client("county", "321323-bz")
        return self

    def post(self, client, path, **data):
        answer = client.post(path, data=data)
        self.county.settle()
        return answer

    def file(self, **given):
        entered = {
            "id": str(uuid4()),
            "item": "theme_day",
            "day": "2026-03-05",
            "what": "机关党委主题党日",
            "witness": "会议记录",
        }
        return self.post(self.organiser, "/organisation/new", **{**entered, **given})

    def held(self, tier):
        from services.county.organisations.models import TABLES as COUNTY

        with within(getattr(self.county.tiers, tier)) as session:
            year = year_of(session, YEAR) if tier == "township" else None
            tables = TABLES if tier == "township" else COUNTY
            scheme = year.organisations if year else None
            return standings(session, tables, scheme, YEAR, [self.town])

    def page_of(self, path):
        return self.desk.get(path).get_data(as_text=True)

    def standing(self):
        page = self.leader.get("/classing").get_data(as_text=True)
        found = page.split('name="classing" value="')[1]
        return {"classing": found[:36], "version": found.split('name="version" value="')[1].split('"')[0]}


@pytest.fixture(scope="module")
def hands(county):
    return Hands(county).on(3, 6)


def test_a_committee_commits_and_the_county_reads_it(hands):
    early = hands.post(hands.organiser, "/organisation/promises", text="修通两条村道", due="2027-01-01")
    assert (early.status_code, "期限要在 2026 年内" in words(early)) == (409, True)
    done = hands.post(hands.organiser, "/organisation/promises", text="修通两条村道", due="2026-10-01")
    assert done.status_code == 303
    assert "修通两条村道" in words(hands.organiser.get("/organisation/promises"))
    assert "修通两条村道" in words(hands.desk.get(f"/classing/{hands.town}"))
    assert "修通两条村道" in words(hands.organiser.get("/organisation/new"))


def test_what_it_files_waits_for_the_county_and_never_for_itself(hands):
    assert hands.file().status_code == 303
    assert "机关党委主题党日" not in words(hands.secretary.get("/organisations"))
    [one] = hands.held("township")
    own = hands.post(hands.secretary, "/organisations/approve", selected=[f"{one.entry.id}:{one.version}"])
    assert own.status_code == 404
    assert "机关党委主题党日" in words(hands.desk.get("/organisations"))
    done = hands.post(hands.desk, "/organisations/approve", selected=[f"{one.entry.id}:0"])
    assert done.status_code == 303
    assert year_of_unit(hands.held("township")).total == 150
    assert "上级已通过" in words(hands.organiser.get("/organisation"))


def test_a_deduction_of_the_county_is_answered_by_the_committee(hands):
    entered = {"id": str(uuid4()), "item": "late_return", "day": "2026-03-03", "what": "二月统计表迟报两天"}
    assert hands.post(hands.desk, f"/organisations/{hands.town}/deduct", **entered).status_code == 303
    assert "上级拟扣分：应报材料迟报" in words(hands.organiser.get("/"))
    [one] = [one for one in hands.held("township") if one.entry.above]
    path = f"/organisation/{one.entry.id}/reply"
    assert hands.post(hands.organiser, path, reply="系统当天停用").status_code == 303
    assert "系统当天停用" in words(hands.desk.get("/organisations"))


def test_the_county_classes_committees_by_two_and_tells_them(hands):
    hands.on(12, 20)
    report = {"text": "一年工作", "teller": "甲（合成）", "other_teller": "乙（合成）", **VOTES}
    assert hands.post(hands.organiser, "/organisation/year-end/report", **report).status_code == 303
    hands.on(1, 20, NEXT)
    entries = [one for one in hands.held("county") if one.state == "waiting"]
    drop = [f"{one.entry.id}:{one.version}" for one in entries]
    assert hands.post(hands.desk, "/organisations/return", selected=drop, reason="不扣").status_code == 409
    for other, said in ((hands.county.unit("county", OTHER_TOWN).id, "当年新调整，不参评"),):
        assert hands.post(hands.desk, f"/classing/{other}/leave-out", reason=said).status_code == 303
    path = f"/classing/{hands.town}/check"
    page = hands.page_of(f"/classing/{hands.town}")
    version = page.split(f"{hands.town}:")[1].split('"')[0]
    given = {"selected": f"{hands.town}:{version}", "finding": "true", "opinion": "good", "problems": ""}
    assert hands.post(hands.desk, path, **given).status_code == 303
    waiting = hands.post(hands.desk, "/classing/propose")
    assert (waiting.status_code, "还有申报没有审定" in words(waiting)) == (409, True)
    boss = hands.post(hands.leader, "/organisations/return", selected=drop, reason="不扣")
    assert boss.status_code == 403


def test_with_a_second_organiser_nothing_is_left_open(hands, county):
    """Who entered the deduction does not decide it: another with the same post does."""
    from deploy.demo.people import actor
    from services.county.organisations.models import TABLES as COUNTY
    from services.county.organisations.room import member_year
    from shared.kit.units import unit_by_code
    from shared.organisations import deciding

    with within(county.tiers.county) as session:
        pool, year = unit_by_code(session, "321323"), member_year(session, YEAR)
        rows = standings(session, COUNTY, year.organisations, YEAR, [hands.town])
        seen = [deciding.Seen(one.entry.id, one.version) for one in rows if one.state == "waiting"]
        above = deciding.Above(pool, year, COUNTY)
        other = actor(session, pool, "county_leader")
        sent_back = deciding.give_back(session, above, other, seen, "已说明，不扣", at(1, 20, NEXT))
        assert sent_back == len(seen) == 1
    county.settle()
    assert "不予扣分" in words(hands.organiser.get("/organisation"))


def test_then_two_people_propose_and_confirm_and_after_publicity_it_is_approved(hands):
    assert hands.post(hands.desk, "/classing/propose").status_code == 303
    assert hands.post(hands.desk, "/classing/confirm", **hands.standing()).status_code == 403
    assert hands.post(hands.leader, "/classing/confirm", **hands.standing()).status_code == 303
    assert "定级公示" in words(hands.organiser.get("/organisation/year-end"))
    page = hands.leader.get("/classes/classings").get_data(as_text=True)
    one = page.split("/classes/classings/")
    ids = {part[:36] for part in one[1:] if len(part[:36].split("-")) == 5}
    assert len(ids) == 1
    [classing] = ids
    early = hands.post(hands.leader, "/classes/classings/approve", selected=[f"{classing}:1"])
    assert (early.status_code, "过后才能批准" in words(early)) == (409, True)
    hands.on(2, 5, NEXT)
    own = hands.post(hands.desk, "/classes/classings/approve", selected=[f"{classing}:1"])
    assert own.status_code == 403
    done = hands.post(hands.leader, "/classes/classings/approve", selected=[f"{classing}:1"])
    assert done.status_code == 303, words(done)
    with within(hands.county.tiers.county) as session:
        [kept] = session.scalars(select(ClassedUnit))
    with within(hands.county.tiers.township) as session:
        told = classed_unit(session, hands.town, YEAR)
    assert (kept.unit_id, told.grade, told.total) == (hands.town, kept.grade, kept.total)
    assert "定级结果" in words(hands.organiser.get("/organisation/year-end"))
    other = hands.county.client("township", f"{OTHER_TOWN}-zz")
    assert "定级结果" not in words(other.get("/organisation/year-end"))
