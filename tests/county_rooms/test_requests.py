"""What a request that goes wrong is answered: by the form, by number, never by the database."""

import logging
import re

import pytest
from flask import Flask

from services.county.app import create_app
from shared.kit.guard import public
from tests.branch.conftest import COLLECTING
from tests.branch.hands import form_of
from tests.county import County
from tests.county_rooms.rooms import at

HIDDEN = "看不见的字符"


def test_a_failure_has_one_number_on_the_page_and_in_the_log(
    county: County, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(county.settings["county"])
    _add_broken_page(app)
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/broken")
    page = answer.get_data(as_text=True)
    number = re.search(r"编号 ([0-9A-F]{4}-[0-9A-F]{4})", page)
    assert answer.status_code == 500
    assert number
    assert "县委组织部的系统管理员" in page
    assert f"request {number[1]} failed: GET /broken" in caplog.text


def _add_broken_page(app: Flask) -> None:
    @app.get("/broken")
    @public("a page that fails")
    def broken() -> str:
        raise ZeroDivisionError


def test_a_refusal_has_no_number(county: County) -> None:
    answer = county.client("county", "321323-zzk").get("/contests/new/none")
    assert answer.status_code == 404
    assert "编号" not in answer.get_data(as_text=True)


def test_a_hidden_character_is_refused_beside_its_field(county: County) -> None:
    county.play("opened")
    county.now = COLLECTING
    village, organiser = county.client("branch", "321323001201"), county.client("county", "321323-zzk")
    answer = village.post("/return/check", data={**form_of(village), "note": "备\0注"})
    assert (answer.status_code, HIDDEN in answer.get_data(as_text=True)) == (422, True)
    made = {"year": "2027", "title": "竞\0赛", "rulebook_hash": "x", "filing_until": "2027-10-01"}
    answer = organiser.post("/contests", data=made | {"verifying_until": "2027-10-09"})
    assert (answer.status_code, HIDDEN in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize("number", ["99999999999", "-1", "x", "1\0"])
def test_a_number_that_can_be_none_is_not_found(county: County, number: str) -> None:
    county.play("published")
    organiser = county.client("county", "321323-zzk")
    query = {"n": number, "edition": number}
    for page in ("trial", "trial.xlsx", "result", "result.xlsx", "bundle.json"):
        assert organiser.get(at(county, f"/{page}"), query_string=query).status_code == 404, page
    assert organiser.get(at(county, "/trials/99999999999/differences")).status_code == 404
