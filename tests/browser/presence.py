"""Browser tests without a Chromium: failure under CI, elsewhere left out with a loud line at the end.

A plugin of tests/conftest.py, since a folder's own conftest is not loaded where xdist writes the summary.
"""

import os
from pathlib import Path

import pytest

from tests.browser.chromium import chromium_path

MISSING = "Chromium is missing: run `make browser` (Debian's chromium), or set SANJI_CHROMIUM"
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark this folder's tests; outside CI and without Chromium leave them out, which the summary says."""
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.browser)
    if mine and not chromium_path() and not os.environ.get("CI"):
        items[:] = [item for item in items if item not in mine]
        config.hook.pytest_deselected(items=mine)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly that browser tests did not run."""
    if not chromium_path() and not os.environ.get("CI"):
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(MISSING, red=True)
