"""Who is to be heard on what weighs on him is told so, writes himself, and reads what was written for him."""

import re

import pytest

from tests.branch.appraisal_hands import page, signed_in
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import at


@pytest.fixture(scope="module")
def year(county):
    made = Decided.at_outcomes(county)
    made.on(at(1, 25, 2027))
    made.secretary.post("/outcomes/draw-up")
    county.settle()
    made.at_county("zzk").post("/outcomes/draw-up")
    county.settle()
    return made


def one(year):
    return year.case(code="alert_notice")


def tries(year, client, words):
    """A decision that is refused, and why."""
    refused = year.word(client, "decided", one(year), verdict="applied")
    assert (refused.status_code, words in page(refused)) == (409, True), page(refused)


def test_the_member_is_told_that_he_is_to_be_heard_and_writes_himself(year):
    member, case = year.mine[4], one(year)
    assert member.get(f"/outcomes/{case.id}").status_code == 404, "of a mere proposal he knows nothing"
    assert year.word(member, "stated", case, text="我不同意").status_code == 404
    assert "通知本人陈述意见" in page(year.secretary.get(f"/outcomes/{case.id}"))
    assert year.word(year.secretary, "called", case).status_code == 303
    assert "1 项拟办的事项要听取您的意见" in page(member.get("/my"))
    assert "去陈述意见" in page(member.get("/outcomes"))
    assert "我要陈述意见" in page(member.get(f"/outcomes/{case.id}"))
    tries(year, year.secretary, "请先听取本人意见")
    assert year.word(year.mine[3], "stated", one(year), text="冒名").status_code == 404
    for officer in (year.secretary, year.committee):
        assert year.word(officer, "stated", one(year), text="冒名").status_code in (404, 409)


def test_what_is_recorded_for_him_is_marked_and_the_recorder_does_not_decide(year):
    recorded = year.word(year.committee, "heard", one(year), text="本人承认，愿意改正")
    assert recorded.status_code == 303, page(recorded)
    shown = page(year.mine[4].get(f"/outcomes/{one(year).id}"))
    assert "听取本人意见（代录）" in shown and "本人承认，愿意改正" in shown
    assert "由他人代录；本人可以在 2027-01-28 前更正" in shown
    tries(year, year.committee, "代录本人意见和作出决定要由两个人分别办理")
    again = signed_in(year.county, year.people[0], "committee-twice", "branch_committee")
    tries(year, again, "代录本人意见和作出决定要由两个人分别办理")


def test_until_the_clock_is_over_the_decision_waits_for_him(year):
    tries(year, year.secretary, "本人可以在 2027-01-28 前更正")
    asked = page(year.secretary.get(f"/outcomes/{one(year).id}"))
    assert "本人可以在 2027-01-28 前更正" in asked


def test_he_contradicts_what_was_recorded_and_then_it_may_be_decided(year):
    said = "我没有承认，去年住院三个月，已经请假"
    assert year.word(year.mine[4], "stated", one(year), text=said).status_code == 303
    shown = page(year.secretary.get(f"/outcomes/{one(year).id}"))
    assert said in shown and "本人陈述意见" in shown
    assert "要听取您的意见" not in page(year.mine[4].get("/my"))
    # What is recorded after his own words holds the decision back again.
    assert year.word(year.committee, "heard", one(year), text="本人同意").status_code == 303
    tries(year, year.secretary, "本人可以在 2027-01-28 前更正")
    assert year.word(year.mine[4], "stated", one(year), text="我没有同意").status_code == 303
    assert year.word(year.secretary, "decided", one(year), verdict="applied").status_code == 303
    late = year.word(year.mine[4], "stated", one(year), text="再说一遍")
    assert late.status_code in (404, 409)
    # Whoever recorded it may confirm: that is no decision of his own.
    assert year.word(year.committee, "confirmed", one(year)).status_code == 303
    assert [case.state for case in year.cases("county", code="alert_notice")] == ["in_force"]


def test_what_the_county_decides_is_heard_in_the_same_way(year):
    open_ones = year.cases("county", tier="county", state="open")
    barred = next(case for case in open_ones if case.code.startswith("honours_barred"))
    organiser, leader = year.at_county("zzk"), year.at_county("bz")
    assert year.word(organiser, "called", barred).status_code == 303
    mine = year.mine[year.people.index(barred.member_id)]
    assert "要听取您的意见" in page(mine.get("/my"))
    said = year.word(mine, "stated", year.case(id=barred.id), text="我要说明情况")
    assert said.status_code == 303, page(said)
    recorded = year.word(leader, "heard", year.case("county", id=barred.id), text="电话里也说了")
    assert recorded.status_code == 303, page(recorded)
    assert "我要说明情况" in page(organiser.get(f"/outcomes/{barred.id}"))


def test_who_decided_does_not_confirm_through_another_account_of_the_same_card(year):
    talk = year.case(code="help_talk")
    assert year.word(year.committee, "decided", talk, verdict="applied").status_code == 303
    double = signed_in(year.county, year.people[0], "committee-again", "branch_committee")
    talk = year.case(code="help_talk")
    refused = year.word(double, "confirmed", talk)
    assert (refused.status_code, "决定和确认要由两个人分别办理" in page(refused)) == (409, True)
    assert not re.search(f"/outcomes/{talk.id}/confirmed", page(double.get(f"/outcomes/{talk.id}")))
    assert year.word(year.other, "confirmed", talk).status_code == 303
