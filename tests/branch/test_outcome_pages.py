"""Outcomes as each finds them: what waits for whom, notices, and what the county marks about members."""

import re

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import select, update

from deploy.demo.tiers import within
from services.branch.commitments.models import Problem
from services.branch.roster.models import Member
from services.county.outcomes.models import MemberMark
from shared.kit.ids import new_id
from tests.branch.appraisal_hands import page
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import YEAR, at
from tests.township.conftest import ORGANISER


def test_before_the_county_opens_a_year_there_is_nothing(county):
    assert "还没有开启积分年度" in page(county.client("township", ORGANISER).get("/outcomes"))


@pytest.fixture(scope="module")
def year(county):
    made = Decided.at_outcomes(county)
    made.secretary.post("/outcomes/draw-up")
    county.settle()
    made.at_county("zzk").post("/outcomes/draw-up")
    made.let_speak(made.secretary, made.case(code="alert_notice"))
    made.word(made.secretary, "decided", made.case(code="alert_notice"), verdict="applied")
    return made


def test_nobody_sees_what_is_proposed_about_him_before_he_is_heard_or_it_is_decided(year):
    talk, alert = year.case(code="help_talk"), year.case(code="alert_notice")
    member = year.mine[4]
    assert member.get(f"/outcomes/{talk.id}").status_code == 404
    assert str(talk.id) not in page(member.get("/outcomes?state=all"))
    assert str(alert.id) in page(member.get("/outcomes?state=all")), "on this he was heard"
    assert str(talk.id) not in page(member.get(f"/outcomes/{alert.id}")), "nor beside another"
    assert str(talk.id) in page(year.secretary.get(f"/outcomes/{alert.id}"))
    assert talk.code not in page(member.get("/my/why.json?year=2026"))
    assert alert.code in page(member.get("/my/why.json?year=2026"))
    assert talk.code in page(year.secretary.get(f"/appraisal/members/{talk.member_id}/why.json?year=2026"))
    assert "其他结果" not in page(member.get("/outcomes/tolerance")), "what is proposed is not told apart"


def test_nor_does_an_officer_see_what_is_proposed_about_himself(year):
    own = year.case(code="material_reward", member_id=year.people[0])
    assert year.committee.get(f"/outcomes/{own.id}").status_code == 404
    assert str(own.id) not in page(year.committee.get("/outcomes?state=all"))
    assert str(own.id) in page(year.secretary.get("/outcomes?state=all"))
    refused = year.many(year.committee, "apply", [own])
    assert refused.status_code == 303
    assert "不能决定自己的事" in page(year.committee.get("/outcomes"))
    assert year.case(id=own.id).state == "open"


def test_the_desk_says_what_waits_for_whom_and_nobody_confirms_what_he_decided(year):
    waiting = len(year.cases(tier="branch", state="open"))
    assert f"{waiting} 项结果运用等您决定" in page(year.secretary.get("/"))
    assert "结果运用等您确认" not in page(year.secretary.get("/"))
    assert "1 项结果运用等您确认" in page(year.committee.get("/"))
    assert "等我确认 1" in page(year.committee.get("/outcomes"))
    assert "等您签收" not in page(year.mine[4].get("/my"))
    year.word(year.committee, "confirmed", year.case(code="alert_notice"))
    assert "1 项对您的决定等您签收" in page(year.mine[4].get("/my"))
    assert "去签收" in page(year.mine[4].get("/outcomes"))


@pytest.mark.parametrize("odd", ["endpoint=x", "_external=1", "_anchor=x", "self=1"])
def test_a_list_with_something_to_do_is_not_misled_by_what_its_address_carries(year, odd):
    asked = f"year={YEAR}&state=decide&name=%E5%85%9A&{odd}"
    shown = page(year.secretary.get(f"/outcomes?{asked}"))
    assert f"/outcomes/many?year={YEAR}&amp;name=%E5%85%9A&amp;state=decide" in shown
    assert f"/outcomes/export.xlsx?name=%E5%85%9A&amp;year={YEAR}&amp;state=decide" in shown
    picked = [f"{one.id}:{one.version}" for one in year.cases(tier="branch", state="open")][:1]
    answer = year.secretary.post(f"/outcomes/many?{asked}", data={"act": "drop", "selected": picked})
    assert answer.status_code == 200
    assert f'"/outcomes?year={YEAR}&amp;state=decide&amp;name=%E5%85%9A"' in page(answer)


def test_the_countys_desk_says_it_by_post(year):
    organiser, leader = year.at_county("zzk"), year.at_county("bz")
    waiting = year.cases("county", tier="county", state="open")
    assert f"{len(waiting)} 项结果运用等您决定" in page(organiser.get("/"))
    assert "结果运用等您" not in page(leader.get("/"))
    year.many(organiser, "drop", waiting[:1], reason="本人放弃")
    assert "1 项结果运用等您确认" in page(leader.get("/"))
    assert "结果运用等您确认" not in page(organiser.get("/"))
    assert "申诉等您" not in page(year.at_county("fc").get("/"))


def test_a_decision_in_force_is_printed_as_a_notice_alone_or_with_the_others(year):
    alert, reward = year.case(code="alert_notice"), year.cases(code="material_reward")[0]
    for client in (year.secretary, year.mine[4], year.county.client("township", ORGANISER)):
        printed = client.get(f"/outcomes/{alert.id}/notice.pdf")
        assert (printed.status_code, printed.data[:5]) == (200, b"%PDF-")
    assert "打印通知书" in page(year.secretary.get(f"/outcomes/{alert.id}"))
    assert year.secretary.get(f"/outcomes/{reward.id}/notice.pdf").status_code == 404, "not decided"
    assert year.mine[3].get(f"/outcomes/{alert.id}/notice.pdf").status_code == 404
    assert "打印这里的 1 份通知书" in page(year.secretary.get("/outcomes?state=in_force"))


