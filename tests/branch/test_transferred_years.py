"""A year in two or three branches has one total: over three tiers, whichever day the member moves."""

from datetime import UTC, date, datetime
from importlib import import_module
from random import Random
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import func, select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.own.reading import own_member, own_year
from services.branch.points.models import StatementLine
from services.branch.ranking.placing import placed
from services.branch.transfers.reading import transfer_of
from services.county.points.models import LedgerLine
from services.township.statements import reviewing
from services.township.statements.models import ReceivedStatement, StatementReview
from services.township.statements.reviewing import Seen
from shared.contracts.transfers import TransferClosed
from shared.explaining.asking import Named
from shared.kit.accounts import Account, signed_in
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from shared.sync.models import Quarantine
from shared.sync.outbox import send_up
from tests.branch.points_hands import at, open_the_year
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"
# Who moves when, and where to: one that stays, and every kind of way, on days that matter.
WAYS = {
    "stays": [],
    "mid-month, next door": [(date(2026, 2, 14), NEXT)],
    "first day, far": [(date(2026, 3, 1), FAR)],
    "last day, far": [(date(2026, 2, 28), FAR)],
    "there and back": [(date(2026, 1, 20), FAR), (date(2026, 3, 9), HERE)],
    "on and on": [(date(2026, 1, 31), NEXT), (date(2026, 2, 20), FAR)],
    "late in the year": [(date(2026, 4, 15), FAR)],
}
MONTHS = (1, 2, 3, 4, 5)
ITEMS = ("household", "theme_day", "study", "dispute", "key_project", "household")


def deeds():
    """What everyone does, the same: more than the caps take, in every month and around every month's end."""
    random = Random(26)
    found = [
        (item, date(2026, month, day))
        for month in MONTHS
        for item, day in zip(ITEMS, (3, 5, 9, 16, 22, 27), strict=True)
    ]
    found += [
        (random.choice(ITEMS), date(2026, month, random.randint(1, 28))) for month in MONTHS for _ in range(4)
    ]
    return sorted(found, key=lambda one: one[1])


@pytest.fixture(scope="module")
def year(county):
    """Five months of seven members over three branches and two townships, all the way to the county."""
    open_the_year(county)
    branches = {code: Mover(county, code) for code in (HERE, NEXT, FAR)}
    people = dict(zip(WAYS, branches[HERE].members(len(WAYS)), strict=True))
    for code in (NEXT, FAR):
        branches[code].members(1, start=50)
    county.settle()
    place = dict.fromkeys(people, HERE)
    steps = [(day, "do", (item, None)) for item, day in deeds()]
    steps += [(day, "move", (name, to)) for name, ways in WAYS.items() for day, to in ways]
    steps += [(date(2026, month + 1, 1), "close", (month, None)) for month in MONTHS]
    order = {"close": 0, "move": 1, "do": 2}
    for day, kind, (one, other) in sorted(steps, key=lambda step: (step[0], order[step[1]])):
        if kind == "close":
            # The branches do not keep step: the far one closes two months at once, in April.
            for code in (HERE, NEXT):
                approve(county, branches[code].close(one))
            if one in (2, 4, 5):
                for month in {2: (1, 2), 4: (3, 4), 5: (5,)}[one]:
                    approve(county, branches[FAR].close(month, now=at(one + 1, 1)))
        elif kind == "move":
            branches[place[one]].move(people[one], branches[other], noon(day))
            place[one] = other
        else:
            for code, branch in branches.items():
                members = [people[name] for name in people if place[name] == code]
                if members:
                    branch.all_done(members, one, day)
    return people, place, branches


def noon(day):
    return datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)


def approve(county, statement):
    with within(county.tiers.township) as session:
        received = session.get_one(ReceivedStatement, statement)
        unit = session.get_one(type(unit_by_code(session, HERE)), received.unit_id)
        township = session.get_one(type(unit), unit.parent_id)
        first, second = (actor(session, township, f"township_{role}") for role in ("organiser", "secretary"))
        reviewing.accept(session, first, [Seen(statement, 0)], received.closed_at)
        session.flush()
        review = session.get_one(StatementReview, statement)
        reviewing.approve(session, second, [Seen(statement, review.version)], received.closed_at)
    county.settle()


def posted(county, member):
    with within(county.tiers.branch) as session:
        query = select(func.sum(StatementLine.total)).where(StatementLine.member_id == member)
        return session.scalar(query)


def ledger(county, member):
    with within(county.tiers.county) as session:
        return session.scalar(select(func.sum(LedgerLine.total)).where(LedgerLine.member_id == member))


@pytest.mark.parametrize("way", [name for name in WAYS if name != "stays"])
def test_who_moves_has_the_same_total_as_who_stays(county, year, way):
    people, _place, _branches = year
    whole = posted(county, people["stays"])
    assert whole > 1500, "caps bite, something is left"
    assert posted(county, people[way]) == whole
    assert ledger(county, people[way]) == ledger(county, people["stays"]) == whole


def test_the_township_counts_every_statement_to_the_same(county, year):
    with within(county.tiers.township) as session:
        found = session.scalars(select(ReceivedStatement)).all()
        assert len(found) == 3 * len(MONTHS)
        assert [(one.month, one.differences) for one in found if one.differences] == []


