"""Browser windows lent to tests and taken back empty: a new one costs three seconds of processor time.

A window keeps nothing of whoever had it before but what a browser caches of public files.
"""

from collections import defaultdict
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

# A phone's and a desktop's.
WIDTHS = (390, 1366)
FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"


class Windows:
    """One page in a context of its own each; `said`: the faults their pages reported since it was cleared."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Page]] = defaultdict(list)
        self.said: list[str] = []

    def lend(self, language: str, width: int, height: int) -> Page:
        """An empty window of this size, in a browser of this language."""
        free = self._free[language]
        page = free.pop() if free else self._made(language)
        page.set_viewport_size({"width": width, "height": height})
        return page

    def take_back(self, language: str, page: Page) -> None:
        """Empty it for the next; one that cannot be emptied is thrown away."""
        try:
            empty(page)
            self._free[language].append(page)
        except Error:
            page.context.close()

    def _made(self, language: str) -> Page:
        context: BrowserContext = self._browser.new_context(locale=language, reduced_motion="reduce")
        page = context.new_page()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda line: self.said.append(line.text) if wrong(line) else None)
        return page


def empty(page: Page) -> None:
    """Sign out, forget, close what was opened beside it."""
    page.unroute_all()
    for other in page.context.pages:
        if other != page:
            other.close()
    if page.url.startswith("http"):
        page.evaluate(FORGET)
    page.goto("about:blank")
    page.context.clear_cookies()


def at_each_width(page: Page) -> Iterator[int]:
    """The widths one after the other, the window made so wide; as wide as before at the end."""
    before = page.viewport_size
    assert before is not None
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": before["height"]})
        yield width
    page.set_viewport_size(before)


def wrong(line: ConsoleMessage) -> bool:
    """Whether a console line tells of a fault; a form refused with 422 is an answer like any other."""
    return line.type == "error" and "status of 422" not in line.text
