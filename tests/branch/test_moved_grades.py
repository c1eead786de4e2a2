"""A grade goes with its member: seen, appealed, put right where the member is now and where it was given."""

from datetime import date
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.branch.appraisal.figures import bases
from services.branch.appraisal.models import MemberBase
from services.branch.outcomes.models import BaseCorrection
from services.branch.transfers.models import BroughtGrade, ToldCorrection
from services.branch.transfers.reading import arrivals
from services.county.years.models import BaseCorrection as CountyCorrection
from services.county.years.models import CarriedBase
from shared.contracts.transfers import CarriedGrade, MemberFollowed
from shared.kit.ids import new_id
from shared.kit.units import unit_by_code
from shared.sync.models import Quarantine
from shared.sync.outbox import send_up
from tests.branch.appraisal_hands import PASSWORD, page, signed_in
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import YEAR, at
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"
UPHELD = {"verdict": "upheld", "text": "两次抢险属实", "grade": "qualified", "points": "10"}


@pytest.fixture(scope="module")
def year(county):
    """Everybody graded and told; then one moves to another township before the bases are carried."""
    made = Decided.at_outcomes(county)
    made.movers = {code: Mover(county, code) for code in (HERE, NEXT, FAR)}
    made.moved, made.asker = made.people[4], made.people[5]
    made.ask = made.mine[5].post(
        "/outcomes/grade-appeal", data={"id": str(uuid4()), "text": "有两次活动漏记，请核对"}
    )
    county.settle()
    for member in (made.moved, made.asker):
        made.movers[HERE].move(member, made.movers[FAR], at(1, 26, 2027))
    made.on(at(1, 27, 2027))
    made.other.post("/login", data={"login": "committee-2", "password": PASSWORD})
    return made


def brought(year, code, member):
    with within(year.county.tiers.branch) as session:
        return session.get(BroughtGrade, (unit_by_code(session, code).id, member, YEAR))


def base_at(year, code, member):
    """What the branch takes next year to begin with, in hundredths."""

    def look(session, _who, unit, _year):
        return bases(session, SimpleNamespace(year=YEAR + 1), unit.id, arrivals(session, unit.id)).get(member)

    return year.movers[code].work(look)


def county_base(year, member):
    with within(year.county.tiers.county) as session:
        of_year = {"member_id": member, "year": YEAR + 1}
        base = session.scalars(select(CarriedBase.base).filter_by(**of_year)).one()
        more = session.scalar(select(func.sum(CountyCorrection.points)).filter_by(**of_year)) or 0
        return base + more


def settle_here(year):
    """The old branch goes on to its end: outcomes dropped, bases carried, the year told."""
    year.secretary.post("/outcomes/draw-up")
    year.county.settle()
    year.many(year.secretary, "drop", year.cases(tier="branch", state="open"), reason="会议研究，不予运用")
    year.confirm(year.cases(tier="branch", state="decided"))
    told = year.close("outcomes")
    assert told is None, page(told)
    year.secretary.post("/appraisal/grades/carry")
    assert year.close("next_base") is None
    year.county.settle()


def test_the_grade_came_along_and_the_member_sees_it_at_the_new_branch(year):
    found = brought(year, FAR, year.moved)
    assert (found.branch_code, found.grade, found.signed_by) == (HERE, "unqualified", "m-4（合成）")
    year.member = signed_in(year.county, year.moved, "moved", village=FAR)
    own = page(year.member.get(f"/appraisal/own?year={YEAR}"))
    assert "不合格" in own
    assert "甲201村" in own
    secretary = year.county.client("branch", FAR)
    assert "党员5（合成）" in page(secretary.get(f"/appraisal/members?year={YEAR}"))
    assert brought(year, NEXT, year.moved) is None


def test_next_years_base_is_the_same_at_the_new_branch_and_at_the_county(year):
    assert base_at(year, FAR, year.moved) == 24_00
    settle_here(year)
    assert base_at(year, FAR, year.moved) == county_base(year, year.moved) == 24_00


