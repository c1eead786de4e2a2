"""The year-end appraisal at the branch: in order, every refusal named, nobody decides their own."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.appraisal.grading import run_lines, work_out
from services.branch.appraisal.models import (
    GradeLine,
    GradeObjection,
    GradingRun,
    MemberWord,
    SelfReport,
)
from services.branch.appraisal.steps import close_step, skip_step
from services.branch.ballots.boxes import Teller, open_box
from services.branch.ballots.casting import cast_member
from services.branch.ballots.counting import count
from services.branch.commitments.models import Problem
from services.branch.roster.actions import NewMember, add_members
from shared.kit.units import unit_by_code
from tests.branch.appraisal_hands import FIRST, SECOND, Appraised, come_to, page
from tests.branch.points_hands import VILLAGE, Branch, at


@pytest.fixture(scope="module")
def year(county):
    return Appraised.after_twelve_months(county)


def rows(year, query):
    with within(year.county.tiers.branch) as session:
        return session.scalars(query).all()


def refused(answer, words, status=409):
    assert answer is not None, "it was not refused"
    assert answer.status_code == status
    assert words in page(answer)


def test_steps_close_in_order_and_a_refusal_names_who_is_missing(year):
    refused(year.close("opinion"), "请先办结“十二月积分月报”")
    assert year.close("december_statement") is None
    refused(year.close("self_report"), "尚未提交述职报告：党员1（合成）、党员2（合成）、党员3（合成）等 6 人")
    refused(year.close("december_statement"), "已经办结")
    assert year.secretary.post("/appraisal/steps/nothing/close").status_code == 404
    refused(year.say("opinion", year.secretary, "excellent", year.people), "现在办的是“述职”")


def test_a_member_reports_on_the_phone_or_the_branch_writes_it_down(year):
    for one in year.mine[1:]:
        assert (
            one.post("/appraisal/own/report", data={"text": "全年走访 24 户，河道清理 12 次"}).status_code
            == 303
        )
    assert year.mine[1].post("/appraisal/own/report", data={"text": ""}).status_code == 422
    proxy = f"/appraisal/members/{year.people[0]}/report"
    assert year.secretary.post(proxy, data={"text": "本人口述，支部代记"}).status_code == 303
    reports = rows(year, select(SelfReport))
    assert [one.proxy for one in reports if one.member_id == year.people[0]] == [True]
    own = {"problem": "走访不够经常", "found_by": "self"}
    for _twice in range(2):
        assert year.mine[1].post("/appraisal/own/problems", data=own).status_code == 303
    told = {"problem": "会议请假多", "found_by": "people"}
    assert year.secretary.post(f"/appraisal/members/{year.people[1]}/problems", data=told).status_code == 303
    for_another = year.secretary.post(f"/appraisal/members/{year.people[1]}/problems", data=own)
    refused(for_another, "自己查摆的问题由本人填")
    assert len(rows(year, select(Problem))) == 2
    assert "走访不够经常" in page(year.mine[1].get("/appraisal/own"))
    assert "走访不够经常" not in page(year.mine[2].get("/appraisal/own"))
    assert year.mine[2].get("/appraisal").status_code == 403
    assert year.close("self_report") is None
    refused(year.mine[1].post("/appraisal/own/report", data={"text": "改一改"}), "现在办的是“组织核查”")


def test_the_check_is_said_of_others_only_and_with_a_reason(year):
    refused(year.say("check", year.committee, "true", year.people[:1]), "不能评自己")
    refused(year.say("check", year.secretary, "true", year.people[:1], " "), "请写一句理由")
    assert year.say("check", year.secretary, "splendid", year.people[:1]).status_code == 404
    assert year.say("check", year.committee, "true", year.people[1:]).status_code == 303
    refused(year.close("organisation_check"), "述职尚未核查：党员1（合成）")
    year.say("check", year.secretary, "mostly_true", year.people[:1])
    assert year.close("organisation_check") is None


def test_ballots_are_counted_before_they_close_and_the_masses_are_skipped_with_a_reason_only(year):
    refused(year.close("members_ballot"), "尚未计票")
    year.ballot("members", "excellent")
    assert year.close("members_ballot") is None
    assert year.secretary.post("/appraisal/steps/opinion/skip", data={"reason": "省事"}).status_code == 409
    assert year.secretary.post("/appraisal/steps/mass_review/skip", data={"reason": ""}).status_code == 422
    year.ballot("masses", "satisfied", 10)
    reason = {"reason": "外出务工多，无法组织"}
    refused(year.secretary.post("/appraisal/steps/mass_review/skip", data=reason), "已经计票，不能省略")
    assert year.close("mass_review") is None


def test_points_and_grades_wait_for_opinions_and_for_the_meeting(year):
    year.say("opinion", year.secretary, "excellent", year.people, "全年表现突出")
    assert year.close("opinion") is None
    refused(year.close("appraisal_points"), "尚未核算")
    assert year.secretary.post("/appraisal/grades/work-out").status_code == 303
    refused(year.close("appraisal_points"), "同分待会议决定")
    tied = [str(one) for one in rows(year, select(GradingRun))[0].undecided[0]["members"]]
    # One of six brings 19.20 appraisal points (the check said mostly true); the five others are equal.
    assert len(tied) == 5
    short = {"members": tied[:2], "reason": "会议票决"}
    refused(year.secretary.post("/appraisal/grades/tie", data=short), "一个不多、一个不少")
    right = {"members": tied, "reason": "会议票决，按得票多少排列"}
    assert year.secretary.post("/appraisal/grades/tie", data=right).status_code == 303
    [first, second] = sorted(rows(year, select(GradingRun)), key=lambda one: one.number)
    assert (len(first.undecided), second.undecided, second.seats) == (1, [], 2)
    assert first.digest != second.digest
    lines = {str(one.member_id): one for one in rows(year, select(GradeLine)) if one.run_id == second.id}
    grades = [lines[one].grade for one in tied]
    assert grades == ["excellent", "excellent", "qualified", "qualified", "qualified"]
    assert lines[str(year.people[0])].appraisal == 19_20
    assert lines[tied[0]].total == 180_00 + 1_00 + 20_00
    assert year.close("appraisal_points") is None


def test_publicity_shows_the_least_and_objections_are_answered_by_somebody_else(year):
    assert "公示：积分和格次" not in page(year.mine[3].get("/appraisal/own"))
    refused(year.mine[3].post("/appraisal/own/object", data={"reason": "漏记一次"}), "不在公示期")
    refused(year.close("publicity"), "尚未公示")
    assert year.secretary.post("/appraisal/grades/publish").status_code == 303
    shown = page(year.mine[3].get("/appraisal/own"))
    assert "公示：积分和格次" in shown
    assert "组织核查：基本属实" not in shown, "another's reasons are not shown"
    for _ in range(2):
        year.mine[0].post("/appraisal/own/object", data={"reason": "三月少记一次走访"})
    [objection] = rows(year, select(GradeObjection))
    refused(
        year.committee.post(f"/appraisal/objections/{objection.id}/answer", data={"reason": "不成立"}),
        "要由别人答复",
    )
    refused(year.close("publicity"), "异议尚未答复")
    said = {"reason": "已核对台账，三月走访已计满"}
    assert year.secretary.post(f"/appraisal/objections/{objection.id}/answer", data=said).status_code == 303
    assert "三月走访已计满" in page(year.mine[0].get("/appraisal/own"))
    refused(year.close("publicity"), "公示期到 2027-01-18 为止")
    year.on(at(1, 19, 2027))
    assert year.close("publicity") is None
    refused(year.mine[4].post("/appraisal/own/object", data={"reason": "漏记一次"}), "不在公示期")
    over = page(year.mine[3].get("/appraisal/own?year=2026"))
    assert "公示：积分和格次" not in over, "what was shown to all ends with its last day"
    assert "党员5（合成）" not in over
    assert "公示已于 2027-01-18 期满" in over
    assert "合格" in over, "one's own stays"


def test_a_branch_sees_no_other_branchs_appraisal(year):
    other = year.county.client("branch", "321323001202")
    assert other.get(f"/appraisal/members/{year.people[0]}").status_code == 404
    with within(year.county.tiers.branch) as session:
        assert unit_by_code(session, VILLAGE).id


def test_without_a_mass_review_its_weight_falls_to_the_others_and_not_everybody_is_ranked(year):
    """Another branch, by its actions: one member exempt, one probationary."""
    branch = Branch(year.county, "321323001202")
    made = [
        NewMember(f"{n:04}", f"党员{n}（合成）", "rural", date(2020, 1, 1), **more)
        for n, more in enumerate(({}, {}, {}, {"exempt": True}, {"status": "probationary"}), start=1)
    ]
    people = branch.work(lambda s, who, unit, _y: add_members(s, who, unit, made, at(1, 2)))
    come_to(branch, "members_ballot")
    tellers = [Teller(people[0], FIRST), Teller(people[1], SECOND)]
    now, reason = at(1, 12, 2027), "外出务工多，年底前无法组织"
    box = branch.work(lambda s, who, unit, y: open_box(s, who, unit, y, "members", tellers, now))
    choices = {str(one): "qualified" for one in people}
    for one in people[:4]:
        branch.work(
            lambda s, who, unit, y, one=one: cast_member(s, y.appraisal, unit.id, box.id, one, choices)
        )
    branch.work(lambda s, who, unit, y: count(s, who, y.appraisal, unit, box.id, [FIRST, SECOND], now))
    branch.work(lambda s, who, unit, y: close_step(s, who, unit, y, "members_ballot", now))
    branch.work(lambda s, who, unit, y: skip_step(s, who, unit, y, "mass_review", reason, now))
    for kind, code in (("check", "true"), ("opinion", "qualified")):
        branch.work(lambda s, who, unit, y, kind=kind, code=code: _write(s, unit, people, kind, code))
    come_to(branch, "appraisal_points")
    run = branch.work(lambda s, who, unit, y: work_out(s, who, unit, y, now))
    with within(year.county.tiers.branch) as session:
        lines = {line.member_id: line for line, _member in run_lines(session, run)}
    assert (run.graded, run.skip_reason) == (4, reason)
    assert (lines[people[4]].grade, lines[people[4]].rank) == (None, None)
    assert lines[people[3]].rank is None
    assert [lines[one].rank for one in people[:3]] == [1, 1, 1]
    # Members' ballot 80 at weight 40, check 100 at weight 20: 86.67 of 100, of 20 points.
    assert lines[people[0]].appraisal == 17_33
    assert any(reason in text for text, _english, _clause in lines[people[0]].lines)
    exempt, other = lines[people[3]].given, lines[people[0]].given
    assert exempt[6] < other[6] == 100_00, "what is asked of an exempt member is scaled"


def _write(session, unit, people, kind, code):
    for one in people:
        given = {"code": code, "reason": "情况属实", "by": "支部", "by_id": uuid4(), "at": at(1, 12, 2027)}
        session.add(MemberWord(unit_id=unit.id, year=2026, member_id=one, kind=kind, **given))
