"""Claims are filed, taken back and struck while a month is being closed: nothing is left unposted."""

import threading
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, text

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.points import carried, closing, deciding, filing
from services.branch.points.books import keep_books_open
from services.branch.points.closing import MEANWHILE, next_month
from services.branch.points.deciding import Chosen
from services.branch.points.filing import NewClaim
from services.branch.points.models import CarriedStrike, Claim
from shared.kit.errors import Refused
from shared.kit.units import unit_by_code
from shared.rules.points.claims import Claimed
from shared.sync.years import year_of
from tests.branch.points_hands import YEAR, Township, at, closes, months_go_up, open_the_year
from tests.branch.test_answered_months import approve_all, ledger, owed
from tests.branch.transfer_hands import Mover

HERE, NEXT = "321323001201", "321323001202"
AFTER = closes(12)
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)


@pytest.fixture(scope="module")
def branch(county):
    """Eleven months closed; the third member came in February with a claim that one asked to strike."""
    open_the_year(county)
    made, other = Mover(county, HERE), Mover(county, NEXT)
    made.people = made.members(2)
    [moved] = other.members(1, start=50)
    county.settle()
    brought = other.done(moved, "household", date(2026, 1, 9))
    Township(county).accept(first := other.close(1))
    Township(county).approve(first)
    other.move(moved, made, at(2, 3))
    with within(county.tiers.branch) as session:
        claim = session.get_one(Claim, brought)
        made.named = carried.Named(moved, claim.unit_id, claim.number)
    asked = at(2, 5)
    made.work(lambda s, who, unit, year: carried.ask_strike(s, who, unit, year, made.named, "报重了", asked))
    months_go_up(county, made, range(1, 12))
    return made


def chosen(branch, claim):
    return [Chosen(claim, branch.version(claim))]


def reopening(branch, claim):
    seen = chosen(branch, claim)
    return lambda s, who, unit, _year: deciding.reopen(s, who, unit, seen, AFTER)


def striking(branch, claim):
    seen = chosen(branch, claim)
    return lambda s, who, unit, _year: deciding.strike(s, who, unit, seen, "重复申报", AFTER)


def entering(member, now=AFTER):
    claimed = Claimed("household", date(2026, 12, 29), 1, "走访联系户三户", "王组长")
    new = [NewClaim(uuid4(), member, claimed)]
    return lambda s, who, unit, year: filing.file_claims(s, who, unit, year, new, now)


def confirming(branch):
    return lambda s, who, unit, year: carried.decide_strike(s, who, unit, year, branch.named, True, AFTER)


def december(session, who, unit, year):
    return closing.close_month(session, who, unit, year, 12, AFTER)


class Meanwhile(threading.Thread):
    """An act in a transaction of its own; `refused` is what it was told, None where it was done."""

    def __init__(self, branch, act):
        super().__init__()
        self.branch, self.act, self.refused, self.failed = branch, act, None, None

    def run(self):
        try:
            self.branch.work(self.act, "branch_committee")
        except Refused as refused:
            self.refused = refused
        except Exception as error:
            self.failed = error


def while_it_is_under_way(county, branch, act, *others):
    """`act` is done and not committed; the others begin, and go on once it is."""
    threads = [Meanwhile(branch, one) for one in others]
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, HERE)
        done = act(session, actor(session, unit, "branch_secretary"), unit, year_of(session, YEAR))
        session.flush()
        for one in threads:
            one.start()
        while waiting(county) < sum(one.is_alive() for one in threads):
            for one in threads:
                one.join(0.02)
    for one in threads:
        one.join()
        assert one.failed is None
    return done, threads


def waiting(county):
    with within(county.tiers.branch) as session:
        return session.scalar(WAITING)


def last_closed(branch):
    return branch.work(lambda s, _who, unit, _year: next_month(s, unit.id, YEAR)) - 1


def state(county, claim):
    with within(county.tiers.branch) as session:
        found = session.get_one(Claim, claim)
        return found.state, found.stated_in


