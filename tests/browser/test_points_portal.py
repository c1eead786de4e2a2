"""The pages of points in a real browser: accessible, no sideways scroll, filed in three taps."""

import pytest

from shared.kit.accounts import add_account, hash_password
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.browser.portals import served

PASSWORD = "ten-letters-at-least"
OVER = "() => document.documentElement.scrollWidth - innerWidth"
SECRETARY = (
    *("/points", "/points?state=approved", "/points/new", "/points/months", "/points/months/1"),
    "/points/months/2",
)
MEMBER = ("/my", "/my/new", "/my/file?item=household", "/my/claims", "/my/points")


@pytest.fixture(scope="module")
def address(county):
    open_the_year(county)
    county.now = at(2, 20)
    branch = Branch(county)
    people = branch.members(12)
    claims = [branch.claim(one, now=at(1, 11)) for one in people]
    branch.approve(*claims[:6], now=at(1, 12))
    branch.claim(people[0], item="task", now=at(1, 13), what="完成支部交办的人居环境登记任务")
    waiting = [*claims[6:]]
    branch.approve(*waiting, now=at(1, 20))
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, VILLAGE)
        hashed = hash_password(PASSWORD)
        add_account(session, "dangyuan", "党员（合成）", hashed, [("member", unit)], at(1, 3), people[0])
    with served(county.app("branch")) as found:
        yield found


def signed_in(open_page, address, login, password, width):
    page = open_page(f"{address}/login", width=width)
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("main button.main")
    return page


@pytest.mark.parametrize("width", [390, 1366])
def test_the_secretarys_pages_of_points_are_accessible(
    county, address, open_page, axe_clean, screenshot, width
):
    page = signed_in(open_page, address, VILLAGE, county.passwords["branch_secretary"], width)
    for path in SECRETARY:
        answer = page.goto(f"{address}{path}")
        assert answer.status == 200, path
        screenshot(page, f"points{path.replace('/', '-').replace('?', '-')}")
        axe_clean(page)
        assert page.evaluate(OVER) <= 0, path


@pytest.mark.parametrize("width", [320, 390])
def test_a_members_pages_are_accessible_and_claim_in_three_taps(
    address, open_page, axe_clean, screenshot, width
):
    page = signed_in(open_page, address, "dangyuan", PASSWORD, width)
    for path in MEMBER:
        answer = page.goto(f"{address}{path}")
        assert answer.status == 200, path
        screenshot(page, f"member{path.replace('/', '-').replace('?', '-')}")
        axe_clean(page)
        assert page.evaluate(OVER) <= 0, path
    page.goto(f"{address}/my")
    page.get_by_role("link", name="报一件事").click()
    page.get_by_role("link", name="参加村庄清洁、河道整治").click()
    page.get_by_role("button", name="提交").click()
    assert "报上去了" in page.inner_text("main")
