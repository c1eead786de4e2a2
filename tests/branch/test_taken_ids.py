"""Forms whose page brings the id of what is made: an id that is somebody else's is no page at all."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from services.branch.appraisal.models import Feedback
from services.branch.roster.models import Member
from shared.kit.scope import EVERYTHING
from tests.branch.appraisal_hands import again, page, signed_in
from tests.branch.points_hands import VILLAGE, YEAR, Branch, at, open_the_year
from tests.browser.preview import ROOT

OTHER = "321323002201"
DONE = {"item": "household", "day": "2026-03-10", "times": "1", "what": "走访联系户三户", "witness": "王组长"}
PARTY_DAY = {
    "item": "assembly",
    "day": "2026-03-05",
    "times": "1",
    "what": "主题党日，清理河道",
    "witness": "会议",
}
PROMISE = {"what": "走访本组 6 户独居老人", "span": "year", "confirmed": "yes"}
DEED = {
    "title": "雨夜巡堤",
    "text": "连续三个汛期夜里巡堤，先后发现并处置险情两处，群众放心。",
    "consent": "yes",
}
# A page with a field `id`, where it posts, what, and whether a member posts it (else the branch).
FORMS = {
    "own_file.html": ("/my/file", DONE, True),
    "claim_new.html": ("/points/new", DONE, False),
    "commitment_form.html": ("/commitments/own/new", PROMISE, True),
    "commitment.html": (
        "/commitments/{promise}/progress",
        {"day": "2026-03-10", "what": "走访三户", "witness": "王组长"},
        True,
    ),
    "comments.html": ("/comments", {"text": "三月汛期连续两晚值守河堤，值得学习"}, True),
    "deed_form.html": ("/role-models/new", DEED, False),
    "ask.html": ("/outcomes/grade-appeal?year=2026", {"text": "扣分与事实不符"}, True),
    "enter.html": ("/organisation/new", PARTY_DAY, False),
}


@dataclass
class Somebody:
    """Who posts: a member with a promise of their own, and the branch's secretary."""

    member: FlaskClient
    branch: FlaskClient
    names: dict[str, str]

    def post(self, form, once):
        path, values, own = FORMS[form]
        more = {"about": self.names["peer_name"], "member": self.names["peer"], "members": self.names["peer"]}
        more = {} if form == "commitment_form.html" else more
        if form == "ask.html":
            more = {}
        data = {**more, **values, "id": once}
        return (self.member if own else self.branch).post(path.format(**self.names), data=data)


@pytest.fixture(scope="module")
def people(county):
    open_the_year(county)
    county.now = at(3, 12)
    made = {}
    for village, start in ((VILLAGE, 1), (OTHER, 11)):
        ids = Branch(county, village).members(3, start)
        for n, one in enumerate(ids[:2]):
            login = f"v{start}-{n}"
            client = signed_in(county, one, login, village=village)
            promise = str(uuid4())
            assert client.post("/commitments/own/new", data={**PROMISE, "id": promise}).status_code == 303
            secretary = county.client("branch", village)
            assert (
                secretary.post("/commitments/publish", data={"selected": f"{promise}:1"}).status_code == 303
            )
            with county.tiers.branch.database.transaction(EVERYTHING) as session:
                unit = session.query(Member).filter(Member.id == one).one().unit_id
                session.add(
                    Feedback(unit_id=unit, year=YEAR, member_id=one, signed_by="本人", signed_at=at(3, 10))
                )
            names = {"promise": promise, "peer": str(ids[2]), "peer_name": f"党员{start + 2}（合成）"}
            made[start, n] = Somebody(again(county, login), secretary, names)
    return made


def test_every_page_that_brings_an_id_is_tried_here():
    found = [
        path.name
        for top in ("services", "shared")
        for path in (ROOT / top).glob("**/templates/*/*.html")
        if 'name="id"' in path.read_text()
    ]
    assert sorted(found) == sorted(FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_an_id_of_another_branch_is_no_page_and_one_of_ones_own_is_once(people, form):
    ours, theirs = people[1, 0], people[11, 0]
    once = str(uuid4())
    assert theirs.post(form, once).status_code == 303, page(theirs.post(form, once))
    # What the branch files for others has an id of each member's own, so that nothing can be in its way.
    expected = 303 if form == "claim_new.html" else 404
    assert ours.post(form, once).status_code == expected
    fresh = str(uuid4())
    first = ours.post(form, fresh)
    assert first.status_code == 303, page(first)
    assert ours.post(form, fresh).status_code == 303


@pytest.mark.parametrize("form", [name for name, (_path, _values, own) in FORMS.items() if own])
def test_an_id_of_another_member_of_the_branch_is_no_page_either(people, form):
    first, second = people[11, 0], people[11, 1]
    once = str(uuid4())
    if form == "ask.html":
        assert second.post(form, once).status_code == 303
        first, second = second, people[1, 1]
    else:
        assert first.post(form, once).status_code == 303
    assert second.post(form, once).status_code == 404
