"""A deed from its branch to every branch: with consent, decided by the county, taken out with a reason."""

from uuid import uuid4

import pytest

from tests.branch.points_hands import VILLAGE, Branch, at, open_the_year
from tests.county import County

TEXT = "汛期连续五夜守堤，带头转移低洼处群众，全组无一人受伤。"


@pytest.fixture(scope="module")
def people(county: County):
    open_the_year(county)
    county.now = at(3, 2)
    made = Branch(county).members(2)
    county.settle()
    return made


def text(answer):
    return answer.get_data(as_text=True)


def proposed(secretary, person, **values):
    form = {"id": str(uuid4()), "member": str(person), "title": "守堤五夜", "text": TEXT, "consent": "yes"}
    return form["id"], secretary.post("/role-models/new", data={**form, **values})


def test_without_consent_or_for_a_stranger_nothing_is_proposed(county, people):
    secretary = county.client("branch", VILLAGE)
    _deed, refused = proposed(secretary, people[0], consent="")
    assert refused.status_code == 422
    assert "本人同意" in text(refused)
    assert TEXT in text(refused), "what was typed is still there"
    assert proposed(secretary, uuid4())[1].status_code == 404
    assert proposed(secretary, people[0], title="")[1].status_code == 422


def test_a_deed_is_published_to_every_branch_and_withdrawn_again(county, people):
    secretary, other = county.client("branch", VILLAGE), county.client("branch", "321323002201")
    deed, answer = proposed(secretary, people[0])
    assert answer.status_code == 303
    assert proposed(secretary, people[0], id=deed)[1].status_code == 303
    county.settle()
    organiser, leader = county.client("county", "321323-zzk"), county.client("county", "321323-bz")
    assert text(organiser.get("/role-models")).count(TEXT) == 1
    assert organiser.post(f"/role-models/{deed}/publish").status_code == 403
    assert leader.post(f"/role-models/{uuid4()}/publish").status_code == 404
    assert leader.post(f"/role-models/{deed}/publish").status_code == 303
    assert leader.post(f"/role-models/{deed}/publish").status_code == 409, "decided once"
    county.settle()
    assert TEXT in text(other.get("/role-models"))
    assert TEXT in text(county.client("township", "321323002-zz").get("/role-models"))
    assert "已公布" in text(secretary.get("/role-models"))
    assert leader.post(f"/role-models/{deed}/withdraw", data={"reason": ""}).status_code == 409
    leader.post(f"/role-models/{deed}/withdraw", data={"reason": "本人要求撤下"})
    county.settle()
    assert TEXT not in text(other.get("/role-models"))


def test_a_declined_deed_comes_back_to_its_branch_alone_with_the_reason(county, people):
    secretary, leader = county.client("branch", VILLAGE), county.client("county", "321323-bz")
    deed, _answer = proposed(secretary, people[1], title="另一件事迹")
    county.settle()
    leader.post(f"/role-models/{deed}/decline", data={"reason": "请补充时间和结果"})
    county.settle()
    assert "请补充时间和结果" in text(secretary.get("/role-models"))
    assert "请补充时间和结果" not in text(county.client("branch", "321323001202").get("/role-models"))
