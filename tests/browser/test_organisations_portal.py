"""Branches as subjects in a real browser: the branch files, the township decides, both see the year."""

import pytest

from tests.branch.points_hands import VILLAGE, open_the_year
from tests.branch.test_organisations import Hands
from tests.browser.portals import served
from tests.browser.walks import rendered, templates
from tests.county import County
from tests.township.conftest import SECRETARY

# The pages walked here; those of the year-end are walked in test_classing_portal.
ENTERING = {
    f"organisations/{name}.html" for name in ("enter", "no_year", "reason", "reply", "waiting", "year")
}
OVER = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def told(county: County) -> Hands:
    """Something counts, something was cut, something waits, and a deduction may be answered."""
    empty = Hands(county).on(1, 10)
    with rendered(county.app("branch")) as names:
        assert empty.branch.get("/organisation").status_code == 200
        assert empty.organiser.get("/organisations").status_code == 200
    assert names >= {"organisations/no_year.html"}
    open_the_year(county)
    hands = Hands(county).on(3, 4)
    hands.file(day="2026-03-01")
    hands.file(day="2026-03-02", what="主题党日，走访慰问老党员")
    hands.decide("approve", hands.waiting())
    hands.file(item="matter", day="2026-03-02", what="为村民代办证照一件")
    hands.decide("return", hands.waiting(), reason="请写明是哪一户")
    hands.deduct(day="2026-03-03")
    hands.file(item="project", day="2026-03-03", what="引水工程按期通水", witness="镇验收单")
    hands.file(item="project", day="2026-03-03", what="引水工程按期通水", witness="镇验收单")
    return hands


@pytest.mark.parametrize("width", [390, 1366])
def test_the_branch_files_and_the_township_decides(told, open_page, axe_clean, screenshot, width):
    county = told.county
    [deduction] = [one for one in told.held("branch") if one.entry.above]
    walks = {
        "branch": (VILLAGE, "branch_secretary", ["", "/new", f"/{deduction.entry.id}/reply"]),
        "township": (SECRETARY, "township_secretary", ["s", f"s/{told.unit}", f"s/{told.unit}/deduct"]),
    }
    shown: set[str] = {"organisations/no_year.html"}
    for tier, (login, role, paths) in walks.items():
        with rendered(county.app(tier)) as names, served(county.app(tier)) as address:
            page = open_page(f"{address}/login", width=width)
            page.fill("[name=login]", login)
            page.fill("[name=password]", county.passwords[role])
            page.click("main button.main")
            for number, path in enumerate(paths):
                assert page.goto(f"{address}/organisation{path}").status == 200
                screenshot(page, f"organisation-{tier}-{number}")
                axe_clean(page)
                assert page.evaluate(OVER) <= 0, path
            if tier == "township":
                page.goto(f"{address}/organisations")
                page.locator("input.pick").first.check()
                page.click("button:has-text('退回')")
                screenshot(page, "organisation-township-reason")
                axe_clean(page)
            else:
                page.goto(f"{address}/organisation/new")
                page.select_option("[name=item]", "matter")
                page.fill("[name=day]", "2026-03-04")
                page.fill("[name=what]", f"为 {width} 号老人送药上门")
                page.fill("[name=witness]", "王组长")
                page.click("main button.main")
                assert "等上级审核" in page.inner_text("main")
                county.settle()
        shown |= names
    assert not ENTERING - (shown & templates("shared/organisations"))
