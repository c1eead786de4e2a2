"""Outcomes: proposed by rule, decided by one, confirmed by another, told at every tier, undone by appeal."""

import re
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.appraisal.models import MemberBase
from services.branch.outcomes.corrected import correct_bases
from services.branch.outcomes.models import BaseCorrection
from services.branch.outcomes.models import OutcomeRun as BranchRun
from services.branch.outcomes.waiting import corrected_bases
from services.county.grades.models import ConfirmedAppraisal
from services.county.outcomes.models import OutcomeRun as CountyRun
from services.county.roster.models import KnownMember
from services.county.runtime import _own_work as own_work
from services.county.years.closing import undecided
from services.county.years.models import BaseCorrection as CountyCorrection
from services.county.years.models import CarriedBase, MemberYear, SettledYear
from services.county.years.working import close_years
from shared.kit.ids import new_id
from shared.kit.units import unit_by_code
from shared.rules.outcomes import redraw
from shared.sync.years import year_of
from tests.branch.appraisal_hands import page
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import VILLAGE, YEAR, at


@pytest.fixture(scope="module")
def year(county):
    return Decided.at_outcomes(county)


def states(year, **wanted):
    """Where each tier's copy of a case stands."""
    return [[one.state for one in year.cases(tier, **wanted)] for tier in ("branch", "township", "county")]


def test_the_year_waits_until_outcomes_are_proposed(year):
    assert "尚未生成结果运用建议" in page(year.close("outcomes"))
    assert "没有和您有关的" in page(year.mine[2].get("/outcomes"))


def test_the_branch_proposes_what_the_rules_propose_and_nothing_twice(year):
    assert year.secretary.post("/outcomes/draw-up").status_code == 303
    codes = [(one.member_id, one.code) for one in year.cases(tier="branch")]
    grades = {"excellent": "material_reward", "unqualified": "help_talk"}
    assert {code for _member, code in codes} >= set(grades.values())
    assert len(codes) == len(set(codes))
    year.secretary.post("/outcomes/draw-up")
    assert [(one.member_id, one.code) for one in year.cases(tier="branch")] == codes
    year.county.settle()
    assert [one.code for one in year.cases("county")] == [one.code for one in year.cases("branch")]


def test_a_drawing_up_done_again_from_what_it_pinned_comes_to_the_same(year):
    with within(year.county.tiers.branch) as session:
        book = year_of(session, YEAR).outcomes
        for run in session.scalars(select(BranchRun)):
            assert redraw(book, "branch", run.given, date.fromisoformat(run.drawn_on)) == run.digest


def test_one_decides_and_another_confirms(year):
    good = year.cases(code="material_reward")
    assert year.many(year.secretary, "apply", good).status_code == 303
    assert states(year, code="material_reward") == [["decided"] * len(good)] * 3
    decided = year.cases(code="material_reward")
    year.many(year.secretary, "confirm", decided)
    assert "决定和确认要由两个人分别办理" in page(year.secretary.get("/outcomes?state=decided"))
    assert states(year, code="material_reward") == [["decided"] * len(good)] * 3
    own = [one for one in decided if one.member_id == year.people[0]]
    year.many(year.committee, "confirm", own)
    assert "不能决定自己的事" in page(year.committee.get("/outcomes?state=decided"))
    year.confirm(decided)
    assert states(year, code="material_reward") == [["in_force"] * len(good)] * 3


def test_what_weighs_on_a_member_is_decided_after_hearing_him(year):
    alert = year.case(code="alert_notice")
    refused = year.word(year.secretary, "decided", alert, verdict="applied")
    assert (refused.status_code, "请先听取本人意见" in page(refused)) == (409, True)
    assert year.word(year.committee, "heard", alert, text="").status_code == 409
    assert year.word(year.committee, "heard", alert, text="本人承认，愿意改正").status_code == 303
    alert = year.case(code="alert_notice")
    alone = year.word(year.committee, "decided", alert, verdict="applied")
    assert (alone.status_code, "代录本人意见和作出决定要由两个人分别办理" in page(alone)) == (409, True)
    early = year.word(year.secretary, "decided", alert, verdict="applied")
    assert (early.status_code, "本人可以在 2027-01-28 前更正" in page(early)) == (409, True)
    year.on(at(1, 29, 2027))
    assert year.word(year.secretary, "decided", alert, verdict="applied").status_code == 303
    year.on(at(1, 25, 2027))
    alert = year.case(code="alert_notice")
    assert year.word(year.committee, "confirmed", alert).status_code == 303
    assert states(year, code="alert_notice") == [["in_force"]] * 3


