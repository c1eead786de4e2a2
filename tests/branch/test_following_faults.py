"""What must not stop what follows a member: an old version, a handover meanwhile, no branch, no rulebook."""

import threading
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, text

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.outcomes.desk import DESK
from services.branch.transfers import actions
from services.branch.transfers.models import BroughtGrade
from services.branch.transfers.reading import transfer_of
from services.county.outcomes.models import OutcomeCase as CountyCase
from shared.contracts.outcomes import YearAsked
from shared.kit.ids import new_id
from shared.kit.units import unit_by_code
from shared.outcomes.desk import Seen
from shared.outcomes.saying import Said, say_one
from shared.sync import years
from shared.sync.models import Inbox
from shared.sync.outbox import publish_down, send_up
from tests.branch.moved_hands import (
    FAR,
    HERE,
    NEXT,
    applicants,
    as_owner,
    branch_state,
    kept,
    quarantined,
    tellings,
    three_branches,
    turned_down,
)
from tests.branch.points_hands import at

KEY = ("fault_tolerance", "tolerance")
TOWNSHIP, OTHER, COUNTY = "321323001", "321323002", "321323"
# What another role waits for is not shown to this one, its locks are.
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)


class FirstFollowed(msgspec.Struct, frozen=True):
    """What follows a member as it was said before cases did."""

    KIND: ClassVar[str] = "transfer.followed"
    VERSION: ClassVar[int] = 1

    transfer_id: UUID
    origin_code: str
    origin_name: str
    target_code: str
    member_id: UUID
    grades: list[Any]
    corrections: list[Any]
    commitments: list[Any]
    by: str
    at: str


class FirstClosed(msgspec.Struct, frozen=True):
    """A closing record as it was said before it named the branches before."""

    KIND: ClassVar[str] = "transfer.closed"
    VERSION: ClassVar[int] = 1

    transfer_id: UUID
    origin_code: str
    origin_name: str
    target_code: str
    card: Any
    joined_on: str
    since: str
    years: list[Any]
    by: str
    at: str


@pytest.fixture(scope="module")
def movers(county):
    """Three branches in a year that is open."""
    return three_branches(county)


@pytest.fixture(scope="module")
def people(movers, county):
    """Members of the first branch, each with an application."""
    return applicants(county, movers[HERE], 5)


# --- an older version of the message ---


@pytest.fixture(scope="module")
def moved(movers, people):
    """Somebody at another township's branch, with the record of the way there."""
    transfer = movers[HERE].move(people[0], movers[FAR], at(2, 3))
    return movers[HERE].work(lambda s, _w, unit, _y: transfer_of(s, unit.id, transfer)).closed


def first_version(record, year):
    """A grade of a year of his, in the first version."""
    grade = {
        "year": year, "branch_code": HERE, "branch_name": "甲201村", "base": 0, "months": 0, "bonus": 0,
        "deductions": 0, "appraisal": 0, "total": 0, "grade": "qualified", "lines": [], "signed_by": "书记",
        "proxy": False, "signed_at": at(2, 3).isoformat(),
    }  # fmt: skip
    return FirstFollowed(
        record.transfer_id, record.origin_code, record.origin_name, record.target_code, record.member_id,
        [grade], [], [], "", at(2, 3).isoformat(),
    )  # fmt: skip


@pytest.mark.parametrize("reader", ["township", "county", "branch"])
def test_the_first_version_is_read_at_every_tier(county, moved, reader):
    """Said by a branch, by a township, by the county's other township: each of an older release."""
    here, far = county.unit("branch", HERE).id, county.unit("branch", FAR).id
    year = {"township": 2023, "county": 2024, "branch": 2025}[reader]
    body = first_version(moved, year)
    if reader == "township":
        with within(county.tiers.branch) as session:
            send_up(session, here, here, body, at(2, 4))
    else:
        with within(county.tiers.township) as session:
            if reader == "county":
                send_up(session, unit_by_code(session, TOWNSHIP).id, here, body, at(2, 4))
            else:
                publish_down(session, unit_by_code(session, OTHER).id, far, far, body, at(2, 4))
    county.settle()
    with within(getattr(county.tiers, reader)) as session:
        assert inbox(session, FirstFollowed.KIND, 1) == {"applied"}
    with within(county.tiers.branch) as session:
        found = session.get(BroughtGrade, (far, moved.member_id, year))
    assert found is not None, "it came, and stands where he is"
    assert (found.branch_code, found.grade) == (HERE, "qualified")


def inbox(session, kind, version):
    """What became of messages of one version."""
    return set(session.scalars(select(Inbox.state).where(Inbox.kind == kind, Inbox.version == version)))


def test_a_first_version_is_handed_on_as_it_came(county, moved):
    """A reader of an older release knows neither the newer version nor its fields."""
    newer = ("counts_from", "branches")
    fields = {one: getattr(moved, one) for one in moved.__struct_fields__ if one not in newer}
    here = county.unit("branch", HERE).id
    with within(county.tiers.branch) as session:
        send_up(session, here, here, FirstClosed(**fields), at(2, 4))
    county.settle()
    for tier in ("township", "county", "branch"):
        with within(getattr(county.tiers, tier)) as session:
            assert inbox(session, "transfer.closed", 1) == {"applied"}, tier
            passed = select(Inbox.payload).where(Inbox.kind == "transfer.closed", Inbox.version == 1)
            assert not [one for one in session.scalars(passed) if b"counts_from" in one], tier
    with within(county.tiers.branch) as session:
        assert inbox(session, FirstFollowed.KIND, 1) == {"applied"}


# --- a word said while somebody is being handed over ---


