"""Another township's village answers exactly as one that does not exist, on every route that takes an id."""

import re
from uuid import UUID, uuid4

from flask.testing import FlaskClient

from tests.township.conftest import OTHER_TOWN, Office, words


def ask(client: FlaskClient, rule: str, method: str, village: UUID) -> tuple[int, str]:
    """Status and body, but for the id (the page's own address repeats it) and the form tokens."""
    path = rule.replace("<uuid:village_id>", str(village))
    data = {"version": "received-1-0", "reason": "x"} if method == "POST" else None
    answer = client.open(path, method=method, data=data)
    body = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))
    return answer.status_code, body.replace(str(village), "ID")


def test_every_route_with_an_id_hides_foreign_villages_as_absent(office: Office) -> None:
    foreign = office.village(1, OTHER_TOWN)
    every = office.county.app("township").url_map.iter_rules()
    rules = [rule for rule in every if "village_id" in rule.arguments]
    assert len(rules) >= 7
    asked = 0
    for rule in rules:
        for method in sorted(rule.methods & {"GET", "POST"}):
            for client in (office.organiser, office.secretary):
                answers = {ask(client, str(rule), method, village) for village in (foreign, uuid4())}
                assert len(answers) == 1, rule
                status = answers.pop()[0]
                assert status in (403, 404), rule
                asked += status == 404
    assert asked >= 10
    assert office.sql("SELECT 1 FROM verification") == []


def test_a_list_shows_own_villages_only(office: Office) -> None:
    listed = words(office.organiser.get("/returns"))
    assert "甲201村" in listed
    assert "乙201村" not in listed


def test_an_objection_for_a_foreign_village_is_as_absent_as_for_none(office: Office) -> None:
    def answer(village: UUID) -> tuple[int, str]:
        data = {"village": str(village), "once": str(uuid4()), "text": "有误"}
        said = office.organiser.post("/objections", data=data)
        return said.status_code, words(said)

    assert answer(office.village(1, OTHER_TOWN)) == answer(uuid4())
    assert answer(uuid4())[0] == 404
