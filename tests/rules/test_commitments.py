"""Hollow commitments pointed out, task sheets, judging."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rulebooks import commitment_checks_default
from shared.rules.commitments import (
    ORIGINS,
    Draft,
    Drop,
    Fit,
    Problem,
    TaskItem,
    draft_from_problems,
    findings,
    fulfilment,
    gaps,
    hollow_share,
    is_hollow,
    judge,
    judged,
    parse_checks,
    sheet_fulfilment,
)
from shared.rules.document import DocumentError
from shared.rules.words import RuleError

CHECKS = parse_checks(commitment_checks_default())
GOOD = Draft(
    "每月到王家组走访困难家庭，记下诉求并在一周内回复",
    "王家组8户困难家庭",
    96,
    "户次",
    date(2026, 12, 20),
    2026,
)
ITEM = TaskItem("a", "own", "走访", 12, date(2026, 6, 30))


def make_draft(**changes: Any) -> Draft:
    return Draft(**(GOOD.__dict__ | changes))


def codes_of(draft: Draft, **context: Any) -> list[str]:
    return [one.code for one in findings(CHECKS, draft, **context)]


def test_a_commitment_with_deed_people_number_and_day_draws_no_remark() -> None:
    assert codes_of(GOOD) == []


SLOGANS = (
    "加强政治理论学习，提高思想觉悟，做一名合格党员",
    "认真学习党的二十大精神，不断提高自身政治素质",
    "积极参加支部组织的各项活动，发挥党员先锋模范作用",
    "带头遵守法律法规，做遵纪守法的模范",
    "踏实工作，认真完成领导交办的各项任务",
    "牢固树立宗旨意识，全心全意为群众服务",
    "团结邻里，弘扬正能量",
    "立足岗位作贡献，争当先进",
    "爱岗敬业，认真履职，为单位发展多作贡献",
    "加强党性锻炼，坚定理想信念，做到清正廉洁",
    "按时足额缴纳党费，积极参加组织生活",
    "做好群众工作，维护社会稳定",
    "带领群众致富奔小康",
)
DEEDS = (
    "走访慰问本组5户独居老人，每户每月一次",
    "组织果农开展2期修剪技术培训",
    "调解邻里纠纷10起并登记台账",
    "义务清扫村口至小学道路，每周一次",
    "为社区老人免费理发，每月最后一个周六",
    "帮扶1名困难学生，补课48次",
    "带头流转土地种植30亩猕猴桃并吸纳6人务工",
    "每月参加一次社区环境整治志愿服务",
    "办好一件实事：安装12盏路灯",
    "学习强国积分全年达到1万分",
    "坚持每天巡河一次，全年不少于300次",
)


@pytest.mark.parametrize("what", SLOGANS)
def test_a_member_who_writes_slogans_is_told_so_though_the_form_is_filled(what: str) -> None:
    assert codes_of(make_draft(what=what)) == ["slogan"]


@pytest.mark.parametrize("what", DEEDS)
def test_a_deed_that_can_be_seen_draws_no_remark(what: str) -> None:
    assert codes_of(make_draft(what=what)) == []


@pytest.mark.parametrize(
    "what",
    [
        "加强学习，发挥先锋模范作用",
        "努力做好本职工作",
        "进一步加强政治学习，不断提高自身素质。",
        "全心全意为人民服务！",
    ],
)
def test_a_slogan_is_called_one_and_gets_a_better_example(what: str) -> None:
    (found,) = findings(CHECKS, make_draft(what=what))
    assert (found.code, found.field, found.hollow) == ("slogan", "what", True)
    assert "口号" in found.reason
    assert found.example and found.example_en


def test_a_slogan_before_a_real_deed_is_let_pass() -> None:
    assert codes_of(make_draft(what="加强学习，每周二晚为夜校讲一课电商直播")) == []


def test_words_without_content_are_vague_rather_than_a_slogan() -> None:
    assert codes_of(make_draft(what="积极参与，大力推进，力争全面做好")) == ["vague"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"for_whom": " "}, "no_object"),
        ({"for_whom": "广大群众"}, "vague_object"),
        ({"count": None}, "no_count"),
        ({"count": 0}, "zero_count"),
        ({"unit": ""}, "no_unit"),
        ({"due": None}, "no_due"),
        ({"due": date(2027, 1, 1)}, "outside_period"),
        ({"within": (date(2026, 1, 1), date(2026, 3, 31))}, "outside_period"),
        ({"what": "修路灯"}, "too_short"),
        ({"what": "按时参加主题党日活动。"}, "only_duty"),
    ],
)
def test_each_gap_is_named(changes: dict[str, Any], code: str) -> None:
    assert codes_of(make_draft(**changes)) == [code]


def test_last_years_text_and_the_schemes_duties_are_recognised() -> None:
    again = GOOD.what.replace("，", "、") + "。"
    assert codes_of(make_draft(what=again), earlier=[GOOD.what]) == ["copied"]
    assert codes_of(
        make_draft(what="参加每季度的环境整治义务劳动"), duties=["参加每季度环境整治义务劳动"]
    ) == ["only_duty"]


def test_what_is_found_is_named_in_the_reason() -> None:
    (found,) = findings(CHECKS, make_draft(due=date(2025, 12, 31)))
    assert "2026-01-01 — 2026-12-31" in found.reason
    assert "{found}" not in found.reason + found.reason_en


@given(st.text(), st.text(), st.none() | st.integers(), st.text(max_size=5), st.none() | st.dates())
def test_any_text_gets_an_answer_and_never_an_error(
    what: str, whom: str, count: int | None, unit: str, due: date | None
) -> None:
    found = findings(CHECKS, Draft(what, whom, count, unit, due, 2026), [what], [what])
    assert all("{found}" not in one.reason.replace(what, "") for one in found)


def test_the_hollow_share_counts_commitments_not_findings() -> None:
    hollow = findings(CHECKS, make_draft(what="加强学习", count=None))
    mild = findings(CHECKS, make_draft(unit=""))
    assert is_hollow(hollow) and not is_hollow(mild)
    assert hollow_share([hollow, mild, ()]) == 33_33
    assert hollow_share([]) is None


@pytest.mark.parametrize("cut", ["source", "lists", "findings"])
def test_a_rulebook_with_something_missing_is_refused_with_its_path(cut: str) -> None:
    document = commitment_checks_default()
    del document[cut]
    with pytest.raises(DocumentError) as refused:
        parse_checks(document)
    assert refused.value.path == cut


def test_a_rulebook_must_advise_on_every_finding_and_repeat_no_phrase() -> None:
    document = commitment_checks_default()
    document["findings"].pop()
    with pytest.raises(DocumentError, match="outside_period"):
        parse_checks(document)
    document = commitment_checks_default()
    document["lists"]["slogans"]["phrases"].append("加强学习")
    with pytest.raises(DocumentError, match="not repeated"):
        parse_checks(document)


def test_a_changed_phrase_is_another_rulebook() -> None:
    document = deepcopy(commitment_checks_default())
    document["lists"]["slogans"]["phrases"].append("奋发有为")
    assert parse_checks(document).hash != CHECKS.hash


PROBLEMS = [
    Problem("p2", "走访少", "people"),
    Problem("p1", "学习不深", "self"),
    Problem("p3", "台账不全", "organisation"),
]


def test_every_problem_of_last_year_becomes_a_draft_with_its_origin() -> None:
    drafts = draft_from_problems(PROBLEMS, [], 2027)
    assert [(one.problem, one.origin, one.year) for one in drafts] == [
        ("p1", "own", 2027),
        ("p2", "people", 2027),
        ("p3", "organisation", 2027),
    ]


def test_a_problem_is_dropped_only_for_a_reason_that_was_accepted() -> None:
    assert len(draft_from_problems(PROBLEMS, [Drop("p1", "已于年内整改到位", True)], 2027)) == 2
    for drop in (Drop("p1", " ", True), Drop("p1", "已整改", False), Drop("p9", "已整改", True)):
        with pytest.raises(RuleError):
            draft_from_problems(PROBLEMS, [drop], 2027)


def test_a_problem_given_twice_is_refused() -> None:
    with pytest.raises(RuleError, match="twice"):
        draft_from_problems([PROBLEMS[0], PROBLEMS[0]], [], 2027)


def test_a_sheet_tells_which_origins_and_tests_are_missing() -> None:
    fit = Fit(True, True, True)
    sheet = [TaskItem(origin, origin, "事", 1, date(2026, 6, 30), fit) for origin in ORIGINS]
    assert gaps(sheet) == ()
    assert [gap.code for gap in gaps(sheet[:3])] == ["no_organisation"]
    open_item = TaskItem("x", "own", "事", 1, date(2026, 6, 30), Fit(True, False))
    assert [gap.code for gap in gaps([*sheet, open_item])] == ["unfit_strengths", "untested"]


def test_an_origin_nobody_knows_is_refused() -> None:
    with pytest.raises(RuleError):
        TaskItem("a", "rumour", "事", 1, date(2026, 6, 30))


@pytest.mark.parametrize(
    ("achieved", "verdict", "share"),
    [(0, "not", 0), (4, "partly", 33_33), (12, "done", 100_00), (15, "done", 100_00)],
)
def test_the_count_suggests_the_verdict(achieved: int, verdict: str, share: int) -> None:
    found = judge(ITEM, achieved, date(2026, 6, 30), date(2026, 12, 1))
    assert (found.verdict, found.fulfilment, found.late_days) == (verdict, share, 0)


def test_lateness_runs_to_the_day_finished_or_else_judged() -> None:
    assert judge(ITEM, 12, ITEM.due + timedelta(3), date(2026, 12, 1)).late_days == 3
    assert judge(ITEM, 2, None, ITEM.due + timedelta(10)).late_days == 10


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_short_of_the_target_is_never_the_whole(achieved: int, count: int) -> None:
    assert (fulfilment(achieved, count) == 100_00) == (achieved >= count)


def test_a_persons_verdict_must_match_its_share() -> None:
    uncounted = TaskItem("b", "own", "事", None, date(2026, 6, 30))
    with pytest.raises(RuleError):
        judge(uncounted, 1, None, date(2026, 7, 1))
    assert judged(uncounted, "partly", 50_00, None, date(2026, 6, 30)).fulfilment == 50_00
    for verdict, share in (("done", 99_99), ("not", 1), ("partly", 0), ("partly", 100_00), ("maybe", 5)):
        with pytest.raises(RuleError):
            judged(uncounted, verdict, share, None, date(2026, 7, 1))


def test_a_sheets_fulfilment_is_the_mean_of_its_items() -> None:
    on = date(2026, 6, 30)
    assert sheet_fulfilment([judge(ITEM, achieved, on, on) for achieved in (12, 6, 0)]) == 50_00
    assert sheet_fulfilment([]) is None
