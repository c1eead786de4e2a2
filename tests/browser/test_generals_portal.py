"""The general branch's pages in a browser: what waits, endorsed or sent back; what the branch sees."""

import pytest

from tests.branch.general_hands import GENERAL, SISTER, General, found_general
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.browser.portals import served
from tests.browser.walks import rendered, templates
from tests.county import County

OVER = "() => document.documentElement.scrollWidth - innerWidth"
ROOM = "services/branch/generals"


@pytest.fixture(scope="module")
def address(county: County):
    """Two branches under one general branch: a month each, one of them sent back and answered."""
    open_the_year(county)
    found_general(county, VILLAGE, SISTER)
    county.now = at(3, 6)
    for code in (VILLAGE, SISTER):
        branch = Branch(county, code)
        people = branch.members(9)
        branch.approve(*branch.claims(people, now=at(1, 11)), now=at(1, 12))
        branch.close(1)
    general = General(county)
    general.endorse(general.waiting()[0], now=at(2, 2))
    Branch(county).close(2)
    with served(county.app("branch")) as found:
        yield found


def signed_in(open_page, address, county, login, role, width):
    page = open_page(f"{address}/login", width=width)
    page.fill("[name=login]", login)
    page.fill("[name=password]", county.passwords[role])
    page.click("main button.main")
    return page


def looked_at(page, axe_clean, screenshot, name):
    screenshot(page, name)
    axe_clean(page)
    assert page.evaluate(OVER) <= 0, name


@pytest.mark.parametrize("width", [390, 1366])
def test_what_waits_is_looked_at_endorsed_or_sent_back(
    county, address, open_page, axe_clean, screenshot, width
):
    with rendered(county.app("branch")) as names:
        page = signed_in(open_page, address, county, GENERAL, "general_secretary", width)
        page.get_by_text("份月报或评议要党总支审核").first.wait_for()
        looked_at(page, axe_clean, screenshot, "general-desk")
        page.goto(f"{address}/general")
        looked_at(page, axe_clean, screenshot, "general")
        page.get_by_role("link", name="查看").first.click()
        page.get_by_role("heading", name="积分月报").wait_for()
        looked_at(page, axe_clean, screenshot, "general-one")
        page.get_by_role("button", name="退回支部").click()
        looked_at(page, axe_clean, screenshot, "general-reason")
        page.goto(f"{address}/general?lang=en")
    assert templates(ROOM) <= names


def test_a_month_sent_back_is_seen_at_the_branch_with_its_reason(
    county, address, open_page, axe_clean, screenshot
):
    page = signed_in(open_page, address, county, GENERAL, "general_secretary", 1366)
    page.goto(f"{address}/general")
    page.locator("tr", has_text="甲202村").locator("input.pick").check()
    page.get_by_role("button", name="退回支部").click()
    page.get_by_label("退回的理由").fill("三号党员多记了一次走访")
    page.get_by_role("button", name="退回支部").click()
    page.get_by_text("已退回 1 份").wait_for()
    looked_at(page, axe_clean, screenshot, "general-sent-back")
    page = signed_in(open_page, address, county, SISTER, "branch_secretary", 390)
    looked_at(page, axe_clean, screenshot, "general-branch-desk")
    assert "被党总支退回" in page.locator("main").inner_text()
    page.goto(f"{address}/points/months/1")
    looked_at(page, axe_clean, screenshot, "general-branch-month")
    assert "三号党员多记了一次走访" in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [390, 1366])
def test_the_county_puts_branches_under_a_general_branch(
    county, address, open_page, axe_clean, screenshot, width
):
    with served(county.app("county")) as portal:
        page = signed_in(open_page, portal, county, "321323-xt", "system_administrator", width)
        page.goto(f"{portal}/registry/units")
        page.get_by_role("link", name="党总支（").click()
        looked_at(page, axe_clean, screenshot, "county-generals")
        page.get_by_role("link", name="甲镇商会党总支").click()
        page.get_by_role("heading", name="甲镇商会党总支").wait_for()
        looked_at(page, axe_clean, screenshot, "county-general")
        page.locator("#outside input.pick").first.check()
        page.get_by_role("button", name="放到本党总支下面").click()
        page.get_by_text("请写明依据或理由").wait_for()
        looked_at(page, axe_clean, screenshot, "county-general-refused")


def test_endorsed_in_bulk_it_is_on_its_way(county, address, open_page, axe_clean, screenshot):
    page = signed_in(open_page, address, county, GENERAL, "general_secretary", 1366)
    page.goto(f"{address}/general")
    page.locator("tr", has_text="甲201村").locator("input.pick").check()
    page.get_by_role("button", name="审核通过，报乡镇").click()
    page.get_by_text("已审核 1 份").wait_for()
    looked_at(page, axe_clean, screenshot, "general-endorsed")
    page = signed_in(open_page, address, county, VILLAGE, "branch_secretary", 1366)
    page.goto(f"{address}/points/months/2")
    looked_at(page, axe_clean, screenshot, "general-branch-endorsed")
    assert "党总支审核：党总支书记（演示）" in page.locator("main").inner_text()