def test_the_townships_pages_of_who_moved_open(county, year):
    client = county.client("township", "321323002-zz")
    with within(county.tiers.township) as session:
        found = session.scalars(select(ReceivedStatement).order_by(ReceivedStatement.closed_at.desc())).all()
        far = county.unit("township", FAR).id
        newest = next(one.id for one in found if one.unit_id == far)
    assert client.get(f"/statements/{newest}").status_code == 200


@pytest.mark.parametrize("way", list(WAYS))
def test_the_members_own_page_shows_the_whole_year_at_the_present_branch(county, year, way):
    people, place, branches = year

    def look(session, _who, unit, opened):
        return own_year(session, own_member(session, unit.id, people[way]), opened)

    found = branches[place[way]].work(look)
    assert found.approved == found.posted == posted(county, people["stays"])


def test_who_moved_here_is_ranked_by_the_whole_year(year):
    people, place, branches = year
    at_far = [name for name, code in place.items() if code == FAR]
    found = branches[FAR].work(lambda s, _who, unit, _y: placed(s, unit.id, 2026, "year"))
    totals = {one.member.id: one.total for one in found}
    stayed = branches[HERE].work(lambda s, _who, unit, _y: placed(s, unit.id, 2026, "year"))
    whole = next(one.total for one in stayed if one.member.id == people["stays"])
    assert [totals[people[name]] for name in at_far] == [whole] * len(at_far)


def test_attendance_and_heads_are_counted_once(county, year):
    people, _place, _branches = year
    with within(county.tiers.branch) as session:
        rows = session.execute(
            select(StatementLine.member_id, func.sum(StatementLine.attendance), func.count())
            .where(StatementLine.member_id.in_(people.values()), StatementLine.total != 0)
            .group_by(StatementLine.member_id)
        ).all()
    stayed = next(row for row in rows if row[0] == people["stays"])
    assert stayed[2] == len(MONTHS)
    assert all(row[1] <= stayed[1] for row in rows), "never more attendance than was attended"


def why(county, tier, member, login=""):
    """The derivation of the member's year at one tier: for the operator, or as somebody may see it."""
    runtime = getattr(county.tiers, tier)
    who = None
    if login:
        with within(runtime) as session:
            who = signed_in(session, session.scalars(select(Account.id).where(Account.login == login)).one())
    reading = import_module(f"services.{tier}.explaining.reading")
    with runtime.database.transaction(who.scope if who else EVERYTHING) as session:
        return reading.explained(session, Named(member), 2026, who)


def told_once(found):
    """What the postings told come to, what was brought along counted once."""
    lines = found.section("postings").lines
    return sum(one.value for one in lines if one.value is not None and not one.facts.get("inside"))


@pytest.mark.parametrize("tier", ["branch", "township", "county"])
@pytest.mark.parametrize("way", list(WAYS))
def test_a_year_in_several_branches_is_explained_whole_and_once(county, year, way, tier):
    people, place, _branches = year
    found = why(county, tier, people[way])
    whole = posted(county, people["stays"])
    claims = [one for one in found.section("claims").lines if one.facts]
    assert told_once(found) == sum(one.value for one in claims) == whole
    assert not found.differs, [
        one.text.en for part in found.sections for one in part.lines if one.mark == "differs"
    ]
    codes = [one.facts["code"] for one in found.section("about").lines if "code" in one.facts]
    assert codes[-1] == place[way]
    assert set(codes) == {HERE, *(to for _day, to in WAYS[way])}


@pytest.mark.parametrize("way", ["first day, far", "there and back", "on and on"])
@pytest.mark.parametrize(("tier", "login"), [("branch", "{}"), ("township", "{:.9}-zz")])
def test_the_present_branch_and_its_township_explain_the_whole_year_from_the_record(
    county, year, way, tier, login
):
    people, place, _branches = year
    found = why(county, tier, people[way], login.format(place[way]))
    assert told_once(found) == posted(county, people["stays"])
    assert not found.differs


def test_a_record_that_leaves_out_what_was_posted_or_moves_somebody_elses_member_is_set_aside(county, year):
    """Otherwise the receiving branch would post it a second time."""
    people, _place, branches = year
    member = people["stays"]
    transfer = branches[HERE].offer(member, FAR, at(6, 2))
    branches[FAR].accept(transfer, date(2026, 6, 2), at(6, 2))
    offered = transfers_of(branches[HERE], transfer).offered
    forged = TransferClosed(
        transfer_id=transfer,
        origin_code=HERE,
        origin_name=offered.origin_name,
        target_code=FAR,
        card=offered.card,
        joined_on="",
        since="2026-06-02",
        years=[],
        by="谁",
        at=at(6, 3).isoformat(),
    )
    branches[HERE].work(lambda s, _who, unit, _y: send_up(s, unit.id, unit.id, forged, at(6, 3)))
    stranger = msgspec.structs.replace(offered, transfer_id=uuid4(), origin_code=NEXT, target_code=FAR)
    branches[NEXT].work(lambda s, _who, unit, _y: send_up(s, unit.id, unit.id, stranger, at(6, 3)))
    county.settle()
    with within(county.tiers.township) as session:
        said = set(session.scalars(select(Quarantine.reason)))
    assert said == {
        "the record says that something else was posted than the statements do",
        "the member is not one of this branch",
    }
    assert branches[FAR].state(transfer) == "accepted"
    assert branches[FAR].state(stranger.transfer_id) is None


def transfers_of(branch, transfer):
    return branch.work(lambda s, _who, unit, _y: transfer_of(s, unit.id, transfer))