def test_somebody_who_saw_an_older_state_decides_nothing(year):
    talk = year.case(code="help_talk")
    assert year.word(year.secretary, "decided", talk, verdict="applied").status_code == 303
    stale = year.word(year.committee, "confirmed", talk)
    assert (stale.status_code, "刚刚被别人办理过" in page(stale)) == (409, True)


def test_the_year_goes_on_when_nothing_is_open(year):
    assert "结果运用尚未决定" in page(year.close("outcomes"))
    waiting = year.cases(tier="branch", state="open")
    asked = year.many(year.secretary, "drop", waiting)
    assert "理由" in page(asked), "dropping asks for the reason first"
    assert year.many(year.secretary, "drop", waiting, reason="已另行处理").status_code == 303
    year.confirm(year.cases(tier="branch", state="decided"))
    assert {one.state for one in year.cases(tier="branch")} == {"in_force", "dropped"}
    assert year.close("outcomes") is None
    assert year.secretary.post("/appraisal/grades/carry").status_code == 303
    assert year.close("next_base") is None
    year.county.settle()
    with within(year.county.tiers.county) as session:
        settled = session.scalars(select(SettledYear)).one()
        assert settled.members == 6
        carried = select(CarriedBase).where(CarriedBase.year == YEAR + 1)
        assert {row.base for row in session.scalars(carried)} == {60_00, 24_00}


def test_the_county_proposes_decides_and_confirms_its_own(year):
    organiser, leader = year.at_county("zzk"), year.at_county("bz")
    assert leader.post("/outcomes/draw-up").status_code == 403
    assert organiser.post("/outcomes/draw-up").status_code == 303
    year.county.settle()
    own = year.cases("county", tier="county")
    assert {one.code for one in own} >= {"honours_city", "honours_county", "honours_barred"}
    assert [one.id for one in year.cases("branch", tier="county")] == [one.id for one in own]
    honours = [one for one in own if one.code == "honours_city"]
    assert year.many(leader, "apply", honours).status_code == 404, "the leader confirms, he does not decide"
    year.many(organiser, "apply", honours)
    year.many(leader, "confirm", year.cases("county", code="honours_city"))
    assert states(year, code="honours_city") == [["in_force"] * len(honours)] * 3
    with within(year.county.tiers.county) as session:
        assert session.scalars(select(CountyRun)).one().proposed == len(own)


def test_a_branch_cannot_decide_what_the_county_decides(year):
    barred = year.case("branch", code="honours_barred")
    refused = year.word(year.secretary, "heard", barred, text="说明")
    assert (refused.status_code, "这一步由另一级办理" in page(refused)) == (409, True)


