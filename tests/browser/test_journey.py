"""One contest year by hand: three portals in a real Chromium, from filing to the published tier.

How the portals are served and handled: portals.py. County and township sit at 1366 px, the branch at a phone.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.demo.people import ROLES, actor
from deploy.demo.tiers import within
from services.branch.returns.actions import file_return, save_draft
from shared.rulebooks import contest_default_bytes
from shared.sync.contests import current_contest
from tests.branch.hands import FIGURES
from tests.browser.portals import HAN, Hands, go, link, live, press, refused, told, unknown
from tests.county import County

PHONE = 390
PATIENCE = 20_000  # milliseconds: a machine may be busy with other tests
BEGIN = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
NAMES = {one["code"]: one["name"] for one in json.loads(contest_default_bytes())["indicators"]}
TITLE = "2026 年村级组织分档竞赛（演练）"
NOTE = "演练：数值都是编的"
# 甲201村 is followed through the year; 甲202村 and 乙202村 are equal at the top, where tier 1 has one place.
OURS, OURS_CODE = "甲201村", "321323001201"
INCOME = {
    "321323001202": "75",
    "321323001203": "40",
    "321323002201": "30",
    "321323002202": "75",
    "321323002203": "20",
}
SENT_BACK = "志愿服务场次与台账不符，请核对后重报。"
CORRECTED = "按“三资”账核定。"
DECIDED = "党建一项连续两年在前，经集体研究列一档。"
OBJECTION = "集体收入应为 50 万元，请再核对。"
ANSWER = "与“三资”账一致，维持。"
PEOPLE = [title for roles in ROLES.values() for _suffix, title in roles.values()]
# What people wrote or are called, which no translation touches.
WRITTEN = (TITLE, NOTE, SENT_BACK, CORRECTED, DECIDED, OBJECTION, ANSWER, *PEOPLE, "演示县", "甲镇", "乙街道")
DATA = re.compile("|".join(map(re.escape, WRITTEN)) + "|[甲乙]20[123]村")


@pytest.fixture(scope="module")
def addresses(county: County) -> Iterator[dict[str, str]]:
    with live(county) as found:
        yield found


@pytest.fixture
def hands(county: County, addresses: dict[str, str], open_page, look) -> Iterator[Hands]:
    county.now = BEGIN
    expect.set_options(timeout=PATIENCE)
    yield Hands(county, addresses, open_page, lambda page, name: look(page, f"journey-{name}"))
    expect.set_options(timeout=5_000)


def organiser(hands: Hands) -> Page:
    return hands.sign_in("county", "321323-zzk")


def secretary(hands: Hands) -> Page:
    """The secretary of our village, at a phone."""
    return hands.sign_in("branch", OURS_CODE, PHONE)


def at_the_contest(hands: Hands) -> Page:
    """The county organiser at the contest's own page."""
    page = organiser(hands)
    go(page, "分档竞赛")
    page.get_by_role("link", name=TITLE).first.click()
    return page


def figure(page: Page, code: str) -> Locator:
    return page.get_by_label(NAMES[code], exact=True)


def test_a_year_from_filing_to_the_published_tier(hands: Hands) -> None:
    the_county_adds_the_rulebook_and_opens_a_contest(hands)
    the_branch_fills_checks_and_files_its_return(hands)
    the_other_villages_file(hands)
    the_county_ends_collecting(hands)
    the_township_sends_a_return_back(hands)
    the_branch_reads_the_reason_and_files_again(hands)
    the_township_corrects_one_figure_and_verifies_the_rest_in_bulk(hands)
    the_secretary_approves_in_bulk(hands, "321323001")
    the_other_township_verifies_and_approves(hands)
    the_county_computes_and_decides_the_tie(hands)
    the_branch_objects(hands)
    the_county_answers_and_may_not_lock_yet(hands)
    the_county_locks_and_another_publishes(hands)
    pages = branch_and_township_read_the_same_tier_and_why(hands)
    result_pages_switched_to_english_are_english(hands, *pages)
    a_foreign_village_is_answered_like_an_absent_one(hands)


def the_county_adds_the_rulebook_and_opens_a_contest(hands: Hands) -> None:
    page = organiser(hands)
    hands.look(page, "county-desk-first")
    go(page, "规则")
    page.get_by_role("link", name="加一版").click()
    page.get_by_label("或者把 JSON 贴在这里").fill(contest_default_bytes().decode())
    press(page, "检查并保存")
    told(page, "规则已保存")
    go(page, "分档竞赛")
    page.get_by_role("link", name="建立新的竞赛").click()
    page.get_by_label("名称").fill(TITLE)
    page.get_by_label("村里申报截止日").fill("2026-10-16")
    page.get_by_label("乡镇核实截止日").fill("2026-10-30")
    page.get_by_label("数据说明（可不填）").fill(NOTE)
    press(page, "建立")
    told(page, "竞赛已建立，还没有发出")
    press(page, "开始收集")
    told(page, "已开始收集")
    expect(page.get_by_role("region", name="数据说明")).to_have_text(NOTE)
    hands.county.settle()


