"""A real Chromium for the browser tests; what happens without one is in presence.py."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import axe_findings, chromium_path, launched, sideways
from tests.browser.presence import MISSING
from tests.browser.preview import serving
from tests.browser.windows import Windows, at_each_width, empty


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session."""
    assert chromium_path(), MISSING
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def preview() -> Iterator[str]:
    """Where tests/browser/preview.py's pages are served."""
    with serving() as address:
        yield f"{address}/page"


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    """The session's windows."""
    return Windows(browser)


@pytest.fixture
def open_page(windows: Windows) -> Iterator[Callable[..., Page]]:
    """Maker of pages: open_page(url, width=1366, height=900, type_size='normal', language='zh-CN').

    Every page has its own cookies; `window` opens in a page made before, of which nothing is kept.
    A script, console or policy error in any of them fails the test.
    """
    lent: list[tuple[str, Page]] = []

    def make(
        url: str,
        width: int = 1366,
        height: int = 900,
        type_size: str = "normal",
        language: str = "zh-CN",
        window: Page | None = None,
    ) -> Page:
        if window:
            empty(window)
        else:
            lent.append((language, windows.lend(language, width, height)))
        page = window or lent[-1][1]
        origin = "/".join(url.split("/")[:3])
        page.context.add_cookies([{"name": "sanji_type", "value": type_size, "url": origin}])
        page.goto(url, wait_until="load")
        return page

    yield make
    said = list(windows.said)
    for language, page in lent:
        windows.take_back(language, page)
    windows.said.clear()
    assert not said, said


@pytest.fixture
def axe_clean() -> Callable[[Page], None]:
    """Assertion: no axe finding (WCAG 2.0 to 2.2 A and AA, best practice), no sideways scroll."""

    def check(page: Page) -> None:
        assert [*axe_findings(page), *sideways(page)] == []

    return check


@pytest.fixture
def look(axe_clean, screenshot) -> Callable[[Page, str], None]:
    """A page is pictured, accessible and no wider than its window: look(page, 'county-trial')."""

    def looked(page: Page, name: str) -> None:
        # A click gives the page back before its styles are there.
        page.wait_for_load_state("load")
        screenshot(page, name)
        axe_clean(page)

    return looked


@pytest.fixture
def look_at_both(look) -> Callable[[Page, str], None]:
    """As `look`, in a phone's window and in a desktop's: the page is loaded once."""

    def looked(page: Page, name: str) -> None:
        for _width in at_each_width(page):
            look(page, name)

    return looked


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Saves a picture into SANJI_SCREENSHOTS when that is set: screenshot(page, 'county-trial')."""
    folder = os.environ.get("SANJI_SCREENSHOTS")

    def shoot(page: Page, name: str = "") -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            stem = re.sub(r"[^\w-]+", "-", name or request.node.name)
            page.screenshot(path=Path(folder) / f"{stem}-{page.viewport_size['width']}.png")

    return shoot