def test_fault_tolerance_holds_back_what_it_lists_until_it_is_decided(year):
    last = year.mine[5]
    form = {"id": "0190a5a0-0000-7000-8000-000000000001", "text": "年初因病住院三个月，有证明"}
    nothing = last.post("/outcomes/tolerance", data=form)
    assert (nothing.status_code, "请选申请容错的事项" in page(nothing)) == (409, True)
    offered = page(last.get("/outcomes/tolerance"))
    assert 'value="honours_barred"' in offered
    for code in ("honours_barred_unqualified", "demotion", "step_down_warning"):
        assert f'value="{code}"' not in offered, "another grade's, or of a post he does not hold"
        barred = last.post("/outcomes/tolerance", data=form | {"codes": [code]})
        assert (barred.status_code, "不会因本人的格次和身份产生" in page(barred)) == (409, True)
    for text in ("", "   "):
        empty = last.post("/outcomes/tolerance", data={**form, "codes": ["honours_barred"], "text": text})
        assert (empty.status_code in (409, 422), "请写明事实和理由" in page(empty)) == (True, True)
    assert "没有可以申请容错的结果" in page(year.mine[0].get("/outcomes/tolerance"))
    asked = page(year.secretary.get("/outcomes/tolerance"))
    assert "下一步" in asked
    assert 'name="codes"' not in asked, "what may follow depends on whom it is about"
    chosen = page(year.secretary.get(f"/outcomes/tolerance?member={year.people[5]}"))
    assert 'value="honours_barred"' in chosen
    assert f'type="hidden" name="member" value="{year.people[5]}"' in chosen
    assert last.post("/outcomes/tolerance", data=form | {"codes": ["honours_barred"]}).status_code == 303
    year.county.settle()
    organiser, leader, director = (year.at_county(one) for one in ("zzk", "bz", "zr"))
    barred = year.case("county", code="honours_barred")
    year.let_speak(organiser, barred, text="本人说明已申请容错")
    held = year.word(organiser, "decided", year.case("county", code="honours_barred"), verdict="applied")
    assert (held.status_code, "容错期内暂不决定" in page(held)) == (409, True)

    asked = year.case("county", sort="tolerance")
    early = year.word(leader, "decided", asked, verdict="granted", text="情况属实")
    assert (early.status_code, "请先核实情况" in page(early)) == (409, True)
    year.word(organiser, "verified", asked, text="医院证明属实")
    grant = {"verdict": "granted", "text": "情况属实", "codes": ["honours_barred"]}
    grant |= {"first": "2027-01-25", "last": "2027-06-30", "correction": "下半年补足组织生活"}
    asked = year.case("county", sort="tolerance")
    wrong = year.word(leader, "decided", asked, **(grant | {"last": "2029-01-01"}))
    assert (wrong.status_code, "容错期应为" in page(wrong)) == (409, True)
    assert year.word(leader, "decided", asked, **grant).status_code == 303
    year.word(director, "confirmed", year.case("county", sort="tolerance"))
    assert states(year, sort="tolerance") == [["in_force"]] * 3
    held = year.word(organiser, "decided", year.case("county", code="honours_barred"), verdict="applied")
    assert "到 2027-06-30" in page(held)
    assert "下半年补足组织生活" in page(last.get(f"/outcomes/{asked.id}"))


def test_an_appeal_against_an_outcome_is_judged_by_others_and_undoes_it_everywhere(year):
    alert = year.case(code="alert_notice")
    member = year.mine[4]
    assert "可以申诉，到" in page(member.get(f"/outcomes/{alert.id}"))
    form = {"id": "0190a5a0-0000-7000-8000-000000000002", "text": "缺席的几次都请过假，有假条"}
    assert year.mine[3].post(f"/outcomes/{alert.id}/appeal", data=form).status_code == 404
    assert member.post(f"/outcomes/{alert.id}/appeal", data=form).status_code == 303
    assert member.post(f"/outcomes/{alert.id}/appeal", data=form).status_code == 303, "sent again it is one"
    year.county.settle()
    reviewer, director = year.at_county("fc"), year.at_county("zr")
    appeal = year.case("county", sort="appeal")
    assert (
        year.word(year.at_county("zzk"), "decided", appeal, verdict="upheld", text="属实").status_code == 404
    )
    assert year.word(reviewer, "decided", appeal, verdict="upheld").status_code == 409, "a reason is due"
    year.word(reviewer, "decided", appeal, verdict="upheld", text="假条属实，原决定依据不足")
    year.word(director, "confirmed", year.case("county", sort="appeal"))
    assert states(year, sort="appeal") == [["in_force"]] * 3
    assert states(year, code="alert_notice", sort="outcome") == [["undone"]] * 3
    assert "申诉成立" in page(member.get(f"/outcomes/{alert.id}"))


