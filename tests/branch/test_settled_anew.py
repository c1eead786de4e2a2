"""What keeps a year open at one branch has a way out: the county asks, the branch settles it anew."""

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.appraisal.models import MemberBase, YearSettlement
from services.branch.outcomes.models import BaseCorrection
from services.county.years.models import CarriedBase, SettledYear, ToldBase
from services.county.years.working import close_years
from shared.contracts.outcomes import BaseLine, YearSettled
from shared.sync.models import Quarantine
from shared.sync.outbox import send_up
from tests.branch.appraisal_hands import page
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import YEAR, at


@pytest.fixture(scope="module")
def year(county):
    """A branch with nothing left to decide, but for a base that was carried wrongly: 99 points for 60."""
    made = Decided.at_outcomes(county)
    made.secretary.post("/outcomes/draw-up")
    made.at_county("zzk").post("/outcomes/draw-up")
    county.settle()
    for tier, client in (("county", made.at_county("zzk")), ("branch", made.secretary)):
        waiting = made.cases(tier, tier=tier, state="open")
        made.many(client, "drop", waiting, reason="会议研究，不予运用")
    made.many(made.at_county("bz"), "confirm", made.cases("county", tier="county", state="decided"))
    made.confirm(made.cases(tier="branch", state="decided"))
    assert made.close("outcomes") is None
    assert made.secretary.post("/appraisal/grades/carry").status_code == 303
    owner(made, "branch", update(MemberBase).where(*next_base_of(MemberBase, made)).values(base=99_00))
    made.close("next_base")
    owner(made, "branch", update(MemberBase).where(*next_base_of(MemberBase, made)).values(base=99_00))
    county.settle()
    owner(made, "county", update(CarriedBase).where(*next_base_of(CarriedBase, made)).values(base=99_00))
    return made


def owner(year, tier, statement):
    """As only the owner of the database can."""
    engine = create_engine(year.county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def next_base_of(table, year):
    return table.member_id == year.people[0], table.year == YEAR + 1


def close_the_year(year):
    answer = year.at_county("zzk").post(f"/years/{YEAR}/closing", data={"confirmation": str(YEAR)})
    assert answer.status_code == 303, page(answer)
    while close_years(year.county.tiers.county):
        pass
    year.county.settle()
    return page(year.at_county("zzk").get(f"/years/{YEAR}/closing"))


def carried(year):
    with within(year.county.tiers.county) as session:
        return session.scalars(select(CarriedBase).where(*next_base_of(CarriedBase, year))).one()


def test_a_wrong_base_keeps_the_year_open_and_the_county_asks_the_branch_by_name(year):
    year.on(at(2, 5, 2027))
    told = close_the_year(year)
    assert f"base differs: {year.people[0]}" in told
    unit = year.county.unit("county", year.branch.village)
    where = f"/years/{YEAR}/closing/{unit.id}/ask"
    organiser = year.at_county("zzk")
    assert year.at_county("bz").post(where, data={"reason": "请核对"}).status_code == 403
    assert organiser.post(where, data={"reason": ""}).status_code == 422
    assert organiser.post(where, data={"reason": "第一位党员的基础分和格次对不上"}).status_code == 303
    assert "已请支部重新办结" in page(organiser.get(f"/years/{YEAR}/closing"))
    other = year.county.unit("county", "321323001202")
    assert organiser.post(f"/years/{YEAR}/closing/{other.id}/ask", data={"reason": "x"}).status_code == 404


def test_the_branch_sees_on_its_desk_what_is_asked_and_why(year):
    year.county.settle()
    desk = page(year.secretary.get("/"))
    assert "县里请重新办结 2026 年度" in desk
    assert "第一位党员的基础分和格次对不上" in desk
    assert "第一位党员的基础分和格次对不上" in page(year.secretary.get("/appraisal"))


def test_settling_anew_puts_the_base_right_by_counter_entry_and_replaces_what_was_told(year):
    refused = year.secretary.post("/appraisal/settle-again", data={"reason": ""})
    assert refused.status_code == 422
    year.county.now = at(2, 10, 2027)
    year.on(year.county.now)
    assert (
        year.secretary.post("/appraisal/settle-again", data={"reason": "按县里要求核对"}).status_code == 303
    )
    with within(year.county.tiers.branch) as session:
        [entry] = session.scalars(select(BaseCorrection)).all()
        assert (entry.member_id, entry.year, entry.points) == (year.people[0], YEAR + 1, -39_00)
        stored = session.scalars(select(MemberBase).where(*next_base_of(MemberBase, year))).one()
        assert stored.base == 99_00, "history stays as it is"
        assert len(session.scalars(select(YearSettlement)).all()) == 2
    year.county.settle()
    assert carried(year).base == 60_00
    with within(year.county.tiers.county) as session:
        assert session.scalars(select(SettledYear)).one().at == year.county.now
        assert len(session.scalars(select(ToldBase)).all()) == 12, "both words are kept"
    assert "县里请重新办结" not in page(year.secretary.get("/"))
    assert "支部已重新办结" in page(year.at_county("zzk").get(f"/years/{YEAR}/closing"))


def test_an_older_word_that_comes_late_changes_nothing(year):
    old = year.branch.work(lambda s, _w, unit, _y: told_by(unit, year, 77_00, at(2, 1, 2027)))
    year.branch.work(lambda s, _w, unit, _y: send_up(s, unit.id, unit.id, old, at(2, 1, 2027)))
    year.county.settle()
    assert carried(year).base == 60_00


def told_by(unit, year, base, when):
    with within(year.county.tiers.county) as session:
        filing = session.scalars(select(SettledYear.filing_id)).one()
    line = BaseLine(year.people[0], base, base * 3, base * 3)
    return YearSettled(unit.id, YEAR, filing, [line], 0, "谁", when.isoformat())


def test_the_year_then_closes_and_after_that_nothing_is_settled_any_more(year):
    assert "本年度已关闭" in close_the_year(year)
    again = year.secretary.post("/appraisal/settle-again", data={"reason": "再来一次"})
    assert (again.status_code, "已经关闭" in page(again)) == (409, True)
    late = year.branch.work(lambda s, _w, unit, _y: told_by(unit, year, 88_00, at(6, 1, 2027)))
    year.branch.work(lambda s, _w, unit, _y: send_up(s, unit.id, unit.id, late, at(6, 1, 2027)))
    year.county.settle()
    assert carried(year).base == 60_00
    with within(year.county.tiers.county) as session:
        assert session.scalars(select(Quarantine.reason)).all() == ["the year is closed"]
