"""The branch portal's own fixtures: a county that collects returns, and committee members to sign in."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from deploy.demo.tiers import within
from shared.kit.accounts import add_account, hash_password
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

    def sign_in(code: str) -> FlaskClient:
        unit, hashed = county.unit("branch", code), hash_password(PASSWORD)
        with within(county.tiers.branch) as session:
            posts = [("branch_committee", unit)]
            add_account(session, f"{code}-wy", "支部委员（测试）", hashed, posts, county.now)
        client: FlaskClient = county.app("branch").test_client()
        assert client.post("/login", data={"login": f"{code}-wy", "password": PASSWORD}).status_code == 302
        return client

    return sign_in