def test_an_appeal_against_a_grade_changes_grade_outcomes_and_base_in_all_tiers(year):
    unqualified = year.mine[4]
    before = {one.code: one.state for one in year.cases("county", member_id=year.people[4])}
    assert before["help_talk"] in ("in_force", "dropped")
    form = {"id": "0190a5a0-0000-7000-8000-000000000003", "text": "漏记了两次抢险，请核对"}
    assert unqualified.post("/outcomes/grade-appeal", data=form).status_code == 303
    year.county.settle()
    reviewer, director = year.at_county("fc"), year.at_county("zr")
    appeal = year.case("county", sort="appeal", code="grade")
    no_grade = year.word(reviewer, "decided", appeal, verdict="upheld", text="属实")
    assert (no_grade.status_code, "请选改定的格次" in page(no_grade)) == (409, True)
    bad = year.word(
        reviewer, "decided", appeal, verdict="upheld", text="属实", grade="qualified", points="许多"
    )
    assert (bad.status_code, "请填数字" in page(bad)) == (409, True)
    word = {"verdict": "upheld", "text": "两次抢险属实", "grade": "qualified", "points": "10"}
    for more, told in (({"points": "-5"}, "不能是负数"), ({"grade": "excellent"}, "最多 2 人，现已有 2 人")):
        refused = year.word(reviewer, "decided", appeal, **(word | more))
        assert (refused.status_code, told in page(refused)) == (409, True), more
    nan = year.word(reviewer, "decided", appeal, **(word | {"points": "NaN"}))
    assert (nan.status_code, "请填数字" in page(nan)) == (409, True)
    same = year.word(reviewer, "decided", appeal, **(word | {"grade": "unqualified", "points": "0"}))
    assert (same.status_code, "格次和分数都没有变" in page(same)) == (409, True)
    assert "减分填负数" not in page(reviewer.get(f"/outcomes/{appeal.id}"))
    assert year.word(reviewer, "decided", appeal, **word).status_code == 303
    appeal = year.case("county", sort="appeal", code="grade")
    year.many(year.at_county("bz"), "confirm", [appeal])
    assert states(year, sort="appeal", code="grade") == [["decided"]] * 3, (
        "the leader confirms outcomes alone"
    )
    assert year.word(director, "confirmed", appeal).status_code == 303
    once_more = form | {"id": "0190a5a0-0000-7000-8000-000000000013"}
    final = unqualified.post("/outcomes/grade-appeal", data=once_more)
    assert (final.status_code, "是最后结论，不能再申诉" in page(final)) == (409, True)
    after = {one.code: one.state for one in year.cases("county", member_id=year.people[4], sort="outcome")}
    gone = {code for code, state in after.items() if before.get(code) in ("open", "decided", "in_force")}
    assert gone
    assert {after[code] for code in gone if code != "alert_notice"} == {"undone"}
    for tier in ("branch", "township"):
        held = {one.code: one.state for one in year.cases(tier, member_id=year.people[4], sort="outcome")}
        assert held == after
    for tier, table in (("branch", BaseCorrection), ("county", CountyCorrection)):
        with within(getattr(year.county.tiers, tier)) as session:
            [row] = session.scalars(select(table)).all()
            assert (row.member_id, row.year, row.points) == (year.people[4], YEAR + 1, 3_00), tier
    with within(year.county.tiers.branch) as session:
        base = session.scalars(
            select(MemberBase).where(MemberBase.member_id == year.people[4], MemberBase.year == YEAR + 1)
        ).one()
        assert base.base == 24_00, "history stays as it is"
    # Under the new grade the rules propose other things, at once; what was taken away does not come again.
    fresh = year.cases("county", member_id=year.people[4], state="open", sort="outcome")
    assert "honours_county" in {one.code for one in fresh}
    keys = [
        (one.member_id, one.code) for one in year.cases("county", sort="outcome") if one.state != "undone"
    ]
    assert len(keys) == len(set(keys)), "nothing twice"
    waiting = page(year.at_county("zzk").get(f"/years/{YEAR}/closing"))
    assert "党员5（合成）" in waiting, "the year waits for them"


def test_the_branchs_pages_show_grade_and_base_as_the_appeal_left_them(year):
    """With the mark and the way to the case; what was graded stays beside it."""
    appeal = year.case("branch", sort="appeal", code="grade")
    listed = page(year.secretary.get(f"/appraisal/grades?year={YEAR}"))
    row = next(one for one in listed.split("<tr") if "党员5（合成）" in one)
    assert "不合格" not in row
    assert f'/outcomes/{appeal.id}"' in row
    assert "更正" in row
    assert "更正" not in next(one for one in listed.split("<tr") if "党员4（合成）" in one)
    paths = (f"/appraisal/members/{year.people[4]}?year={YEAR}", f"/appraisal/own?year={YEAR}")
    for client, path in zip((year.secretary, year.mine[4]), paths, strict=True):
        shown = page(client.get(path))
        assert "更正以前：不合格，年度总分 80.00 分" in shown, path
        assert "年度总分 90.00 分" in shown
        assert "更正以后 27.00 分" in shown
        assert shown.count(f'/outcomes/{appeal.id}"') == 2


