"""What every test room shares: real servers (tests/servers.py), a small county, whether Chromium is there."""

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from shared.kit import accounts

# How long an example takes says how busy the machine is, nothing about the rule.
settings.register_profile("sanji", deadline=None)
settings.load_profile("sanji")

pytest_plugins = ["tests.servers", "tests.county", "tests.browser.presence"]

# The longest files begin first, or one worker is left with them when the others have nothing more to do.
LONGEST = (
    *("scope/test_crawl", "scope/test_planted", "scope/test_two_worlds"),
    *("chaos/", "journeys/test_kills", "browser/test_outcomes_portal", "browser/test_look.py"),
    *("browser/test_roster_portal", "browser/test_journey", "browser/test_explaining_portal"),
    *("browser/test_members_year", "browser/test_rollup_portal", "browser/test_year_end_portal"),
    *("browser/test_look_township", "browser/test_look_branch"),
    *("browser/test_county_portal", "browser/test_classing_portal", "browser/test_points_portal"),
    *("browser/test_appraisal_portal", "county_rooms/test_explaining", "branch/test_transferred_years"),
    *("browser/test_branch_portal", "stack/"),
)
# Files that begin with the same played county stay on one worker, which plays it once (County.as_left_by).
TOGETHER = (
    (
        *("browser/test_outcomes_portal", "county_rooms/test_grades", "branch/test_moved_cases"),
        *("branch/test_moved_grades", "branch/test_outcomes", "branch/test_outcome_pages"),
        *("branch/test_settled_anew", "branch/test_standing_in", "branch/test_notice_batches"),
    ),
    ("browser/test_explaining_portal", "county_rooms/test_explaining"),
    ("branch/test_appraisal.py", "branch/test_general_appraisal"),
    ("scope/test_crawl", "scope/test_planted", "scope/test_two_worlds"),
)


class _Together(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((many[0] for many in TOGETHER if any(one in file for one in many)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """By file, and TOGETHER."""
    return _Together(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """Argon2id as in production, at the least cost: whoever signs in costs 1 ms instead of 45.

    A hash says itself what it cost: those that processes of their own make (tests/cli) cost what they cost.
    """
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(accounts, "_hasher", cheap)
        patch.setattr(accounts, "_ABSENT", cheap.hash("nobody has this password"))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of LONGEST, then as they come; tests of a file stay in theirs."""
    items.sort(
        key=lambda item: next((n for n, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST))
    )
