"""The design system in a real Chromium: accessible at every size, and the script's promises kept."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.preview import PAGES, ROOT, pages_of
from tests.browser.walks import LIVE, templates
from tests.browser.widths import sticking_out

Open = Callable[..., Page]
STATIC = ROOT / "shared/kit/static"
KIT = ("styleguide", "login", "error", "county")


@pytest.mark.parametrize("type_size", ["normal", "large", "largest"])
@pytest.mark.parametrize("name", ["styleguide", "login-refused", "error-404"])
def test_frame_and_components_have_no_accessibility_finding_at_either_width(
    preview, open_page, look_at_both, name, type_size
):
    look_at_both(open_page(f"{preview}/{name}", type_size=type_size), f"{name}-{type_size}")


@pytest.mark.parametrize("name", pages_of("county"))
def test_county_pages_have_no_accessibility_finding_at_either_width(preview, open_page, look_at_both, name):
    look_at_both(open_page(f"{preview}/{name}"), name)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", pages_of(*KIT))
def test_nothing_sticks_out_at_any_width_type_size_and_font(preview, open_page, name, language):
    assert sticking_out(open_page(f"{preview}/{name}/framed", language=language)) == []


def test_every_page_of_the_preview_is_measured_in_one_of_the_files():
    assert pages_of(*KIT, "township", "branch") == list(PAGES)


# Only the charts stay on the page: what stands below and above them would be laid out as often as they are.
ALONE = """() => document.querySelectorAll('main *:not(:has(.dist), .dist, .dist *)')
  .forEach((one) => one.remove())"""
# Pairs of the chart's words that touch.
TOUCHING = """() => [...document.querySelectorAll('.dist')].flatMap((chart) => {
  const words = [...chart.querySelectorAll('text')].filter((one) => one.checkVisibility());
  const boxes = words.map((one) => one.getBoundingClientRect());
  return boxes.flatMap((a, n) => boxes.slice(n + 1).flatMap((b, m) =>
    a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom
      ? [`${words[n].textContent} / ${words[n + 1 + m].textContent}`] : []));
})"""


@pytest.mark.parametrize("font", ["", "DejaVu Sans, sans-serif"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_words_of_a_chart_never_touch_however_few_or_uneven_the_villages(
    preview, open_page, language, font
):
    page = open_page(f"{preview}/styleguide", language=language)
    page.evaluate(ALONE)
    page.evaluate("font => document.body.style.fontFamily = font", font)
    found = []
    for width in (320, 390, 640, 768, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        for size in ("normal", "large", "largest"):
            page.evaluate("size => document.documentElement.dataset.type = size", size)
            found += [f"{width} {size}: {one}" for one in page.evaluate(TOUCHING)]
    assert found == []


def test_the_stylesheet_and_script_stay_within_their_caps():
    def weight(name: str) -> int:
        return len(gzip.compress((STATIC / name).read_bytes()))

    assert weight("sanji.css") <= 12 * 1024
    assert weight("sanji.js") <= 6 * 1024


def test_why_this_tier_opens_in_place_takes_the_focus_and_closes_again(preview, open_page, axe_clean):
    page = open_page(f"{preview}/county-trial")
    link = page.locator("[data-opens=why-v0]")
    link.click()
    expect(page.locator("#why-v0 [data-focus]")).to_be_focused()
    expect(link).to_have_attribute("aria-expanded", "true")
    axe_clean(page)
    link.click()
    expect(page.locator("#why-v0")).to_have_count(0)
    expect(link).to_have_attribute("aria-expanded", "false")


def test_selecting_a_group_counts_only_what_can_be_acted_on(preview, open_page):
    page = open_page(f"{preview}/township-returns")
    expect(page.locator("[data-bulk-count]")).to_have_text("5")
    page.locator("[data-select=ready]").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("0")
    expect(page.get_by_role("button", name="核实并上报")).to_be_disabled()
    expect(page.locator("#bulk-empty")).to_be_visible()
    page.locator("[data-select=ready]").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("5")


def test_typing_saves_the_return_and_names_what_is_wrong_at_the_field(preview, open_page, axe_clean):
    page = open_page(f"{preview}/branch-return")
    field = page.locator("#f-income_growth")
    field.fill("4x")
    expect(page.locator("#check-income_growth")).to_have_text("收入增幅要填数字")
    expect(page.locator("#filled")).to_contain_text("10／12")
    expect(page.locator("#saved")).to_contain_text("16:41")
    expect(field).to_be_focused()
    axe_clean(page)


def test_a_lost_connection_is_said_in_words_that_stay(preview, open_page):
    page = open_page(f"{preview}/county-trial")
    page.evaluate("htmx.trigger(document.body, 'htmx:sendError', {elt: document.body})")
    expect(page.locator("#trouble")).to_contain_text("网络不通")


def test_the_type_size_is_kept_for_the_next_page(preview, open_page):
    page = open_page(f"{preview}/county-trial")
    page.locator("details.me summary").click()
    page.get_by_role("button", name="特大").click()
    page.goto(f"{preview}/login")
    expect(page.locator("html")).to_have_attribute("data-type", "largest")


def test_the_error_summary_has_the_focus_and_the_title_says_so(preview, open_page):
    page = open_page(f"{preview}/branch-return-refused")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.title().startswith("错误：")


def test_a_form_is_sent_once_however_often_it_is_pressed(preview, open_page):
    page = open_page(f"{preview}/branch-check")
    sent = []
    page.route("**/submit", lambda route: sent.append(route.request.url))
    page.evaluate(
        "const form = document.querySelector('form.bar'); form.requestSubmit(); form.requestSubmit();"
    )
    page.wait_for_timeout(300)
    assert len(sent) == 1


def test_english_pages_show_no_untranslated_frame(preview, open_page, axe_clean):
    page = open_page(f"{preview}/login", language="en")
    assert "Sign in" in page.title()
    expect(page.get_by_label("Password")).to_be_visible()
    axe_clean(page)


def test_every_template_of_the_rooms_has_a_preview_or_is_walked_live():
    shown = {template for template, _ in PAGES.values()}
    assert templates("services") - shown - templates(*LIVE) == set()