def test_a_base_changed_besides_is_put_right_again_under_the_same_appeal(year):
    """At the branch too: nothing is lost because the appeal has brought an entry before."""
    appeal = year.case("branch", sort="appeal", code="grade")
    of = {"member_id": appeal.member_id, "unit_id": appeal.unit_id}
    with suppress(TakenBack), within(year.county.tiers.branch) as session:
        session.add(BaseCorrection(**of, case_id=new_id(), year=YEAR + 1, points=-5_00, at=year.county.now))
        session.flush()
        for _twice in range(2):
            correct_bases(session, appeal.unit_id, appeal.member_id, appeal.id, year.county.now)
            assert corrected_bases(session, appeal.unit_id) == {(appeal.member_id, YEAR + 1): 3_00}
        raise TakenBack


class TakenBack(Exception):
    """What was tried is rolled back."""


def closing(year, client, **form):
    return client.post(f"/years/{YEAR}/closing", data=form)


def go_on(year):
    """What the worker does on each ring."""
    rings = 1
    while close_years(year.county.tiers.county):
        rings += 1
    year.county.settle()
    return rings


def test_a_year_is_not_closed_while_something_is_open_and_says_what(year):
    organiser = year.at_county("zzk")
    assert closing(year, year.at_county("bz"), confirmation=str(YEAR)).status_code == 403
    assert closing(year, organiser, confirmation="2020").status_code == 422
    refused = closing(year, organiser, confirmation=str(YEAR))
    assert refused.status_code == 409
    assert "结果运用还没有决定或确认的党员" in page(refused)
    with within(year.county.tiers.county) as session:
        branch_name = unit_by_code(session, VILLAGE).name
    named = re.search(r'<a href="(/outcomes/[^"]+)">([^<]*党员6（合成）)</a>', page(refused))
    assert named is not None, "by branch and name, with the way to it"
    assert named[2] == f"{branch_name} 党员6（合成）"
    assert organiser.get(named[1]).status_code == 200
    assert not close_years(year.county.tiers.county), "nothing was begun"


def test_a_year_may_be_closed_from_the_day_after_its_december_takes_something(year):
    """The county and the branches reckon that day alike."""
    with within(year.county.tiers.branch) as session:
        last, today = year_of(session, YEAR).late_until, year.county.now
    where, early = f"/years/{YEAR}/closing", f"{last} 以前还可以补报"
    for day, refused in ((last, True), (last + timedelta(days=1), False)):
        year.county.now = at(day.month, day.day, day.year)
        organiser = year.at_county("zzk")
        assert (early in page(organiser.get(where))) is refused
        assert (early in page(closing(year, organiser, confirmation=str(YEAR)))) is refused
    year.county.now = today


def test_two_of_one_name_in_a_branch_are_two_whom_a_year_waits_for(year):
    def waits(session):
        opened = session.get_one(MemberYear, YEAR)
        found = undecided(session, opened, date(YEAR + 1, 4, 1))
        return next(one for one in found if one.sort == "outcome")

    engine = create_engine(year.county.settings["county"].owner_database_url, poolclass=NullPool)
    with Session(engine) as session:
        before = waits(session)
        assert len(before.names) > 1
        session.execute(update(KnownMember).values(name="党员（合成）"))
        after = waits(session)
        assert (len(after.names), after.cases) == (len(before.names), before.cases)
        session.rollback()
    engine.dispose()


