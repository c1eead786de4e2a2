"""What every test room shares: real servers (tests/servers.py), a small county, whether Chromium is there."""

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, nothing about the rule.
settings.register_profile("sanji", deadline=None)
settings.load_profile("sanji")

pytest_plugins = ["tests.servers", "tests.county", "tests.browser.presence"]

# The longest files begin first, or one worker is left with them when the others have nothing more to do.
LONGEST = (
    *(
        "journeys/test_kills",
        "browser/test_look",
        "browser/test_roster_portal",
        "browser/test_year_end_portal",
    ),
    *("browser/test_points_portal", "browser/test_county_portal", "branch/test_transferred_years"),
    *("browser/test_journey", "browser/test_appraisal_portal", "browser/test_rollup_portal"),
    *("browser/test_branch_portal", "browser/test_look_branch", "browser/test_look_township", "stack/"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of LONGEST, then as they come; tests of a file stay in theirs."""
    items.sort(
        key=lambda item: next((n for n, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST))
    )
