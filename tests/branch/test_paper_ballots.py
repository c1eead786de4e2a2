"""A ballot on paper alone: no key, no passphrase, nothing cast by machine; two count, then the totals."""

import pytest
from sqlalchemy import select

from services.branch.ballots import boxes, casting, counting
from services.branch.ballots import slips as slips_of
from services.branch.ballots.boxes import Teller
from services.branch.ballots.models import BallotBox, BallotTotal, PaperTally
from shared.kit.errors import Refused
from tests.branch.appraisal_hands import come_to
from tests.branch.points_hands import Branch, at, open_the_year

NOW = at(12, 28)


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch):
    return branch.members(6)


def test_a_box_on_paper_takes_no_vote_and_is_counted_once_a_second_person_agrees(branch, people):
    def opened(session, who, unit, year):
        tellers = [Teller(one, "") for one in people[1:3]]
        return boxes.open_box(session, who, unit, year, "members", tellers, NOW, paper=True).id

    box = branch.work(opened)

    def voted(session, _who, unit, year):
        choices = {str(people[0]): "excellent"}
        casting.cast_member(session, year.appraisal, unit.id, box, people[3], choices)

    with pytest.raises(Refused, match="只用纸质票"):
        branch.work(voted)
    counts = {str(one): {"excellent": 4, "qualified": 1} for one in people}

    def entered(session, who, unit, year):
        counting.enter_paper(session, who, year.appraisal, unit, box, 5, people[:5], counts, NOW)

    def agreed(session, who, unit, _year):
        counting.confirm_paper(session, who, unit, box, NOW)

    def counted(session, who, unit, year):
        return counting.count(session, who, year.appraisal, unit, box, (), NOW)

    branch.work(entered)
    with pytest.raises(Refused, match="两个人核对"):
        branch.work(agreed)
    with pytest.raises(Refused, match="等另一人核对"):
        branch.work(counted)
    branch.work(agreed, "branch_committee")
    branch.work(counted)

    def left(session, _who, _unit, _year):
        found = session.get_one(BallotBox, box)
        totals = session.scalars(select(BallotTotal.counts).where(BallotTotal.box_id == box)).all()
        return found.state, found.shares, found.cast, totals, session.scalars(select(PaperTally)).all()

    assert branch.work(left) == ("counted", [], 5, [{"excellent": 4, "qualified": 1}] * 6, [])


def test_no_slips_are_printed_for_a_box_on_paper(branch, people):
    def slips(session, who, unit, year):
        tellers = [Teller(one, "") for one in people[1:3]]
        box = boxes.open_box(session, who, unit, year, "masses", tellers, NOW, paper=True)
        slips_of.print_slips(session, who, unit, box.id, 3, NOW)

    with pytest.raises(Refused, match="只用纸质票"):
        branch.work(slips)


def test_on_the_page_a_ballot_on_paper_asks_for_no_passphrase(county, branch):
    """Opened with a tick, entered by one, confirmed by another, counted: nobody types a passphrase."""
    county.now = NOW
    other = Branch(county, "321323001202")
    people = other.members(6)
    come_to(other, "mass_review")
    first, second = (county.client("branch", f"{other.village}{suffix}") for suffix in ("", "-wy"))
    tellers = {"teller_1": str(people[0]), "teller_2": str(people[1])}
    assert first.post("/ballots/open/masses", data=tellers).status_code == 422, "else they are needed"
    opened = first.post("/ballots/open/masses", data=tellers | {"paper": "yes"})
    assert opened.status_code == 303
    box = opened.headers["Location"]
    assert "口令" not in first.get(box).get_data(as_text=True).partition("<main")[2].partition("作废")[0]
    counts = {f"n-{one}-satisfied": "12" for one in people}
    assert first.post(f"{box}/paper", data={"sheets": "12", **counts}).status_code == 303
    assert second.post(f"{box}/paper/confirm").status_code == 303
    assert first.post(f"{box}/count").status_code == 303
    assert "计票完成" in first.get(box).get_data(as_text=True)