def withdrawal(county, case, now):
    """The member takes the application back; said in a transaction of its own."""

    def say():
        with within(county.tiers.branch) as session:
            unit = unit_by_code(session, HERE)
            who = actor(session, unit, "branch_secretary")
            say_one(session, DESK, who, Seen(case, 0), Said("withdrawn", text="本人撤回申请"), now)

    return say


def accepted(county, movers, member):
    """A transfer that only needs closing."""
    transfer = movers[HERE].offer(member, FAR, at(2, 10))
    movers[FAR].accept(transfer, at(2, 10).date(), at(2, 10))
    return transfer


def until_it_waits(county, other):
    """Until the other one waits for us, or has not had to."""
    while other.is_alive():
        with within(county.tiers.branch) as session:
            if session.scalar(WAITING):
                return
        other.join(0.05)


def case_of(county, member):
    with within(county.tiers.branch) as session:
        query = select(DESK.cases.id).where(DESK.cases.member_id == member)
        return session.scalars(query).one()


def test_a_word_said_while_he_is_handed_over_reaches_him(county, movers, people):
    """The handover has looked at the cases and is not committed; then the word is said."""
    member = people[1]
    transfer, case = accepted(county, movers, member), case_of(county, member)
    other = threading.Thread(target=withdrawal(county, case, at(2, 11)))
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, HERE)
        actions.close(session, actor(session, unit, "branch_secretary"), unit, transfer, at(2, 11))
        session.flush()
        other.start()
        until_it_waits(county, other)
    other.join()
    county.settle()
    assert branch_state(county, case) == "withdrawn"
    assert kept(county, FAR, member)[KEY].state == "withdrawn"


def test_who_is_handed_over_while_a_word_is_said_takes_it_along(county, movers, people):
    """The word is said and not committed; then the handover begins."""
    member = people[2]
    transfer, case = accepted(county, movers, member), case_of(county, member)
    other = threading.Thread(target=lambda: movers[HERE].hand_over(transfer, at(2, 11), settle=False))
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, HERE)
        who = actor(session, unit, "branch_secretary")
        say_one(session, DESK, who, Seen(case, 0), Said("withdrawn", text="本人撤回申请"), at(2, 11))
        session.flush()
        other.start()
        until_it_waits(county, other)
    other.join()
    county.settle()
    assert kept(county, FAR, member)[KEY].state == "withdrawn"


def test_a_telling_that_arrives_while_he_is_handed_on_reaches_him(county, movers, people):
    """At the branch in between: the next handover has looked at what is kept and is not committed."""
    member = people[4]
    movers[HERE].move(member, movers[NEXT], at(2, 10))
    onward = movers[NEXT].offer(member, FAR, at(2, 12))
    movers[FAR].accept(onward, at(2, 12).date(), at(2, 12))
    case = case_of(county, member)
    withdrawal(county, case, at(2, 13))()
    other = threading.Thread(target=county.settle)
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, NEXT)
        actions.close(session, actor(session, unit, "branch_secretary"), unit, onward, at(2, 13))
        session.flush()
        other.start()
        until_it_waits(county, other)
    other.join()
    county.settle()
    assert kept(county, NEXT, member)[KEY].state == "withdrawn"
    assert kept(county, FAR, member)[KEY].state == "withdrawn"


# --- a message for nobody ---


def test_what_is_for_a_branch_that_a_township_does_not_know_is_set_aside_and_the_rest_goes_on(county, movers):
    far = county.unit("branch", FAR).id

    def asked(unit):
        return YearAsked(new_id(), unit, 2026, "again", [], "请核对", "组织科", at(3, 1).isoformat())

    with within(county.tiers.county) as session:
        above, township = unit_by_code(session, COUNTY).id, unit_by_code(session, OTHER).id
        for unit in (new_id(), far):
            publish_down(session, above, township, unit, asked(unit), at(3, 1))
    county.settle()
    assert quarantined(county, "township") == ["it could not be applied"]
    with within(county.tiers.township) as session:
        query = select(Inbox.state).where(Inbox.kind == YearAsked.KIND).order_by(Inbox.seq)
        assert session.scalars(query).all() == ["quarantined", "applied"]
    with within(county.tiers.branch) as session:
        query = select(Inbox.state).where(Inbox.kind == YearAsked.KIND, Inbox.unit_id == far)
        assert session.scalars(query).all() == ["applied"]


# --- a rulebook that is missing ---


def test_a_missing_rulebook_takes_no_decision_with_it_and_what_could_not_be_told_is_told_later(
    county, movers, people
):
    member = people[3]
    movers[HERE].move(member, movers[FAR], at(2, 12))
    case = case_of(county, member)
    with within(county.tiers.branch) as session:
        book = session.get_one(DESK.cases, case).rulebook
    with as_owner(county) as connection:
        query = text("DELETE FROM publication WHERE subject = :book RETURNING *")
        [lost] = connection.execute(query, {"book": book}).mappings().all()
    # A process that has just started has read none.
    years._parsed.clear()
    turned_down(county, case)
    with within(county.tiers.county) as session:
        assert session.get_one(CountyCase, case).state == "dropped"
    assert branch_state(county, case) == "dropped", "the county's decision is here"
    assert quarantined(county, "branch") == []
    assert kept(county, FAR, member)[KEY].state == "open", "nobody could say yet what it means"
    look(county)
    assert kept(county, FAR, member)[KEY].state == "open"
    with as_owner(county) as connection:
        names = ", ".join(lost)
        given = ", ".join(f":{name}" for name in lost)
        connection.execute(text(f"INSERT INTO publication ({names}) VALUES ({given})"), dict(lost))
    look(county)
    assert kept(county, FAR, member)[KEY].state == "dropped"
    before = tellings(county)
    look(county)
    assert tellings(county) == before


def look(county):
    """What the timer has the branch's worker do every minute."""
    running = county.tiers.branch
    running.watch(running)
    county.settle()
