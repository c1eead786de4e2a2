"""A year that was opened before branches themselves had points stays readable in every room."""

from uuid import uuid4

from services.county.years import books
from tests.branch.points_hands import YEAR, open_the_year
from tests.branch.test_organisations import Hands
from tests.township.conftest import words


def test_a_year_opened_without_their_scheme_says_so_and_takes_nothing(county, monkeypatch):
    monkeypatch.delitem(books.NEEDED, "points_organisations")
    open_the_year(county)
    hands = Hands(county).on(1, 20)
    assert hands.held() == []
    for client, path in (
        (hands.branch, "/organisation"),
        (hands.branch, "/organisation/new"),
        (hands.organiser, f"/organisations/{hands.unit}"),
        (hands.organiser, f"/organisations/{hands.unit}/deduct"),
    ):
        assert "这一年没有党组织积分办法" in words(client.get(path)), path
    assert "没有等审核的申报" in words(hands.organiser.get("/organisations"))
    refused = hands.file(id=str(uuid4()))
    assert (refused.status_code, "没有下发党组织积分办法" in words(refused)) == (422, True)
    assert hands.deduct().status_code == 422
    assert hands.branch.get("/points").status_code == 200
    assert f"{YEAR}" in words(hands.branch.get("/points/months"))
