"""A month sent back is answered by what is left to be posted: caps hold over all its parts, at every tier."""

from datetime import date

import pytest
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.branch.own.reading import own_member, own_year
from services.branch.points import closing
from services.branch.points.models import StatementLine
from services.branch.transfers.reading import arrivals
from services.county.points.models import LedgerLine
from services.county.years.recomputing import recompute
from shared.kit.errors import Refused
from tests.branch.points_hands import Township, at, open_the_year
from tests.branch.transfer_hands import Mover

HERE, NEXT = "321323001201", "321323001202"


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Mover(county, HERE)


@pytest.fixture(scope="module")
def township(county):
    return Township(county)


@pytest.fixture(scope="module")
def people(branch, county):
    made = branch.members(3)
    Mover(county, NEXT).members(1, start=50)
    county.settle()
    return made


def posted(county, member):
    with within(county.tiers.branch) as session:
        query = select(StatementLine.posted).where(StatementLine.member_id == member)
        return sum(points for entries in session.scalars(query) for _m, _c, points, _k in entries)


def owed(branch, member):
    def look(session, _who, unit, year):
        return own_year(session, own_member(session, unit.id, member), year).approved

    return branch.work(look)


def ledger(county, member):
    with within(county.tiers.county) as session:
        query = select(func.sum(LedgerLine.total)).where(LedgerLine.member_id == member)
        return session.scalar(query) or 0


def off(county):
    with within(county.tiers.county) as session:
        return [(one.what, one.how) for one in recompute(session, 2026).differing]


def approve_all(township, *statements):
    for one in statements:
        township.accept(one)
        township.approve(one)


def full(branch, member, month):
    """Meetings that fill the month's share of attendance to the brim."""
    for item, day in (("theme_day", 5), ("assembly", 9), ("lecture", 12), ("study", 20)):
        branch.done(member, item, date(2026, month, day))


def test_what_is_answered_posts_the_difference_and_no_more_than_the_caps(county, branch, township, people):
    first, second, third = people
    full(branch, first, 1)
    sent = branch.close(1)
    before = posted(county, first)
    township.send_back(sent)
    branch.done(first, "theme_day", date(2026, 1, 25))
    branch.done(second, "theme_day", date(2026, 1, 25))
    answer = branch.close(1, now=at(2, 6))
    assert posted(county, first) == before, "the cap was full already"
    assert [posted(county, one) for one in people] == [owed(branch, one) for one in people]
    assert posted(county, second) > 0 == posted(county, third)
    assert township.received(answer).differences == []
    approve_all(township, answer)
    assert [ledger(county, one) for one in people] == [owed(branch, one) for one in people]
    assert off(county) == []


def test_an_answer_after_later_months_posts_what_a_yearly_cap_shifts_between_them(
    county, branch, township, people
):
    _first, second, third = people
    deed = branch.done(third, "key_project", date(2026, 2, 10))
    worth = owed(branch, third)
    branch.done(third, "commended_county", date(2026, 3, 10))
    february = branch.close(2)
    march = branch.close(3)
    capped = posted(county, third)
    township.send_back(february)
    branch.strike(deed, now=at(4, 2))
    late = branch.claims([second], "household", date(2026, 3, 30), at(4, 2))
    branch.approve(*late, now=at(4, 2))
    answer = branch.close(2, now=at(4, 3))
    assert worth > 0
    assert posted(county, third) == owed(branch, third) < capped
    assert posted(county, second) == owed(branch, second)
    assert [township.received(one).differences for one in (february, march, answer)] == [[], [], []]
    approve_all(township, answer, march)
    assert [ledger(county, one) for one in people] == [owed(branch, one) for one in people]
    assert off(county) == []


def test_who_moves_after_an_answer_brings_the_months_attendance_once(county, branch, township, people):
    first, *_rest = people
    branch.done(first, "theme_day", date(2026, 4, 5))
    township.send_back(branch.close(4))
    branch.done(first, "assembly", date(2026, 4, 20))
    approve_all(township, branch.close(4, now=at(5, 6)))
    branch.move(first, Mover(county, NEXT), at(5, 7))

    def look(session, _who, unit, _year):
        return arrivals(session, unit.id)[first].year(2026).attendance["2026-04"]

    assert Mover(county, NEXT).work(look) == 250


def test_what_counts_again_otherwise_is_sent_back_and_put_right_by_the_answer(
    county, branch, township, people
):
    """Posted over the caps, as faulty software would: the township cannot let it through."""
    _first, second, _third = people
    branch.done(second, "dispute", date(2026, 5, 4))
    wrong = posting_wrongly(branch, 5)
    assert [one["member_id"] for one in township.received(wrong).differences] == [str(second)]
    township.accept(wrong)
    with pytest.raises(Refused, match="不能批准"):
        township.approve(wrong)
    page = county.client("township", "321323001-sj").get(f"/statements/{wrong}").get_data(as_text=True)
    assert "重算与入账不符，不能批准，请退回" in page
    township.send_back(wrong, 1)
    answer = branch.close(5, now=at(6, 3))
    assert township.received(answer).differences == []
    assert posted(county, second) == owed(branch, second)
    approve_all(township, answer)
    assert ledger(county, second) == owed(branch, second)
    assert off(county) == []


def posting_wrongly(branch, month):
    right = closing.postings

    def twice(*given):
        return tuple(type(one)(one.done, one.category, one.points * 2, one.kind) for one in right(*given))

    closing.postings = twice
    try:
        return branch.close(month)
    finally:
        closing.postings = right
