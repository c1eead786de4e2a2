"""The township's pages in a real Chromium: accessible, and nothing sticks out."""

import pytest

from tests.browser.preview import pages_of
from tests.browser.widths import sticking_out


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("name", pages_of("township"))
def test_pages_have_no_accessibility_finding(preview, open_page, axe_clean, screenshot, name, width):
    page = open_page(f"{preview}/{name}", width=width)
    screenshot(page, name)
    axe_clean(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", pages_of("township"))
def test_nothing_sticks_out_at_any_width_type_size_and_font(preview, open_page, name, language):
    assert sticking_out(open_page(f"{preview}/{name}", language=language)) == []