def the_branch_fills_checks_and_files_its_return(hands: Hands) -> None:
    hands.county.later(days=14)
    page = secretary(hands)
    told(page, "填 2026 年村级申报表")
    hands.look(page, "branch-desk")
    page.get_by_role("link", name="去填").click()
    figure(page, "collective_income").fill("50")
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    page.reload()
    expect(figure(page, "collective_income")).to_have_value("50")
    figure(page, "income_growth").fill("七成")
    expect(page.locator(".field", has=figure(page, "income_growth"))).to_contain_text("“七成”不是数字")
    hands.look(page, "branch-return")
    for code, text in {**FIGURES, "collective_income": "50", "volunteer_events": "39"}.items():
        figure(page, code).fill(text)
    told(page, "已填 12／12 项")
    press(page, "检查并提交")
    press(page, "提交给镇里")
    expect(page.locator(".ref")).to_contain_text(re.compile(r"^SB2026-\w{4}-\w{4}$"))


def the_other_villages_file(hands: Hands) -> None:
    with within(hands.county.tiers.branch) as session:
        contest = current_contest(session)
        assert contest is not None
        for code, income in INCOME.items():
            village = hands.county.unit("branch", code)
            who = actor(session, village, "branch_secretary")
            values = {**FIGURES, "collective_income": income}
            draft = save_draft(session, who, village, contest, values, "", hands.county.now)
            file_return(session, who, draft, contest, hands.county.now)
    hands.county.settle()


def the_county_ends_collecting(hands: Hands) -> None:
    hands.county.later(days=7)
    page = at_the_contest(hands)
    press(page, "结束收集，进入核实")
    told(page, "竞赛已进入“核实”")
    hands.county.settle()


def the_township_sends_a_return_back(hands: Hands) -> None:
    page = hands.sign_in("township", "321323001-zz")
    go(page, "申报核实")
    hands.look(page, "township-returns")
    link(page, "核实", OURS).click()
    page.get_by_label("退回的理由").fill(SENT_BACK)
    press(page, "退回村里")
    told(page, f"已退回{OURS}")
    hands.county.settle()


def the_branch_reads_the_reason_and_files_again(hands: Hands) -> None:
    page = secretary(hands)
    told(page, SENT_BACK)
    page.get_by_role("link", name="去改").click()
    told(page, SENT_BACK)
    figure(page, "volunteer_events").fill("37")
    press(page, "检查并提交")
    press(page, "提交给镇里")
    told(page, "受理编号")
    hands.county.settle()


def the_township_corrects_one_figure_and_verifies_the_rest_in_bulk(hands: Hands) -> None:
    page = hands.sign_in("township", "321323001-zz")
    go(page, "申报核实")
    link(page, "核实", OURS).click()
    page.get_by_label("集体经营性收入的核实值").fill("45")
    page.get_by_label("集体经营性收入改的理由").fill(CORRECTED)
    hands.look(page, "township-return")
    press(page, "核实")
    told(page, f"已核实{OURS}的申报表，等党委书记批准上报")
    verify_in_bulk(page, "甲202村", "甲203村")
    expect(page.get_by_role("button", name="批准上报")).to_have_count(0)
    refused(page, "/returns/approve", 403)
    go(page, "工作台")
    told(page, "3 个村已核实，等党委书记批准")


def verify_in_bulk(page: Page, *villages: str) -> None:
    for village in villages:
        page.get_by_label(f"选中 {village}").check()
    press(page, "核实")
    told(page, f"已按填报数核实 {len(villages)} 个村")


def the_secretary_approves_in_bulk(hands: Hands, township: str) -> None:
    page = hands.sign_in("township", f"{township}-sj")
    link(page, "批准", "3 个村等您批准上报").click()
    press(page, "选中这 3 个")
    press(page, "批准上报")
    told(page, "已批准 3 个村，正在上报县里")
    hands.county.settle()


def the_other_township_verifies_and_approves(hands: Hands) -> None:
    page = hands.sign_in("township", "321323002-zz")
    go(page, "申报核实")
    verify_in_bulk(page, "乙201村", "乙202村", "乙203村")
    the_secretary_approves_in_bulk(hands, "321323002")


