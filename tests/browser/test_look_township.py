"""The township's pages in a real Chromium: accessible, and nothing sticks out."""

import pytest

from tests.browser.preview import pages_of
from tests.browser.widths import sticking_out


@pytest.mark.parametrize("name", pages_of("township"))
def test_pages_have_no_accessibility_finding_at_either_width(preview, open_page, look_at_both, name):
    look_at_both(open_page(f"{preview}/{name}"), name)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", pages_of("township"))
def test_nothing_sticks_out_at_any_width_type_size_and_font(preview, open_page, name, language):
    assert sticking_out(open_page(f"{preview}/{name}/framed", language=language)) == []
