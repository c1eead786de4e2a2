"""The branch portal in a real Chromium: typing is saved, refused in place, filed once, objected to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.branch.hands import FIGURES, filed, form_of, over, standing
from tests.browser.portals import served
from tests.county import County

ONE, TWO = "321323001201", "321323001202"
COLLECTING = datetime(2026, 10, 12, 3, tzinfo=UTC)
PUBLICITY = datetime(2026, 11, 5, 3, tzinfo=UTC)
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def address(county: County) -> Iterator[str]:
    """The portal served from a thread, over a county that collects returns."""
    county.now = COLLECTING
    county.play("opened")
    with served(county.app("branch"), guarded=False) as found:
        yield found


@pytest.fixture
def sign_in(county: County, address: str, open_page) -> SignIn:
    """Maker of signed-in pages: sign_in(login, width=1366)."""

    def make(login: str, width: int = 1366) -> Page:
        page = open_page(f"{address}/login", width=width)
        return signed_in(page, address, login, county.passwords["branch_secretary"])

    return make


def signed_in(page: Page, address: str, login: str, password: str) -> Page:
    """The desk, through the login form."""
    page.goto(f"{address}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{address}/")
    return page


def field(page: Page, code: str):
    return page.locator(f"#f-v-{code}")


def test_a_return_is_typed_saved_checked_filed_and_taken_back(sign_in, axe_clean, screenshot):
    page = sign_in(ONE, 390)
    axe_clean(page)
    screenshot(page, "branch-live-desk")
    page.get_by_role("link", name="填").first.click()
    # The script that saves is there once the page has loaded.
    page.wait_for_load_state("load")
    field(page, "collective_income").fill("7x")
    expect(page.locator("#check-v-collective_income")).to_contain_text("“7x”不是数字")
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    screenshot(page, "branch-live-saved")
    axe_clean(page)
    for code, text in FIGURES.items():
        field(page, code).fill(text)
    expect(page.locator("#filled")).to_contain_text("12／12")
    expect(field(page, "volunteer_events")).to_be_focused()
    page.get_by_role("button", name="检查并提交").click()
    axe_clean(page)
    screenshot(page, "branch-live-check")
    page.get_by_role("button", name="提交给镇里").click()
    expect(page.locator(".ref")).to_contain_text("SB2026-")
    axe_clean(page)
    screenshot(page, "branch-live-done")
    page.get_by_role("link", name="看这份申报表").click()
    axe_clean(page)
    screenshot(page, "branch-live-filed")
    page.get_by_role("button", name="撤回来改").click()
    expect(page.get_by_text("已撤回。改好后请重新提交。")).to_be_visible()
    expect(field(page, "collective_income")).to_have_value(FIGURES["collective_income"])


def test_typing_after_somebody_filed_is_refused_where_one_types(county, address, browser, axe_clean):
    secretary = county.client("branch", TWO)
    # Not open_page: Chromium writes the refusal into the console, which that fixture takes for a fault.
    context = browser.new_context(locale="zh-CN")
    page = signed_in(context.new_page(), address, TWO, county.passwords["branch_secretary"])
    page.goto(f"{address}/return")
    field(page, "collective_income").fill("1")
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    secretary.post("/return/save", data=over(form_of(secretary), branch_stars="3"))
    field(page, "income_growth").fill("2")
    expect(page.locator("#check-v-branch_stars")).to_contain_text("另一位同志改成了 3")
    filed(secretary)
    field(page, "collective_income").fill("999")
    expect(page.locator("#saved")).to_contain_text("没有保存：本村申报表已经报到乡镇")
    expect(page.locator("#trouble")).to_be_hidden()
    axe_clean(page)
    page.get_by_role("link", name="看现在的情况").click()
    expect(page.get_by_text("已上报，等镇里受理").first).to_be_visible()
    context.close()


def test_without_script_the_return_is_filed_all_the_same(county, address, browser):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = signed_in(context.new_page(), address, "321323001203", county.passwords["branch_secretary"])
    page.goto(f"{address}/return")
    page.get_by_role("button", name="检查并提交").click()
    assert page.title().startswith("错误：")
    for code, text in FIGURES.items():
        field(page, code).fill(text)
    page.get_by_role("button", name="检查并提交").click()
    page.get_by_role("button", name="提交给镇里").click()
    assert "SB2026-" in page.locator(".ref").inner_text()
    context.close()


def test_a_result_under_publicity_is_read_and_objected_to(county, sign_in, axe_clean, screenshot):
    if standing(county, ONE).open:
        filed(county.client("branch", ONE))
    county.now = PUBLICITY
    county.play("public")
    page = sign_in(ONE)
    page.get_by_role("link", name="竞赛结果").click()
    axe_clean(page)
    screenshot(page, "branch-live-result")
    page.get_by_role("link", name="提出异议").click()
    page.get_by_label("哪一项有误").fill("志愿服务应为 40 场")
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_text("志愿服务应为 40 场")).to_be_visible()
    expect(page.get_by_text("等县里答复")).to_be_visible()
    page.get_by_role("link", name="看全县结果").click()
    axe_clean(page)
    screenshot(page, "branch-live-table")
    page.get_by_label("村名").fill("乙")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("row")).to_have_count(4)
