"""Whoever graded a member, in whatever order it arrives: the county holds one grade and one base a year."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.ballots.boxes import Teller, open_box
from services.branch.transfers.stays import roster_on
from services.county.grades.counting import counts
from services.county.grades.models import Grade, GradeAside
from services.county.grades.receiving import receive_confirmed
from services.county.roster.receiving import receive_rosters
from services.county.years.models import CarriedBase
from services.county.years.receiving import receive_settled
from shared.contracts.appraisal import (
    AppraisalConfirmed,
    AppraisalFiled,
    AppraisedLine,
    GradedLine,
    TallyLine,
)
from shared.contracts.outcomes import BaseLine, CaseLine, CasesTold, YearSettled
from shared.contracts.roster import MemberCard, RosterChanged
from shared.kit.audit import AuditEvent
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.rules.appraisal.counting import Stay, counting_branch
from shared.sync.models import Quarantine
from shared.sync.outbox import send_up
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"
FIRST = date(2026, 1, 1)


@pytest.fixture(scope="module")
def branches(county):
    open_the_year(county)
    return {code: Mover(county, code) for code in (HERE, NEXT, FAR)}


# --- the rule, and the county's tables, in every order ---


def noon(day, more=0):
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(minutes=more)


def card(member, since, until):
    given = {"number": "0001", "name": "党员（合成）", "status": "full", "field": "rural", "post": ""}
    more = {"roles": [], "exempt": False, "floating": False}
    return MemberCard(member_id=member, since=str(since), until=str(until) if until else "", **given, **more)


def stays_of(moves):
    """By branch, the membership as it stood last; and every card told on the way, in order."""
    place, since, told, stays = HERE, FIRST - timedelta(days=900), [], {}
    for days, to in [*sorted(moves), (None, None)]:
        day = FIRST + timedelta(days=days) if days is not None else None
        if to == place:
            continue
        stays[place] = (since, day)
        told.append((place, since, day))
        if to is not None:
            place, since = to, day
            told.append((to, day, None))
    return stays, told


def filed(member, branch, filing):
    line = AppraisedLine(
        member_id=member, base=0, months=300_00, bonus=0, deductions=0, standard=0, applicable=100_00,
        exempt=False, probationary=False, members=TallyLine(1, 1, {}), masses=None, check="", opinion="",
    )  # fmt: skip
    return AppraisalFiled(
        filing_id=filing, branch_id=branch, year=YEAR, rulebook="", rule_version=1, digest="",
        skip_reason="", inputs=[line], decisions=[], grades=[GradedLine(member, 0, 300_00, "qualified", 1)],
        publicity_until="", objections=0, filed_by="", filed_at=noon(FIRST).isoformat(), salt="",
    )  # fmt: skip


@st.composite
def years(draw):
    """Moves on any days, who graded, how often each settled, and one order in which it all arrives."""
    where = st.sampled_from((HERE, NEXT, FAR))
    moves = draw(st.lists(st.tuples(st.integers(1, 430), where), max_size=3, unique_by=lambda one: one[0]))
    _stays, told = stays_of(moves)
    graders = draw(st.sets(st.sampled_from(sorted({place for place, *_ in told})), min_size=1))
    settled = {one: draw(st.lists(st.integers(0, 99), min_size=1, max_size=3)) for one in sorted(graders)}
    queues = {
        place: [("roster", one) for one in told if one[0] == place]
        + ([("confirmed", place)] if place in graders else [])
        + [("settled", (place, n, base)) for n, base in enumerate(settled.get(place, ()))]
        for place in sorted({place for place, *_ in told})
    }
    order = []
    while any(queues.values()):
        place = draw(st.sampled_from([one for one, left in queues.items() if left]))
        order.append(queues[place].pop(0))
        if draw(st.integers(0, 5)) == 0 and order[-1][0] != "confirmed":
            order.append(order[-1])
    return moves, settled, order


class Undone(Exception):
    """What an example wrote is taken back."""


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(years())
def test_one_grade_and_one_base_whatever_the_day_of_moving_and_the_order_of_arrival(county, branches, found):
    moves, settled, order = found
    units = {code: county.unit("county", code).id for code in (HERE, NEXT, FAR)}
    member, node = uuid4(), county.tiers.county.node
    with suppress(Undone), node.store.ingest() as ledger:
        session = ledger.session
        for kind, told in order:
            arrive(session, units, member, kind, told)
            at_most_one(session, member)
        stays, _told = stays_of(moves)
        expected = counting_branch(YEAR, [Stay(str(units[one]), *stays[one]) for one in settled])
        [grade] = session.scalars(select(Grade.unit_id).where(Grade.member_id == member, counts())).all()
        assert str(grade) == expected
        [base] = session.execute(
            select(CarriedBase.unit_id, CarriedBase.base).where(CarriedBase.member_id == member)
        ).all()
        code = next(one for one in settled if str(units[one]) == expected)
        assert base == (units[code], settled[code][-1]), "the newest word of the branch that counts"
        raise Undone


def arrive(session, units, member, kind, told):
    if kind == "roster":
        place, since, until = told
        body = RosterChanged(units[place], [card(member, since, until)], "", noon(FIRST).isoformat())
        receive_rosters(session, [SimpleNamespace(unit=units[place], body=body)], noon(FIRST))
    elif kind == "confirmed":
        filing = new_id()
        original = msgspec.json.encode(filed(member, units[told], filing))
        at_noon = noon(FIRST).isoformat()
        body = AppraisalConfirmed(filing, units[told], units[told], "", "", at_noon, original)
        receive_confirmed(session, [SimpleNamespace(unit=units[told], body=body)], noon(FIRST))
    else:
        place, n, base = told
        when = noon(date(2027, 2, 1), n).isoformat()
        lines = [BaseLine(member, base, 300_00, 300_00)]
        body = YearSettled(units[place], YEAR, UUID(int=1), lines, 0, "", when)
        receive_settled(session, [SimpleNamespace(unit=units[place], body=body)], noon(FIRST))
    session.flush()


def at_most_one(session, member):
    graded = session.scalars(select(Grade.unit_id).where(Grade.member_id == member)).all()
    counted = session.scalars(select(Grade.unit_id).where(Grade.member_id == member, counts())).all()
    assert len(counted) == bool(graded)
    bases = session.execute(
        select(CarriedBase.unit_id).where(CarriedBase.member_id == member, CarriedBase.year == YEAR + 1)
    ).all()
    assert len(bases) <= 1
    aside = session.scalars(select(GradeAside.unit_id).where(GradeAside.member_id == member)).all()
    assert not set(aside) & {one[0] for one in bases}


def test_the_branch_of_new_years_eve_counts_and_without_one_the_last_before_it():
    eve = date(YEAR, 12, 31)
    left, came = Stay("a", date(2020, 1, 1), eve), Stay("b", eve, None)
    assert counting_branch(YEAR, [left, came]) == counting_branch(YEAR, [came, left]) == "b"
    later = Stay("b", date(YEAR + 1, 1, 1), None)
    assert counting_branch(YEAR, [later, Stay("a", date(2020, 1, 1), date(YEAR + 1, 1, 1))]) == "a"
    gone = [Stay("a", date(2020, 1, 1), date(YEAR, 3, 1)), Stay("b", date(YEAR, 3, 1), date(YEAR, 5, 1))]
    assert counting_branch(YEAR, gone) == "b"
    assert counting_branch(YEAR, [Stay("a", None, None), Stay("b", None, None)]) == "b"
    with pytest.raises(ValueError, match="no branch"):
        counting_branch(YEAR, [])


# --- over the wire ---


def settle(branch, member, base, when):
    def send(session, _who, unit, _year):
        lines = [BaseLine(member, base, base * 3, base * 3)]
        body = YearSettled(unit.id, YEAR, UUID(int=1), lines, 0, "书记（合成）", when.isoformat())
        send_up(session, unit.id, unit.id, body, when)

    branch.work(send)
    branch.county.settle()


def test_a_branch_whose_member_is_counted_elsewhere_reads_on_its_desk_whom_and_why(county, branches):
    member, _other = branches[HERE].members(2)
    county.settle()
    branches[HERE].move(member, branches[FAR], at(6, 1))
    settle(branches[FAR], member, 60_00, at(2, 1, 2027))
    settle(branches[HERE], member, 99_00, at(2, 2, 2027))
    with within(county.tiers.county) as session:
        [base] = session.scalars(select(CarriedBase).where(CarriedBase.member_id == member)).all()
        assert (base.unit_id, base.base) == (county.unit("county", FAR).id, 60_00)
        assert session.scalars(select(Quarantine.reason)).all() == []
    county.now = at(2, 3, 2027)
    desk = county.client("branch", HERE).get("/").get_data(as_text=True)
    assert "2026 年度有党员以别的支部的评议为准" in desk
    assert "党员1（合成） 的年度以乙201村的评议为准" in desk
    told = county.client("branch", HERE).get("/appraisal?year=2026").get_data(as_text=True)
    assert "年底那天组织关系在那里" in told
    assert "以别的支部" not in county.client("branch", FAR).get("/").get_data(as_text=True)
    county_page = county.client("county", "321323-zzk").get("/years/2026/closing").get_data(as_text=True)
    assert "党员1（合成）：计乙201村的，不计甲201村的" in county_page


def test_nobody_tells_of_somebody_elses_member(county, branches):
    """Neither a base nor a case; set aside with the reason, in the audit, at the township already."""
    [member] = branches[NEXT].members(1, start=30)
    county.settle()
    settle(branches[HERE], member, 99_00, at(2, 4, 2027))
    line = CaseLine(
        case_id=new_id(), member_id=member, year=YEAR, sort="appeal", tier="county", code="grade",
        against=None, rulebook="", reasons=[], text="", codes=[], opened_by="",
        opened_at=at(2, 4).isoformat(),
    )  # fmt: skip

    def tell(session, _who, unit, _year):
        send_up(session, unit.id, unit.id, CasesTold(unit.id, "branch", [line], []), at(2, 4))

    branches[HERE].work(tell)
    county.settle()
    reason = "it is about somebody who was not this branch's member in that year"
    with within(county.tiers.township) as session:
        assert session.scalars(select(Quarantine.reason)).all() == [reason] * 2
        acts = session.scalars(select(AuditEvent).where(AuditEvent.action == "sync.out_of_scope")).all()
        assert {one.detail["kind"] for one in acts} == {"year.settled", "outcome.told"}
    with within(county.tiers.county) as session:
        assert session.scalars(select(CarriedBase).where(CarriedBase.member_id == member)).all() == []
    # A township that let it pass does not get it past the county.
    node, unit = county.tiers.county.node, county.unit("county", HERE).id
    body = YearSettled(unit, YEAR, UUID(int=1), [BaseLine(member, 1, 1, 1)], 0, "", at(2, 5).isoformat())
    with pytest.raises(Exception, match="was not this branch's member"), node.store.ingest() as ledger:
        receive_settled(ledger.session, [SimpleNamespace(unit=unit, body=body)], at(2, 5))


# --- at the source ---


def test_who_moves_after_new_year_stays_the_old_branchs_for_the_year_that_is_over(county, branches):
    """Agreed for a day in December, closed in January: it holds from 1 January, when the year is over."""
    [member] = branches[HERE].members(1, start=60)
    county.settle()
    transfer = branches[HERE].offer(member, FAR, at(12, 20))
    branches[FAR].accept(transfer, date(2026, 12, 21), at(12, 21))
    branches[HERE].hand_over(transfer, at(1, 12, 2027))
    assert branches[HERE].member(member).until == date(2027, 1, 1)
    assert branches[FAR].member(member).since == date(2027, 1, 1)
    county.now = at(1, 12, 2027)
    told = county.client("branch", FAR).get(f"/transfers/{transfer}").get_data(as_text=True)
    assert "2027-01-01（上一年度由原支部评议）" in told


def test_who_goes_in_january_goes_when_the_year_is_posted(county, branches):
    [member] = branches[NEXT].members(1, start=61)
    county.settle()
    claim = branches[NEXT].claim(member, day=date(2026, 12, 20))
    branches[NEXT].approve(claim, now=at(12, 21))
    transfer = branches[NEXT].offer(member, FAR, at(1, 4, 2027))
    branches[FAR].accept(transfer, date(2027, 1, 4), at(1, 4, 2027))
    with pytest.raises(Refused, match="请先把"):
        branches[NEXT].hand_over(transfer, at(1, 5, 2027))


def test_who_left_and_came_back_is_still_of_the_roster_of_new_years_eve(county, branches):
    [member] = branches[HERE].members(1, start=62)
    county.settle()
    branches[HERE].move(member, branches[FAR], at(1, 13, 2027))
    branches[FAR].move(member, branches[HERE], at(2, 20, 2027))
    eve = date(2026, 12, 31)
    here = branches[HERE].work(lambda s, _w, unit, _y: {one.id for one in roster_on(s, unit.id, eve)})
    far = branches[FAR].work(lambda s, _w, unit, _y: {one.id for one in roster_on(s, unit.id, eve)})
    assert member in here
    assert member not in far


def test_a_ballot_opened_before_a_late_record_arrived_says_whom_it_lacks(county, branches):
    """Handed over in December, while the wire was down; on no ballot of either branch otherwise."""
    [member] = branches[HERE].members(1, start=63)
    tellers = branches[NEXT].members(2, start=64)
    county.settle()
    transfer = branches[HERE].offer(member, NEXT, at(12, 20))
    branches[NEXT].accept(transfer, date(2026, 12, 20), at(12, 20))
    branches[HERE].hand_over(transfer, at(12, 28), settle=False)
    said = [Teller(one, f"第 {n} 位监票人的口令要长一些") for n, one in enumerate(tellers)]
    when = at(1, 12, 2027)
    branches[NEXT].work(lambda s, who, unit, year: open_box(s, who, unit, year, "members", said, when))
    county.now = when
    assert "测评票上少了人" not in county.client("branch", NEXT).get("/").get_data(as_text=True)
    county.settle()
    desk = county.client("branch", NEXT).get("/").get_data(as_text=True)
    assert "2026 年度测评票上少了人" in desk
    assert "党员63（合成） 年底在本支部名册里，票上没有" in desk
