"""A township's portal as its people use it: pages read, tokens taken from them, decisions posted."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from werkzeug.test import TestResponse

from tests.county import County

TOWN, OTHER_TOWN = "321323001", "321323002"
ORGANISER, SECRETARY = f"{TOWN}-zz", f"{TOWN}-sj"


class Office:
    """One township's two people at their portal."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.sign_in()

    def sign_in(self) -> None:
        """Both anew: who is given another post is signed out."""
        self.organiser = self.county.client("township", ORGANISER)
        self.secretary = self.county.client("township", SECRETARY)

    def village(self, number: int, town: str = TOWN) -> Any:
        """The id of a village: 1 to 3."""
        return self.county.unit("township", f"{town}{200 + number}").id

    def page(self, client: FlaskClient, number: int) -> str:
        """A return's page."""
        return client.get(f"/returns/{self.village(number)}").get_data(as_text=True)

    def token(self, number: int) -> str:
        """What the list's page now says of a return."""
        found = self.sql(
            "SELECT coalesce(v.state, 'received') || '-' || r.attempt || '-' || coalesce(v.version, 0)"
            " FROM received_return r LEFT JOIN verification v ON v.return_id = r.id"
            " WHERE r.unit_id = :unit ORDER BY r.attempt DESC LIMIT 1",
            unit=self.village(number),
        )
        return str(found[0][0])

    def decide(self, client: FlaskClient, number: int, what: str, **typed: str) -> TestResponse:
        """Post one decision with the page's present token (or the one given as `version`)."""
        data = {"version": self.token(number), **typed}
        return client.post(f"/returns/{self.village(number)}/{what}", data=data)

    def decide_some(self, client: FlaskClient, what: str, chosen: list[str], **typed: str) -> TestResponse:
        """Post a selection; follow to the list."""
        data = {"selected": chosen, **typed}
        return client.post(f"/returns/{what}", data=data, follow_redirects=True)

    def choice(self, number: int) -> str:
        """A ticked row as the list posts it."""
        return f"{self.village(number)}:{self.token(number)}"

    def state(self, number: int) -> str:
        """The state of a village's newest return."""
        return self.token(number).rsplit("-", 2)[0]

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Look into the township's tables, or change them, as their owner."""
        engine = create_engine(self.county.settings["township"].owner_database_url)
        with engine.begin() as connection:
            answer = connection.execute(text(statement), values)
            found = list(answer) if answer.returns_rows else []
        engine.dispose()
        return found


def words(answer: TestResponse) -> str:
    """A page's text without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


@pytest.fixture(scope="module")
def filed(county: County) -> Office:
    """Every village has filed."""
    county.play("filed")
    return Office(county)


@pytest.fixture
def office(filed: Office) -> Iterator[Office]:
    """Nothing decided yet: what a test decides is forgotten after it."""
    yield filed
    filed.sql("DELETE FROM verification")
    filed.sql("DELETE FROM returned_by_county")
    filed.sql("DELETE FROM outbox WHERE seq IS NULL")
    for client in (filed.organiser, filed.secretary):
        client.get("/")  # reads what was left to be said
