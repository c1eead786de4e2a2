"""Like entries of one day are one thing to look at twice, not a hundred in each of a hundred rows."""

from uuid import uuid4

from tests.branch.points_hands import VILLAGE, at, open_the_year
from tests.county import County
from tests.township.conftest import ORGANISER

MANY = 12


def test_each_row_says_once_a_day_that_the_same_was_filed(county: County) -> None:
    open_the_year(county)
    county.now = at(1, 20)
    branch = county.client("branch", VILLAGE)
    for _ in range(MANY):
        given = {
            "id": str(uuid4()),
            "item": "theme_day",
            "day": "2026-01-15",
            "what": "主题党日",
            "witness": "记录",
        }
        assert branch.post("/organisation/new", data=given).status_code == 303
    county.settle()
    page = county.client("township", ORGANISER).get("/organisations").get_data(as_text=True)
    assert page.count('name="selected"') == MANY
    assert page.count("同一天已报过这一项") == MANY
