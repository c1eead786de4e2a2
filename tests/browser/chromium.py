"""Debian's Chromium under Playwright, and the checks every page must pass."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium_path() -> str | None:
    """Where Chromium is: SANJI_CHROMIUM, else Debian's (better the one without windows); none without one."""
    named = os.environ.get("SANJI_CHROMIUM")
    return named or next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def axe_findings(page: Page) -> list[str]:
    """One line per axe violation (WCAG 2.0 to 2.2 A and AA, and best practice)."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    if page.evaluate("() => !window.axe"):  # a page that is looked at again has it already
        page.evaluate(Axe().axe_script)
    # Only what is wrong crosses over from the browser.
    found = page.evaluate("options => axe.run(options).then(({violations}) => violations)", options)
    return [
        f"axe {rule['id']} × {len(rule['nodes'])}: {node['html'][:160]}: {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"][:1]
    ]


def sideways(page: Page) -> list[str]:
    """A line when the page scrolls sideways, naming the widest offender."""
    return page.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= room) return [];
          const worst = [...document.querySelectorAll('main *, header *')]
            .sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0];
          const wide = document.documentElement.scrollWidth;
          return [`sideways: ${wide} > ${room}: ${worst.outerHTML.slice(0, 120)}`];
        }"""
    )
