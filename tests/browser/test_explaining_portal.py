"""Why a year came out so, in a real browser: at every portal accessible, nothing sideways, both languages."""

from contextlib import ExitStack

import pytest

from tests.branch.appraisal_hands import PASSWORD
from tests.branch.explained_hands import Explained
from tests.branch.points_hands import VILLAGE
from tests.browser.portals import served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.township.conftest import ORGANISER

OPENED = "() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"


@pytest.fixture(scope="module")
def year(county):
    made = Explained.at_proposals(county)
    made.up_to_upheld_appeal()
    return made


@pytest.fixture(scope="module")
def addresses(county, year):
    with ExitStack() as stack:
        yield {
            tier: stack.enter_context(served(county.app(tier))) for tier in ("branch", "township", "county")
        }


def test_every_page_that_says_why(county, year, addresses, open_page, look_at_both):
    member = year.people[4]
    above = f"/overview/members/{member}/why"
    askers = (
        ("branch", VILLAGE, county.passwords["branch_secretary"], f"/appraisal/members/{member}/why"),
        ("branch", "m-4", PASSWORD, "/my/why"),
        ("township", ORGANISER, county.passwords["township_organiser"], above),
        ("county", "321323-zzk", county.passwords["county_organiser"], above),
    )

    def opened(page, name):
        look_at_both(page, name)
        page.evaluate(OPENED)
        look_at_both(page, f"{name}-opened")

    with rendered(county.app("branch")) as names:
        for tier, login, password, path in askers:
            page = signed_in(open_page, addresses[tier], login, password, 1366)
            walk(page, addresses[tier], {f"why-{tier}-{login}": path}, opened)
    assert templates("shared/explaining") <= names


def test_the_page_is_reached_by_its_links_and_is_all_in_english_for_who_reads_english(
    county, year, addresses, open_page, look
):
    password = county.passwords["county_organiser"]
    page = signed_in(open_page, addresses["county"], "321323-zzk", password, 1366)
    page.goto(f"{addresses['county']}/overview/members/{year.people[4]}")
    page.get_by_role("link", name="为什么是这个结果").click()
    page.get_by_role("heading", level=1).wait_for()
    assert "申诉成立后的更正" in page.locator("main").inner_text()
    page.evaluate("document.querySelectorAll('details.me').forEach((one) => { one.open = true; })")
    page.click("button[name=language][value=en]")
    page.goto(page.url)
    page.evaluate(OPENED)
    look(page, "why-county-english")
    text = page.locator("main").inner_text()
    assert "Every claim" in text
    assert "Corrected after an upheld appeal" in text