def test_a_closing_interrupted_goes_on_and_what_differs_keeps_the_year_open(year):
    organiser = year.at_county("zzk")
    year.secretary.post("/outcomes/draw-up")
    year.county.settle()
    for tier, client in (("county", organiser), ("branch", year.secretary)):
        waiting = year.cases(tier, tier=tier, state="open")
        year.many(client, "drop", waiting, reason="会议研究，不予运用")
    year.many(year.at_county("bz"), "confirm", year.cases("county", tier="county", state="decided"))
    year.confirm(year.cases(tier="branch", state="decided"))
    changed = tamper(year, CarriedBase, base=99_00)
    assert closing(year, organiser, confirmation=str(YEAR)).status_code == 303
    assert closing(year, organiser, confirmation=str(YEAR)).status_code == 409, "it is under way"
    go_on(year)
    assert f"base differs: {changed}" in page(organiser.get(f"/years/{YEAR}/closing"))
    tamper(year, CarriedBase, base=60_00)
    broken_is_said_and_stops_nothing_else(year, organiser)
    assert closing(year, organiser, confirmation=str(YEAR)).status_code == 409


def broken_is_said_and_stops_nothing_else(year, organiser):
    """Neither a branch whose bytes cannot be read, nor a year without its rulebook, stops the worker."""
    original = owned(year, select(ConfirmedAppraisal.original))
    owned(year, update(ConfirmedAppraisal).values(original=b"{"))
    assert closing(year, organiser, confirmation=str(YEAR)).status_code == 303
    assert own_work(year.county.tiers.county) is False
    told = page(organiser.get(f"/years/{YEAR}/closing"))
    assert ("failed: DecodeError" in told, "复算时系统出错" in told) == (True, True)
    owned(year, update(ConfirmedAppraisal).values(original=original))
    books = owned(year, select(MemberYear.rulebooks))
    fewer = {kind: digest for kind, digest in books.items() if kind != "appraisal"}
    owned(year, update(MemberYear).values(rulebooks=fewer))
    assert closing(year, organiser, confirmation=str(YEAR)).status_code == 303
    assert own_work(year.county.tiers.county) is False
    told = page(organiser.get(f"/years/{YEAR}/closing"))
    assert ("failed: KeyError" in told, "复算出错停住了" in told) == (True, True)
    owned(year, update(MemberYear).values(rulebooks=books))
    go_on(year)
    assert "本年度已关闭" in page(organiser.get(f"/years/{YEAR}/closing")), "the next turn goes on"


def owned(year, statement):
    """As only the owner of the database can; the one value of a query."""
    engine = create_engine(year.county.settings["county"].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        done = connection.execute(statement)
        found = done.scalar_one() if done.returns_rows else None
    engine.dispose()
    return found


def tamper(year, table, **values):
    """As only the owner of the database can: the first member's row."""
    engine = create_engine(year.county.settings["county"].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        of = {"base": YEAR + 1}.get(next(iter(values)), YEAR)
        where = (table.member_id == year.people[0]) & (table.year == of)
        connection.execute(update(table).where(where).values(values))
    engine.dispose()
    return year.people[0]


def test_every_tier_knows_that_the_year_is_closed(year):
    for tier in ("township", "branch"):
        with within(getattr(year.county.tiers, tier)) as session:
            assert year_of(session, YEAR).closed.by == "组织科（演示）"
    form = {"what": "走访", "member": str(year.people[2])}
    assert year.secretary.post("/commitments/new", data=form).status_code in (409, 422)
    asked = {"id": "0190a5a0-0000-7000-8000-000000000023", "text": "有特殊情况", "codes": ["honours_barred"]}
    closed = year.mine[5].post("/outcomes/tolerance", data=asked)
    assert (closed.status_code, "年度已经关闭，不能再申请容错" in page(closed)) == (409, True)
    assert "申请容错" not in page(year.mine[5].get("/outcomes?year=2026"))


def test_clocks_are_kept(year):
    honours = year.cases("branch", code="honours_city")[0]
    member = year.mine[year.people.index(honours.member_id)]
    assert year.word(member, "acknowledged", honours).status_code == 303
    again = year.word(member, "acknowledged", year.cases("branch", code="honours_city")[0])
    assert again.status_code == 409
    late = at(6, 1, 2027)
    year.on(late)
    form = {"id": "0190a5a0-0000-7000-8000-000000000004", "text": "请再核对一次"}
    refused = year.mine[2].post("/outcomes/grade-appeal", data=form)
    assert (refused.status_code, "申诉期限到" in page(refused)) == (409, True)
