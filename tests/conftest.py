"""What every test room shares: real servers (tests/servers.py), a small county, whether Chromium is there."""

import pytest

pytest_plugins = ["tests.servers", "tests.county", "tests.browser.presence"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module that plays in one small county stays on one worker: its tests follow each other."""
    for item in items:
        if "county" in getattr(item, "fixturenames", ()) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
