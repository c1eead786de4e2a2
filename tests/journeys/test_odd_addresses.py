"""Addresses and forms that no page of ours makes: they are told what to do, and never a failure of ours."""

import pytest

from tests.branch.appraisal_hands import signed_in
from tests.branch.points_hands import TOWNSHIP, VILLAGE, Branch, at, open_the_year

DONE = {"item": "household", "times": "1", "what": "走访联系户三户", "witness": "王组长"}
ODD = ("endpoint=x", "_method=POST", "_external=1", "_scheme=gopher", "_anchor=x", "values=1", "contest_id=1")


@pytest.fixture(scope="module")
def clients(county):
    open_the_year(county)
    county.now = at(3, 12)
    [person, *_others] = Branch(county).members(2)
    return {
        "branch": county.client("branch", VILLAGE),
        "member": signed_in(county, person, "m-0"),
        "township": county.client("township", f"{TOWNSHIP}-zz"),
        "county": county.client("county", "321323-zzk"),
        "person": person,
    }


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("tier", "path"),
    [("branch", "/outcomes"), ("township", "/outcomes"), ("county", "/outcomes"), ("county", "/classes")],
)
def test_a_list_is_not_misled_by_what_an_address_carries(clients, tier, path, odd):
    answer = clients[tier].get(f"{path}?{odd}&q=x&state=open")
    assert answer.status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_time_is_refused(clients, day):
    form = {**DONE, "id": "0192f0d6-0000-7000-8000-000000000001", "day": day}
    assert clients["member"].post("/my/file", data=form).status_code == 422
    form["members"] = str(clients["person"])
    assert clients["branch"].post("/points/new", data=form).status_code == 422
    assert clients["branch"].post("/organisation/new", data={**form, "item": "assembly"}).status_code == 422
