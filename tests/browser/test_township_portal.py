"""The township portal in a real Chromium: selections, and one return looked at and sent back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.portals import by_path, served, signed_in, walk
from tests.browser.windows import at_each_width
from tests.county import County

SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def address(county: County) -> Iterator[str]:
    """The portal served from a thread, every village's return received."""
    county.play("filed")
    with served(county.app("township")) as found:
        yield found


@pytest.fixture
def sign_in(county: County, address: str, open_page) -> SignIn:
    """Maker of signed-in pages: sign_in('zz' or 'sj', width=1366)."""

    def make(who: str, width: int = 1366) -> Page:
        role = {"zz": "township_organiser", "sj": "township_secretary"}[who]
        return signed_in(open_page, address, f"321323001-{who}", county.passwords[role], width)

    return make


def test_every_page_is_accessible(sign_in: SignIn, address, look, look_at_both) -> None:
    page = sign_in("zz")
    walk(page, address, by_path("township", "/", "/returns", "/results", "/objections"), look_at_both)
    for _width in at_each_width(page):
        page.goto(f"{address}/returns")
        page.locator("tr", has_text="甲202村").locator("a.btn").click()
        look(page, "township-return")


def test_a_return_is_sent_back_with_a_reason_and_what_was_wrong_is_named_at_its_field(
    sign_in: SignIn, address, axe_clean
) -> None:
    page = sign_in("zz")
    page.goto(f"{address}/returns")
    page.locator("tr", has_text="甲203村").locator("a.btn").click()
    page.fill("#f-collective_income", "12")
    page.get_by_role("button", name="核实", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#f-collective_income")).to_have_value("12")
    axe_clean(page)
    page.fill("#f-send_back", "集体经营性收入与台账不符")
    page.get_by_role("button", name="退回村里").click()
    expect(page.get_by_role("status").first).to_contain_text("已退回甲203村")
    expect(page.locator("tr", has_text="甲203村")).to_contain_text("集体经营性收入与台账不符")


def test_a_selection_is_verified_by_the_organiser_and_approved_by_the_secretary(
    sign_in: SignIn, address
) -> None:
    page = sign_in("zz")
    page.goto(f"{address}/returns")
    for name in ("甲201村", "甲202村"):
        page.get_by_label(f"选中 {name}").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.get_by_role("button", name="核实", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已按填报数核实 2 个村")
    secretary = sign_in("sj")
    secretary.goto(f"{address}/returns")
    secretary.locator("[data-select=verified]").click()
    secretary.get_by_role("button", name="批准上报", exact=True).click()
    expect(secretary.get_by_role("status").first).to_contain_text("已批准 2 个村")
