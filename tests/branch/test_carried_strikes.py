"""A claim carried here can be struck here: by two persons, as a counter-entry, at every tier the same."""

from datetime import date

import pytest
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.own.reading import own_member, own_year
from services.branch.points.models import CarriedStrike, Claim, StatementLine
from services.branch.transfers.reading import arrivals
from services.township.statements.models import ReceivedStatement
from tests.branch.appraisal_hands import page, signed_in
from tests.branch.points_hands import at, open_the_year
from tests.branch.test_transferred_years import approve, ledger, told_once, why
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"


@pytest.fixture(scope="module")
def moved(county):
    """January closed here with three claims, a fourth not posted yet; then the member goes far."""
    open_the_year(county)
    branches = {code: Mover(county, code) for code in (HERE, NEXT, FAR)}
    [member] = branches[HERE].members(1)
    for code in (NEXT, FAR):
        branches[code].members(1, start=50)
    county.settle()
    claims = [branches[HERE].done(member, item, date(2026, 1, day)) for item, day in DONE]
    approve(county, branches[HERE].close(1))
    claims.append(branches[HERE].done(member, "study", date(2026, 2, 2)))
    transfer = branches[HERE].move(member, branches[FAR], at(2, 3))
    county.now = at(2, 4)
    return branches, member, claims, transfer


DONE = (("household", 5), ("theme_day", 9), ("dispute", 16))


def key(county, claim):
    with within(county.tiers.branch) as session:
        found = session.get_one(Claim, claim)
        return f"{found.unit_id}:2026:{found.number}"


def owed(branches, code, member):
    def look(session, _who, unit, year):
        return own_year(session, own_member(session, unit.id, member), year).approved

    return branches[code].work(look)


def test_one_asks_with_a_reason_and_another_confirms(county, moved):
    branches, member, claims, transfer = moved
    before = owed(branches, FAR, member)
    secretary = county.client("branch", FAR)
    committee = signed_in(county, None, "far-committee", "branch_committee", FAR)
    where = f"/transfers/{transfer}/claims"
    claim = key(county, claims[2])
    assert "随本人转入的申报" in page(secretary.get(f"/transfers/{transfer}"))
    assert secretary.post(where, data={"claim": claim, "act": "ask", "reason": " "}).status_code == 409
    asked = {"claim": claim, "act": "ask", "reason": "同一件事报了两次"}
    assert secretary.post(where, data=asked).status_code == 303
    assert secretary.post(where, data=asked).status_code == 409, "asked already"
    own = secretary.post(where, data={"claim": claim, "act": "confirm"})
    assert (own.status_code, "要由两个人分别办理" in page(own)) == (409, True)
    assert owed(branches, FAR, member) == before, "nothing yet"
    assert committee.post(where, data={"claim": claim, "act": "confirm"}).status_code == 303
    assert "同一件事报了两次" in page(committee.get(f"/transfers/{transfer}"))
    assert owed(branches, FAR, member) < before


def test_nobody_strikes_what_was_not_carried_here_nor_at_the_old_branch(county, moved):
    branches, _member, claims, transfer = moved
    where, claim = f"/transfers/{transfer}/claims", key(county, claims[0])
    old = county.client("branch", HERE).post(where, data={"claim": claim, "act": "ask", "reason": "x"})
    assert old.status_code == 404
    unit, _year, number = claim.split(":")
    secretary = county.client("branch", FAR)
    for other in (f"{unit}:2026:{int(number) + 77}", f"{unit}:2025:{number}"):
        asked = {"claim": other, "act": "ask", "reason": "x"}
        assert secretary.post(where, data=asked).status_code == 404
    assert county.client("branch", NEXT).post(where, data={"claim": claim, "act": "ask"}).status_code == 404
    assert branches[HERE].state(transfer) == "closed"


def test_a_second_person_may_let_it_stand(county, moved):
    branches, member, claims, transfer = moved
    before = owed(branches, FAR, member)
    where, claim = f"/transfers/{transfer}/claims", key(county, claims[0])
    asked = {"claim": claim, "act": "ask", "reason": "没有证明人"}
    assert county.client("branch", FAR).post(where, data=asked).status_code == 303
    committee = signed_in(county, None, "far-committee-2", "branch_committee", FAR)
    assert committee.post(where, data={"claim": claim, "act": "decline"}).status_code == 303
    assert owed(branches, FAR, member) == before


def test_the_next_statement_takes_it_back_and_the_township_counts_the_same(county, moved):
    branches, member, _claims, _transfer = moved
    first = branches[FAR].close(1, now=at(2, 5))
    approve(county, first)
    approve(county, branches[FAR].close(2))
    with within(county.tiers.branch) as session:
        [strike] = session.scalars(select(CarriedStrike).where(CarriedStrike.state == "confirmed")).all()
        assert strike.struck_in == first
        line = session.get_one(StatementLine, (first, member))
        assert [entry[3] for entry in line.posted] == ["month"], "the month it was done in is January itself"
        assert line.total < 0
    with within(county.tiers.township) as session:
        found = session.scalars(select(ReceivedStatement)).all()
        assert [one.month for one in found if one.differences] == []
    assert ledger(county, member) == owed(branches, FAR, member)
    told = page(county.client("township", "321323002-zz").get(f"/statements/{first}"))
    assert "冲销随转接带来的申报" in told
    assert "2026-01-16" in told


@pytest.mark.parametrize("tier", ["branch", "township", "county"])
def test_it_is_told_as_struck_at_every_tier(county, moved, tier):
    branches, member, _claims, _transfer = moved
    found = why(county, tier, member)
    states = [one.facts["state"] for one in found.section("claims").lines if "state" in one.facts]
    assert states.count("struck") == 1
    assert told_once(found) == owed(branches, FAR, member)
    assert not found.differs, [
        one.text.en for part in found.sections for one in part.lines if one.mark == "differs"
    ]


def test_who_moves_on_does_not_take_along_what_was_struck(county, moved):
    branches, member, claims, _transfer = moved
    before = owed(branches, FAR, member)
    branches[FAR].move(member, branches[NEXT], at(3, 3))

    def look(session, _who, unit, _year):
        return len(arrivals(session, unit.id)[member].year(2026).claims)

    assert branches[NEXT].work(look) == len(claims) - 1
    assert owed(branches, NEXT, member) == before
    for month in (1, 2, 3):
        approve(county, branches[NEXT].close(month, now=at(4, 1)))
    assert ledger(county, member) == before
    for tier in ("branch", "township", "county"):
        found = why(county, tier, member)
        assert (told_once(found), found.differs) == (before, False), tier