def test_an_appeal_made_at_the_new_branch_puts_right_both_and_the_county(year):
    form = {"id": str(uuid4()), "text": "漏记了两次抢险，请核对"}
    asked = year.member.post(f"/outcomes/grade-appeal?year={YEAR}", data=form)
    assert asked.status_code == 303, page(asked)
    year.county.settle()
    decide(year, member_id=year.moved)
    assert base_at(year, FAR, year.moved) == county_base(year, year.moved) == 27_00
    with within(year.county.tiers.branch) as session:
        here = unit_by_code(session, HERE).id
        told = session.get(
            ToldCorrection, (here, year.case("county", member_id=year.moved, sort="appeal").id)
        )
        assert (told.member_id, told.grade, told.points) == (year.moved, "qualified", 10_00)
        [entry] = session.scalars(select(BaseCorrection).where(BaseCorrection.unit_id == here)).all()
        assert (entry.member_id, entry.year, entry.points) == (year.moved, YEAR + 1, 3_00)
        stored = select(MemberBase.base).where(MemberBase.member_id == year.moved)
        assert session.scalars(stored.where(MemberBase.year == YEAR + 1)).one() == 24_00


def test_the_old_branch_keeps_the_record_and_shows_what_became_of_it(year):
    shown = page(year.secretary.get("/appraisal/grades"))
    row = shown[shown.index("党员5（合成）") :].partition("</tr>")[0]
    assert "合格" in row
    assert "不合格" not in row
    assert "更正" in row


def decide(year, **wanted):
    reviewer, director = year.at_county("fc"), year.at_county("zr")
    appeal = year.case("county", sort="appeal", code="grade", **wanted)
    assert year.word(reviewer, "decided", appeal, **UPHELD).status_code == 303
    appeal = year.case("county", sort="appeal", code="grade", **wanted)
    assert year.word(director, "confirmed", appeal).status_code == 303


def test_an_appeal_made_before_leaving_is_put_right_where_the_member_is_now(year):
    assert year.ask.status_code == 303
    before = base_at(year, FAR, year.asker)
    decide(year, member_id=year.asker)
    assert base_at(year, FAR, year.asker) == county_base(year, year.asker) == before + 3_00


def test_who_moves_on_takes_the_grades_and_what_appeals_made_of_them_along(year):
    for member in (year.moved, year.asker):
        year.movers[FAR].move(member, year.movers[NEXT], at(2, 20, 2027))
        assert brought(year, NEXT, member).branch_code == HERE
        assert base_at(year, NEXT, member) == county_base(year, member)


def test_who_comes_back_finds_the_grade_where_it_was_given(year):
    year.movers[NEXT].move(year.asker, year.movers[HERE], at(2, 21, 2027))
    assert brought(year, HERE, year.asker) is None
    assert base_at(year, HERE, year.asker) == county_base(year, year.asker)


def test_nobody_sends_grades_after_somebody_he_has_not_handed_over(year):
    stranger = year.people[1]
    grade = CarriedGrade(
        year=YEAR, branch_code=NEXT, branch_name="", base=0, months=0, bonus=0, deductions=0, appraisal=0,
        total=999_00, grade="excellent", lines=[], signed_by="", proxy=False, signed_at=at(2, 1).isoformat(),
    )  # fmt: skip
    body = MemberFollowed(
        transfer_id=new_id(), origin_code=NEXT, origin_name="", target_code=FAR, member_id=stranger,
        grades=[grade], corrections=[], commitments=[], by="", at=at(2, 21, 2027).isoformat(),
    )  # fmt: skip
    year.movers[NEXT].work(lambda s, _w, unit, _y: send_up(s, unit.id, unit.id, body, at(2, 21, 2027)))
    year.county.settle()
    with within(year.county.tiers.township) as session:
        assert session.scalars(select(Quarantine.reason)).all() == [
            "it follows a member whom this branch has not handed over there"
        ]
    assert brought(year, FAR, stranger) is None
    assert date(2027, 1, 26) == year.movers[HERE].member(year.moved).until
