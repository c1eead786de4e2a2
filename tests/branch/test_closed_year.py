"""Once December is stated no strike is posted any more; once a year is closed nothing of it moves."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.commitments.models import Commitment
from services.branch.points.models import Claim
from services.county.contest.announcing import announce
from shared.contracts.documents import YearClosed
from shared.kit.units import unit_by_code
from tests.branch.points_hands import VILLAGE, YEAR, Branch, at, months_go_up, open_the_year


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def stated(county, branch):
    """A year stated to its end: one claim in it, two that wait, and commitments in every state."""
    [one, *_others] = branch.members(2)
    claim = branch.claim(one)
    branch.approve(claim)
    months_go_up(county, branch, range(1, 13))
    county.now = at(1, 12, 2027)
    secretary = county.client("branch", VILLAGE)
    for what, origin in (("为独居老人每月上门打扫一次", "own"), ("牵头整治村内河道两处", "organisation")):
        form = {"id": str(uuid4()), "what": what, "for_whom": "本组群众", "target": "12", "measure": "次"}
        form |= {"due": "2026-12-20", "origin": origin, "member": str(one), "confirmed": "yes"}
        assert secretary.post("/commitments/new", data=form).status_code == 303
    return secretary, claim


def held(county, table):
    with within(county.tiers.branch) as session:
        return session.scalars(select(table)).all()


def refused(answer, words):
    assert answer.status_code == 409
    assert words in answer.get_data(as_text=True)


def strike(county, secretary, claim):
    [found] = [one for one in held(county, Claim) if one.id == claim]
    picked = f"{claim}:{found.version}"
    return secretary.post("/points/strike", data={"selected": picked, "reason": "重复申报"})


def test_nothing_stated_is_struck_once_december_is_stated(county, stated):
    secretary, claim = stated
    refused(strike(county, secretary, claim), "十二月积分月报已经结账")
    assert [one.state for one in held(county, Claim)] == ["approved"]


def test_of_a_closed_year_nothing_is_struck_published_or_judged(county, stated):
    secretary, claim = stated
    with within(county.tiers.county) as session:
        unit = unit_by_code(session, "321323")
        closed = YearClosed(unit.id, YEAR, "组织部（合成）", at(3, 1, 2027).isoformat())
        announce(session, county.tiers.county.signer(), unit.id, closed, at(3, 1, 2027))
    county.settle()
    refused(strike(county, secretary, claim), "2026 年度已经关闭")
    for one in held(county, Commitment):
        picked = {"selected": f"{one.id}:{one.version}", "reason": "不具体"}
        acts = {"proposed": ("publish", "return"), "published": ()}[one.state]
        for act in acts:
            refused(secretary.post(f"/commitments/{act}", data=picked), "2026 年度已经关闭")
        if one.state == "published":
            judged = {"version": one.version, "verdict": "done"}
            refused(secretary.post(f"/commitments/{one.id}/judge", data=judged), "2026 年度已经关闭")
            done = {
                "id": str(uuid4()),
                "day": date(YEAR, 12, 1),
                "amount": 1,
                "what": "打扫",
                "witness": "王组长",
            }
            refused(secretary.post(f"/commitments/{one.id}/progress", data=done), "2026 年度已经关闭")
    assert {one.state for one in held(county, Commitment)} == {"proposed", "published"}
