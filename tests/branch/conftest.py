"""The branch portal's own fixtures: a county that collects returns, and committee members to sign in."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from tests.county import County

COLLECTING = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
PASSWORD = "committee-2026"


@pytest.fixture
def collecting(county: County) -> County:
    """The county with this year's contest open, four days before filing ends."""
    county.now = COLLECTING
    county.play("opened")
    return county


@pytest.fixture
def committee(county: County) -> Callable[[str], FlaskClient]:
    """Maker of signed-in members of a village's branch committee."""

    return lambda code: county.client("branch", f"{code}-wy")
