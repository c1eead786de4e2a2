"""A month of points over three tiers: claimed, decided, closed, counted again, approved, in the ledger."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.branch.points import deciding, filing
from services.branch.points.deciding import Chosen
from services.branch.points.filing import NewClaim, Unclaimable
from services.branch.points.models import Claim, Statement, StatementLine, StatementVerdict
from services.county.points.models import ApprovedStatement, LedgerLine
from services.county.roster.models import KnownMember
from services.township.statements.models import ReceivedStatement, StatementReview
from shared.kit.errors import Absent, Refused
from shared.rules.points.claims import Claimed
from tests.branch.points_hands import Branch, Township, at, open_the_year


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def township(county, branch):
    return Township(county)


@pytest.fixture(scope="module")
def people(branch, county):
    made = branch.members(4)
    county.settle()
    return made


def ledger(county, member):
    with within(county.tiers.county) as session:
        query = select(func.sum(LedgerLine.total)).where(LedgerLine.member_id == member)
        return session.scalar(query) or 0


def test_cards_reach_the_county_and_nothing_else_of_a_member(county, people):
    with within(county.tiers.county) as session:
        known = session.scalars(select(KnownMember).where(KnownMember.member_id.in_(people))).all()
        assert sorted(one.number for one in known) == ["0001", "0002", "0003", "0004"]


def test_a_month_goes_from_claim_to_ledger(county, branch, township, people):
    claims = [branch.claim(people[0], day=date(2026, 1, day)) for day in (5, 6, 7, 8, 9)]
    branch.approve(*claims)
    statement = branch.close(1)
    assert branch.total(people[0]) == 400, "five visits, capped at four points a month"
    received = township.received(statement)
    assert (received.total, received.differences, received.members) == (400, [], 4)
    assert ledger(county, people[0]) == 0, "nothing counts at the county before it is approved"
    township.accept(statement)
    township.approve(statement)
    assert ledger(county, people[0]) == 400
    with within(county.tiers.branch) as session:
        verdicts = session.scalars(select(StatementVerdict.verdict).order_by(StatementVerdict.at)).all()
        assert verdicts == ["accepted", "approved"]


def test_a_late_claim_is_posted_to_the_open_month_and_counts_in_its_own(county, branch, township, people):
    late = branch.claim(people[1], day=date(2026, 1, 30), now=at(2, 10))
    full = branch.claim(people[0], day=date(2026, 1, 31), now=at(2, 10))
    branch.approve(late, full)
    statement = branch.close(2)
    with within(county.tiers.branch) as session:
        lines = {
            one.member_id: one.posted
            for one in session.scalars(select(StatementLine).where(StatementLine.statement_id == statement))
        }
    assert lines[people[1]] == [["2026-01", "service", 100, "late"]]
    assert lines[people[0]] == [], "January was full already"
    assert township.received(statement).differences == []


def test_a_claim_later_than_late_days_is_refused_with_the_date(branch, people):
    with pytest.raises(Unclaimable) as refused:
        branch.claim(people[0], day=date(2026, 1, 15), now=at(2, 11))
    assert refused.value.code == "too_late"
    assert str(refused.value.values["until"]) == "2026-02-10"


def test_a_struck_claim_becomes_a_counter_entry_and_history_stays(county, branch, people):
    claim = branch.claim(people[2], item="dispute", day=date(2026, 3, 3))
    branch.approve(claim, now=at(3, 4))
    branch.close(3)
    assert branch.total(people[2]) == 200
    branch.strike(claim, now=at(4, 2))
    statement = branch.close(4)
    assert branch.total(people[2]) == 0
    with within(county.tiers.branch) as session:
        line = session.get_one(StatementLine, (statement, people[2]))
        assert line.posted == [["2026-03", "service", -200, "counter"]]
    assert Township(county).received(statement).differences == []


def test_a_month_sent_back_is_answered_by_a_further_part(county, branch, township, people):
    claim = branch.claim(people[3], item="dispute", day=date(2026, 5, 3))
    branch.approve(claim, now=at(5, 4))
    first = branch.close(5)
    for month_statement in _unapproved(county):
        if month_statement != first:
            township.accept(month_statement)
            township.approve(month_statement)
    township.send_back(first)
    with pytest.raises(Refused, match="已经结账"):
        branch.close(4)
    branch.strike(claim, now=at(6, 2))
    second = branch.close(5, now=at(6, 3), note="重复，已撤销")
    assert township.received(second).part == 2
    assert township.received(second).differences == []
    township.accept(second)
    township.approve(second)
    assert ledger(county, people[3]) == 0
    with within(county.tiers.county) as session:
        parts = session.scalars(
            select(ApprovedStatement.part)
            .where(ApprovedStatement.month == 5)
            .order_by(ApprovedStatement.part)
        ).all()
        assert parts == [1, 2]


def _unapproved(county):
    with within(county.tiers.township) as session:
        done = select(StatementReview.statement_id).where(StatementReview.state == "approved")
        query = select(ReceivedStatement.id).where(ReceivedStatement.id.not_in(done))
        return list(session.scalars(query.order_by(ReceivedStatement.month)))


def test_who_accepted_a_month_cannot_approve_it(county, branch, township, people):
    statement = branch.close(6)
    township.accept(statement)
    with pytest.raises(Refused, match="两个人"):
        township.approve(statement, role="township_organiser")


def test_months_are_closed_in_order_when_over_and_decided(branch, people):
    with pytest.raises(Refused, match="请先结 7 月"):
        branch.close(8)
    with pytest.raises(Refused, match="还没有结束"):
        branch.close(7, now=at(7, 20))
    waiting = branch.claim(people[0], day=date(2026, 7, 2))
    with pytest.raises(Refused, match="还有 1 条"):
        branch.close(7)
    branch.approve(waiting, now=at(7, 3))
    branch.close(7)


def test_the_same_claim_sent_twice_is_filed_once(county, branch, people):
    new = NewClaim(uuid4(), people[0], Claimed("study", date(2026, 8, 2), 1, "读党章并写体会"))
    filed = [
        branch.work(lambda s, who, unit, year: filing.file_claims(s, who, unit, year, [new], at(8, 3)))
        for _ in range(2)
    ]
    assert filed == [[new.id], []]


def test_a_claim_for_somebody_of_another_branch_is_absent(county, branch, people):
    other = Branch(county, "321323001202")
    with pytest.raises(Absent):
        other.claim(people[0], day=date(2026, 8, 2))


def test_a_claim_decided_in_the_meantime_is_not_decided_again(branch, people):
    claim = branch.claim(people[1], day=date(2026, 8, 4))
    seen = branch.version(claim)
    branch.approve(claim, now=at(8, 5))
    stale = [Chosen(claim, seen)]
    with pytest.raises(Refused, match="没有改动任何一条"):
        branch.work(
            lambda s, who, unit, _year: deciding.give_back(s, who, unit, stale, "写得不清楚", at(8, 6))
        )


def test_a_deduction_waits_for_the_members_word(branch, people):
    claim = branch.claim(people[2], item="missed_meeting", day=date(2026, 8, 6), what="八月党日未到会未请假")
    with pytest.raises(Refused, match="先听本人说明"):
        branch.approve(claim, now=at(8, 9))
    branch.approve(claim, now=at(8, 12))
    branch.approve(_only_waiting(branch), now=at(8, 13))
    branch.close(8)
    assert branch.total(people[2]) == -100


def _only_waiting(branch):
    with within(branch.county.tiers.branch) as session:
        return session.scalars(select(Claim.id).where(Claim.state == "waiting")).one()


def test_statements_and_their_lines_cannot_be_changed(county, branch, people):
    with within(county.tiers.branch) as session, pytest.raises(Exception, match="permission denied"):
        session.execute(Statement.__table__.update().values(total=1))