def test_a_closing_sees_the_claim_that_was_taken_back_before_it(county, branch):
    claim = branch.done(branch.people[0], "household", date(2026, 12, 5))
    _done, [other] = while_it_is_under_way(county, branch, reopening(branch, claim), december)
    assert "没有审核" in other.refused.message
    assert (state(county, claim), last_closed(branch)) == (("waiting", None), 11)
    branch.approve(claim, now=AFTER)


def test_a_closing_sees_the_claim_that_was_filed_before_it(county, branch):
    filed = entering(branch.people[0], at(1, 10, YEAR + 1))
    [[claim], [other]] = while_it_is_under_way(county, branch, filed, december)
    assert "没有审核" in other.refused.message
    assert last_closed(branch) == 11
    branch.approve(claim, now=AFTER)


def test_a_closing_leaves_out_what_was_struck_before_it(county, branch):
    claim = branch.done(branch.people[1], "household", date(2026, 12, 6))
    branch.done(branch.people[1], "dispute", date(2026, 12, 7))

    def look(session, who, unit, year):
        december(session, who, unit, year)
        session.flush()
        seen = session.get_one(Claim, claim, populate_existing=True)
        raise Refused(f"{seen.state} {seen.stated_in}")

    _done, [other] = while_it_is_under_way(county, branch, striking(branch, claim), look)
    assert other.refused.message == "struck None"


def test_a_claim_that_changed_between_reading_and_marking_stops_the_closing(county, branch):
    """Whoever writes claims without taking the turn: the closing is given up whole, and tried again."""
    claim = branch.done(branch.people[1], "household", date(2026, 12, 8))
    engine, before = county.tiers.branch.database.engine, ["waiting"]

    def to(value):
        with within(county.tiers.branch) as session:
            session.execute(text("UPDATE claim SET state = :to WHERE id = :id"), {"to": value, "id": claim})

    def change(_connection, _cursor, statement, *_more):
        if statement.startswith("UPDATE claim SET stated_in") and before:
            to(before.pop())

    event.listen(engine, "before_cursor_execute", change)
    try:
        with pytest.raises(Refused, match=MEANWHILE):
            branch.work(december)
    finally:
        event.remove(engine, "before_cursor_execute", change)
    assert (state(county, claim), last_closed(branch), before) == (("waiting", None), 11, [])
    to("approved")


def test_who_writes_claims_while_the_last_month_is_closed_is_told_that_it_is(county, branch):
    first, second = branch.people
    struck = branch.done(first, "household", date(2026, 12, 9))
    reopened = branch.done(second, "household", date(2026, 12, 10))
    with within(county.tiers.branch) as session:
        many = session.scalar(select(func.count()).select_from(Claim))
    acts = [striking(branch, struck), reopening(branch, reopened), entering(second), confirming(branch)]
    statement, others = while_it_is_under_way(county, branch, december, *acts)
    told = [one.refused.message if one.refused else "" for one in others]
    assert "十二月积分月报已经结账" in told[0]
    assert "已经结进月报" in told[1]
    assert getattr(others[2].refused, "code", "") == "too_late"
    assert "十二月积分月报已经结账" in told[3]
    assert state(county, struck) == state(county, reopened) == ("approved", statement.id)
    with within(county.tiers.branch) as session:
        assert session.scalar(select(func.count()).select_from(Claim)) == many
        assert session.scalars(select(CarriedStrike.state)).all() == ["asked"]
    county.settle()
    approve_all(Township(county), statement.id)
    people = [*branch.people, branch.named.member_id]
    assert [ledger(county, one) for one in people] == [owed(branch, one) for one in people]


def test_writers_do_not_wait_for_each_other(county, branch):
    """Two who hold the months open share the turn."""
    with within(county.tiers.branch) as session:
        keep_books_open(session, unit_by_code(session, HERE).id)
        branch.work(lambda s, _who, unit, _year: keep_books_open(s, unit.id))