def the_county_computes_and_decides_the_tie(hands: Hands) -> None:
    hands.county.later(days=14)
    page = at_the_contest(hands)
    press(page, "进入试算")
    told(page, "第 1 次试算")
    link(page, "为什么是这一档", OURS).click()
    opened = page.locator("tr.opened")
    expect(opened.locator("[data-focus]")).to_be_focused()
    hands.kept["why"] = opened.locator("strong").inner_text()
    hands.kept["line"] = corrected_line(opened)
    assert re.search(rf"50\D+45.*组织委员.*{CORRECTED}", hands.kept["line"]), hands.kept["line"]
    hands.look(page, "county-why")
    expect(page.get_by_role("button", name="进入公示")).to_be_disabled()
    page.get_by_role("radio", name="甲202村").check()
    page.get_by_label("裁定理由").fill(DECIDED)
    press(page, "裁定")
    told(page, "第 2 次试算按裁定算出")
    press(page, "重新试算")
    told(page, "数据没有变化，仍是第 2 次试算")
    press(page, "进入公示")
    told(page, "已进入公示")
    hands.county.settle()


def corrected_line(within_page: Locator | Page) -> str:
    """The row of the corrected figure: filed, verified, who, why, points."""
    row = within_page.get_by_role("row").filter(has_text=CORRECTED).last
    return " ".join(row.inner_text().split())


def the_branch_objects(hands: Hands) -> None:
    page = secretary(hands)
    go(page, "竞赛结果")
    page.get_by_role("link", name="提出异议").click()
    page.get_by_label("哪一项有误").fill(OBJECTION)
    press(page, "提交异议")
    told(page, "异议已提出")
    told(page, "等县里答复")
    hands.county.settle()


def the_county_answers_and_may_not_lock_yet(hands: Hands) -> None:
    page = organiser(hands)
    link(page, "处理", "1 件异议等答复").click()
    told(page, OBJECTION)
    link(page, "答复", OURS).click()
    page.get_by_label("不成立，维持结果").check()
    page.get_by_label("答复", exact=True).fill(ANSWER)
    press(page, "发出答复")
    told(page, "已答复")
    expect(page.get_by_role("button", name="锁定结果")).to_be_disabled()
    expect(page.get_by_role("button", name="锁定结果")).to_have_accessible_description(re.compile("公示"))
    hands.look(page, "county-publicity")
    hands.county.settle()


def the_county_locks_and_another_publishes(hands: Hands) -> None:
    hands.county.later(days=8)
    page = at_the_contest(hands)
    page.get_by_role("link", name="看异议和锁定").click()
    page.get_by_label("以确认").fill(TITLE)
    press(page, "锁定结果")
    told(page, "已锁定。请另一位同志发布")
    expect(page.get_by_role("button", name="发布结果")).to_be_disabled()
    expect(page.get_by_role("button", name="发布结果")).to_have_accessible_description("由分管部长办理。")
    contest = page.url.split("/contests/")[1].split("/")[0]
    refused(page, f"/contests/{contest}/publish", 403)
    leader = hands.sign_in("county", "321323-bz")
    go(leader, "分档竞赛")
    leader.get_by_role("link", name=TITLE).first.click()
    press(leader, "发布结果")
    told(leader, "已发布，结果正在发往乡镇和支部")
    hands.county.settle()


def branch_and_township_read_the_same_tier_and_why(hands: Hands) -> tuple[Page, Page]:
    branch = secretary(hands)
    told(branch, "2026 年结果已公布，本村：二档")
    go(branch, "竞赛结果")
    expect(branch.locator(".result .big")).to_have_text("二档")
    told(branch, hands.kept["why"])
    told(branch, ANSWER)
    hands.look(branch, "branch-result")
    township = hands.sign_in("township", "321323001-zz")
    go(township, "竞赛结果")
    expect(township.get_by_role("row").filter(has_text=OURS)).to_contain_text("二档")
    link(township, "为什么是这一档", OURS).click()
    expect(township.locator("tr.opened strong")).to_have_text(hands.kept["why"])
    hands.look(township, "township-result")
    assert [corrected_line(page) for page in (branch, township)] == [hands.kept["line"]] * 2
    return branch, township


def result_pages_switched_to_english_are_english(hands: Hands, *pages: Page) -> None:
    county = at_the_contest(hands)
    county.get_by_role("link", name="看结果").click()
    for page, title in zip((county, *pages), ("Result", "Result of the 2026", TITLE), strict=True):
        page.locator("details.me summary").click()
        press(page, "English")
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        if page.locator("[data-opens]").count():
            page.get_by_role("link", name=re.compile(f"^Why.*{OURS}")).click()
        told(page, "Collective operating income")
        hands.look(page, f"english-{page.url.rpartition('/')[2]}")
        assert [
            text for text in page.evaluate(HAN) if re.search(r"[\u4e00-\u9fff]", DATA.sub("", text))
        ] == []


def a_foreign_village_is_answered_like_an_absent_one(hands: Hands) -> None:
    page = hands.sign_in("township", "321323001-zz")
    foreign = hands.county.unit("county", "321323002201").id
    for path in ("/returns/{}", "/results/{}/why"):
        assert unknown(page, path, str(foreign)) == unknown(page, path, str(uuid4())), path
