"""While the database is away, a signed-in person gets a page that says so, not a bare error of the server."""

from collections.abc import Iterator

import pytest

from shared.kit.db import Database
from tests.county import County

NOWHERE = "postgresql+psycopg://nobody@/nothing?host=/nowhere"


@pytest.fixture
def away(county: County) -> Iterator[County]:
    sessions = county.app("branch").session_interface
    there, gone = sessions.database, Database(NOWHERE, NOWHERE)
    county.client_before = county.client("branch", "321323001201")
    sessions.database = gone
    yield county
    sessions.database = there
    gone.dispose()


def test_who_was_signed_in_reads_that_it_comes_back(away: County) -> None:
    answer = away.client_before.get("/")
    assert answer.status_code == 503
    assert "<h1" in answer.get_data(as_text=True)


def test_and_is_signed_in_still_when_it_is_back(county: County) -> None:
    assert county.client_before.get("/").status_code == 200