def test_a_name_that_no_font_has_is_said_on_the_page(year):
    alert, rename = year.case(code="alert_notice"), update(Member).where(Member.id == year.people[4])
    with within(year.county.tiers.branch) as session:
        session.execute(rename.values(name="王\U0010fffd"))
    refused = year.secretary.get(f"/outcomes/{alert.id}/notice.pdf")
    assert (refused.status_code, "有打印不出的字" in page(refused), "U+10FFFD" in page(refused)) == (
        422,
        True,
        True,
    )
    assert "有打印不出的字" in page(year.secretary.post("/outcomes/notices?state=in_force"))
    with within(year.county.tiers.branch) as session:
        session.execute(rename.values(name="党员5（合成）"))


def test_the_county_marks_what_no_roster_says_with_its_reason(year):
    organiser, address = year.at_county("zzk"), f"/outcomes/members/{year.people[2]}"
    assert year.at_county("bz").get(address).status_code == 403
    nobody = year.case("county", code="alert_notice").id
    assert organiser.get(f"/outcomes/members/{nobody}").status_code == 404
    nothing = organiser.post(address, data={"mark": "candidate", "reason": " "})
    assert (nothing.status_code, "请写明依据" in page(nothing)) == (409, True)
    form = {"mark": "candidate", "reason": "县委组织部任前公示，2027 年 1 月"}
    assert organiser.post(address, data=form).status_code == 303
    again = organiser.post(address, data=form)
    assert (again.status_code, "已经登记过了" in page(again)) == (409, True)
    case = year.cases("county", member_id=year.people[2])[0]
    assert address in page(organiser.get(f"/outcomes/{case.id}"))
    assert address in page(organiser.get(f"/overview/members/{year.people[2]}"))
    assert address not in page(year.at_county("bz").get(f"/outcomes/{case.id}"))
    with within(year.county.tiers.county) as session:
        held = session.scalars(select(MemberMark)).one()
    assert organiser.post(f"{address}/marks/{held.id}/end").status_code == 303
    assert "已结束" in page(organiser.get(address))
    assert organiser.post(f"{address}/marks/{held.id}/end").status_code == 303, "twice changes nothing"
    with within(year.county.tiers.county) as session:
        assert session.scalars(select(MemberMark)).one().ended_by == held.by


def test_a_member_is_offered_first_what_he_was_heard_on(year):
    open_ones = year.cases("county", tier="county", state="open")
    barred = next(one for one in open_ones if one.code.startswith("honours_barred"))
    assert year.word(year.at_county("zzk"), "heard", barred, text="本人说明了情况").status_code == 303
    offered = page(year.mine[year.people.index(barred.member_id)].get("/outcomes/tolerance"))
    assert offered.index(f'value="{barred.code}"') < offered.index("其他结果")
    assert "免职" not in offered, "who holds no post loses none"


def test_what_is_to_be_looked_at_again_is_on_a_desk_the_day_its_time_is_over(year):
    """A correction notice confirmed on the 25th of January is looked at after ninety days."""
    notice = year.case(code="correction_notice", member_id=year.people[5])
    year.let_speak(year.secretary, notice)
    year.word(year.secretary, "decided", year.case(id=notice.id), verdict="applied")
    assert year.word(year.committee, "confirmed", year.case(id=notice.id)).status_code == 303
    for moment, said in ((at(4, 24, 2027), False), (at(4, 25, 2027), True)):
        year.on(moment)
        desk, listed = page(year.secretary.get("/")), page(year.secretary.get("/outcomes?year=2026"))
        assert ("1 项结果运用期满，等您评估" in desk) is said, moment
        assert ("等我评估 1" in listed) is said, moment
    href = re.search(r'href="(/outcomes\?state=follow_up[^"]*)"', desk).group(1)
    assert str(notice.id) in page(year.secretary.get(href.replace("&amp;", "&")))
    looked = year.word(
        year.secretary, "followed_up", year.case(id=notice.id), verdict="improved", text="已补足组织生活"
    )
    assert looked.status_code == 303
    assert "等您评估" not in page(year.secretary.get("/"))


def test_a_correction_notice_names_what_the_appraisal_found_and_the_branch_did_not_let_drop(year):
    case = year.case(code="correction_notice", member_id=year.people[5])
    found = {"member_id": case.member_id, "unit_id": case.unit_id, "year": 2026, "found_by": "organisation"}
    with within(year.county.tiers.branch) as session:
        for text, dropped in (("三次缺席组织生活", ""), ("一项没有这回事", "李委员")):
            session.add(
                Problem(
                    id=new_id(), text=text, by="王书记", at=at(1, 5, 2027), drop_accepted_by=dropped, **found
                )
            )
    printed = PdfDocument(year.secretary.get(f"/outcomes/{case.id}/notice.pdf").data)
    said = "".join(one.get_textpage().get_text_range() for one in printed)
    assert "二、存在的问题" in said
    assert "三次缺席组织生活" in said
    assert "没有这回事" not in said
    assert "请对照上述问题和理由" in said.replace("\r\n", "")


def test_the_overview_says_how_many_consequences_nobody_has_acted_on(year):
    """At the county and at the township, which holds copies of the cases."""
    for tier, client in (
        ("county", year.at_county("zzk")),
        ("township", year.county.client("township", ORGANISER)),
    ):
        cases = [one for one in year.cases(tier, sort="outcome") if one.state != "withdrawn"]
        waiting = sum(one.state == "open" for one in cases)
        assert 0 < waiting < len(cases)
        assert f"规则提出 {len(cases)} 项，还有 {waiting} 项没人办" in page(client.get("/overview?year=2026"))
