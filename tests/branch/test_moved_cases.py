"""Cases go with their member: he reads where he is now what he knows of them, as they stand where settled."""

import random
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook
from sqlalchemy import select

from deploy.demo.tiers import within
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.proposing import _help as helped
from services.branch.transfers.brought import keep_case
from services.branch.transfers.cases import carried_cases
from services.branch.transfers.models import BroughtCase
from services.county.registry.actions import announce_units
from shared.contracts.transfers import MemberFollowed
from shared.kit.ids import new_id
from shared.kit.scope import Scope
from shared.kit.units import unit_by_code
from shared.outcomes.barring import barred, shields
from shared.outcomes.drawing_up import help_periods, open_codes
from shared.outcomes.reading import Told
from shared.rules.outcomes import Standing, Word
from tests.branch.appraisal_hands import PASSWORD, page, signed_in
from tests.branch.points_hands import YEAR, at
from tests.branch.transfer_hands import Mover
from tests.browser.outcome_stages import Staged, form_id

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"


@pytest.fixture(scope="module")
def year(county):
    """Cases in every stage; then the two with most of them move to another township."""
    made = Staged.at_every_stage(county)
    made.movers = {code: Mover(county, code) for code in (HERE, NEXT, FAR)}
    made.moved, made.other_one = made.people[4], made.people[5]
    for member in (made.moved, made.other_one):
        made.movers[HERE].move(member, made.movers[FAR], at(1, 26, 2027))
    made.on(at(1, 27, 2027))
    made.other.post("/login", data={"login": "committee-2", "password": PASSWORD})
    made.member = signed_in(county, made.moved, "moved", village=FAR)
    return made


def brought(year, code, member):
    """By code and sort, what the branch was told of the member's cases."""
    with within(year.county.tiers.branch) as session:
        unit = unit_by_code(session, code).id
        query = select(BroughtCase).where(BroughtCase.unit_id == unit, BroughtCase.member_id == member)
        return {(one.code, one.sort): one for one in session.scalars(query)}


def states(year, code, member):
    return {what: one.state for (what, sort), one in brought(year, code, member).items() if sort == "outcome"}


def test_what_the_member_knows_of_came_along_and_nothing_he_does_not_know_of(year):
    found = states(year, FAR, year.moved)
    assert found == {
        "alert_notice": "in_force",
        "help_period": "open",
        "honours_barred_unqualified": "open",
    }
    assert year.of(4, "help_talk").state == "open", "proposed at the old branch, and he was not heard"
    sorts = {sort for _code, sort in brought(year, FAR, year.moved)}
    assert sorts == {"outcome", "tolerance", "appeal"}
    assert states(year, FAR, year.other_one)["correction_notice"] == "undone"


def test_it_says_what_was_decided_by_whom_and_where(year):
    one = brought(year, FAR, year.moved)["alert_notice", "outcome"]
    assert (one.branch_code, one.branch_name, one.tier) == (HERE, "甲201村", "branch")
    assert one.name == ["警示通知书", "Alert notice"]
    assert one.clause
    kinds = [word[0] for word in one.words]
    assert kinds == ["called", "stated", "decided", "confirmed"]
    assert [word[2] for word in one.words[:2]] == ["", ""], (
        "what he said when he was heard stays where it was said"
    )
    assert one.appeal_by is not None


def test_the_member_reads_it_on_his_page_with_whom_to_turn_to(year):
    own = page(year.member.get(f"/outcomes?year={YEAR}"))
    assert "随组织关系从甲201村转来的事项" in own
    assert "要签收、说明或申诉的，请找甲201村" in own
    assert "警示通知书" in own
    assert "帮扶谈话" not in own
    assert "没有和您有关的" not in own
    year.member.post("/language", data={"language": "en"})
    english = page(year.member.get(f"/outcomes?year={YEAR}"))
    assert "Cases that came from 甲201村 with the membership" in english
    year.member.post("/language", data={"language": "zh"})


def test_who_has_nothing_is_told_so_as_ever(year):
    [stranger] = year.movers[NEXT].members(1)
    year.county.settle()
    own = page(signed_in(year.county, stranger, "stranger", village=NEXT).get(f"/outcomes?year={YEAR}"))
    assert "没有和您有关的" in own
    assert "转来" not in own


def test_the_new_branch_reads_it_and_takes_it_out_with_the_list(year):
    secretary = year.county.client("branch", FAR)
    shown = page(secretary.get(f"/outcomes?year={YEAR}&state=all"))
    assert "随组织关系从甲201村转来的事项" in shown
    assert "党员5（合成）" in shown
    assert "警示通知书" not in page(secretary.get(f"/outcomes?year={YEAR}&state=withdrawn"))
    sheet = load_workbook(BytesIO(secretary.get(f"/outcomes/export.xlsx?year={YEAR}&state=all").data)).active
    cells = {cell for row in sheet.values for cell in row}
    assert {"甲201村（转来）", "警示通知书"} <= cells
    assert "转来的事项" not in page(
        year.county.client("branch", NEXT).get(f"/outcomes?year={YEAR}&state=all")
    )


def test_why_says_that_the_grade_was_worked_out_elsewhere_and_where(year):
    why = page(year.member.get(f"/my/why?year={YEAR}"))
    assert "格次由甲201村评定，随组织关系转来；推导过程在甲201村" in why
    assert "还没有评定格次" not in why
    assert "警示通知书（已生效）：在甲201村办理" in why
    assert "没有结果运用事项" not in why


def test_what_is_said_at_the_old_branch_since_is_told_on(year):
    year.word(year.secretary, "acknowledged", year.of(4, "alert_notice"))
    one = brought(year, FAR, year.moved)["alert_notice", "outcome"]
    assert one.words[-1][0] == "acknowledged"
    assert "本人已签收" in page(year.member.get(f"/outcomes?year={YEAR}"))
    talk = year.of(4, "help_talk")
    year.word(year.secretary, "decided", talk, verdict="applied")
    assert "help_talk" not in states(year, FAR, year.moved), "nobody has confirmed it"
    year.word(year.committee, "confirmed", year.of(4, "help_talk"))
    assert states(year, FAR, year.moved)["help_talk"] == "in_force"


def test_what_the_county_says_since_is_told_on(year):
    year.word(year.at_county("zr"), "confirmed", year.case("county", id=form_id(3)))
    assert year.of(4, "alert_notice").state == "undone"
    assert states(year, FAR, year.moved)["alert_notice"] == "undone"
    assert brought(year, FAR, year.moved)["alert_notice", "appeal"].state == "in_force"


def test_the_new_branch_proposes_and_takes_nothing_a_second_time(year):
    far = year.county.unit("branch", FAR).id
    with year.county.tiers.branch.database.transaction(Scope(units=(far,))) as session:
        codes = open_codes(session, DESK, [year.moved], YEAR)[year.moved]
        held = shields(session, DESK, [year.moved])[year.moved]
    assert codes == {"help_talk", "help_period", "honours_barred_unqualified"}, (
        "what was undone stands in nobody's way"
    )
    assert [sorted(one.codes) for one in held] == [["honours_barred_unqualified"]]
    for path, data in (
        ("/outcomes/tolerance", {"codes": ["honours_barred_unqualified"]}),
        (f"/outcomes/grade-appeal?year={YEAR}", {}),
    ):
        again = year.member.post(path, data={"id": str(uuid4()), "text": "请再核对一次", **data})
        assert (again.status_code, "已经提出过" in page(again)) == (409, True)


def test_a_shield_and_a_help_period_go_on_holding_at_the_new_branch(year):
    granted = {"verdict": "granted", "codes": ["honours_barred"], "text": "医院证明属实"}
    granted |= {"first": "2027-01-20", "last": "2027-06-30", "correction": "按月参加组织生活"}
    decided = year.word(year.at_county("bz"), "decided", year.case("county", id=form_id(1)), **granted)
    assert decided.status_code == 303, page(decided)
    year.word(year.at_county("zr"), "confirmed", year.case("county", id=form_id(1)))
    secretary = year.county.client("branch", HERE)
    year.word(secretary, "decided", year.of(4, "help_period"), verdict="applied")
    year.word(year.committee, "confirmed", year.of(4, "help_period"))
    book = year.movers[FAR].work(lambda _s, _w, _u, here: here.outcomes)
    far = year.county.unit("branch", FAR).id
    with year.county.tiers.branch.database.transaction(Scope(units=(far,))) as session:
        [shield] = shields(session, DESK, [year.other_one])[year.other_one]
        [period] = help_periods(book, helped(session, [year.moved]))[year.moved]
    assert (shield.granted, shield.last, shield.codes) == (True, date(2027, 6, 30), {"honours_barred"})
    assert (period.year, period.last - period.first) == (YEAR, timedelta(days=180))
    assert "期限到 2027-06-30" in page(year.county.client("branch", FAR).get("/outcomes?state=all"))


def test_of_several_outcomes_none_is_chosen_beside_one_that_came_along(year):
    """Two of which people choose one: the old branch's county decided on the first."""
    told = brought(year, FAR, year.moved)["help_period", "outcome"]
    values = {one.name: getattr(told, one.name) for one in BroughtCase.__table__.columns}
    with year.county.tiers.branch.node.store.ingest() as ledger:
        ledger.session.add(BroughtCase(**values | {"id": new_id(), "code": "demotion"}))
    about = {"member_id": year.moved, "year": YEAR, "rulebook": told.rulebook, "sort": "outcome"}
    case = SimpleNamespace(id=new_id(), code="relief", referred_to="", **about)
    decided = Word("decided", "a", date(2027, 2, 1), "applied")
    found = Told(case, (), Standing("decided", decided, {"decided": decided}))
    word = Word("confirmed", "b", date(2027, 2, 2))

    def ask(session, who, _unit, _year):
        return barred(session, DESK, who, found, word)

    assert year.movers[FAR].work(ask).code == "chosen"
    case.code = "honours_barred"
    assert year.movers[FAR].work(ask) is None


def test_who_moves_on_takes_it_along_and_who_comes_back_finds_it_where_it_was(year):
    before = states(year, FAR, year.moved)
    year.movers[FAR].move(year.moved, year.movers[NEXT], at(2, 20, 2027))
    assert states(year, NEXT, year.moved) == before
    year.county.now = at(2, 21, 2027)
    year.word(year.county.client("branch", HERE), "acknowledged", year.of(4, "help_period"))
    told = brought(year, NEXT, year.moved)["help_period", "outcome"]
    assert told.words[-1][0] == "acknowledged", "through the branch in between"
    year.movers[NEXT].move(year.moved, year.movers[HERE], at(2, 22, 2027))
    assert states(year, HERE, year.moved) == {}


def test_a_branch_that_was_renamed_since_is_one_branch_under_its_new_name(year):
    """One of its cases was told before, another after; and before anything is told at all."""
    far = year.county.client("branch", FAR)
    for name, sections in (("甲新201村", 0), ("甲更新201村", 1)):
        rename(year, HERE, name)
        if sections:
            year.word(
                year.county.client("branch", HERE),
                "acknowledged",
                year.of(5, "fault_tolerance", sort="tolerance"),
            )
        names = {one.branch_name for one in brought(year, FAR, year.other_one).values()}
        assert len(names) == 1 + sections
        shown = page(far.get(f"/outcomes?year={YEAR}&state=all"))
        assert shown.count("<h2>随组织关系从") == 1
        assert f"<h2>随组织关系从{name}转来的事项</h2>" in shown
        assert "甲201村" not in shown.partition("<h2>随组织关系从")[2]
        sheet = load_workbook(BytesIO(far.get(f"/outcomes/export.xlsx?year={YEAR}&state=all").data)).active
        cells = {cell for row in sheet.values for cell in row}
        assert f"{name}（转来）" in cells
        assert "甲201村（转来）" not in cells


def rename(year, code, name):
    """The county gives a branch another name and says so to all below."""
    with within(year.county.tiers.county) as session:
        unit = unit_by_code(session, code)
        unit.name = name
        announce_units(session, year.county.tiers.county.signer(), [unit], "更名", None, year.county.now)
    year.county.settle()


def test_order_of_arrival_and_repeats_change_nothing(year):
    def tell(session, _who, unit, _year):
        return carried_cases(session, DESK, unit.id, year.other_one).cases

    told = year.movers[HERE].work(tell)
    body = MemberFollowed(
        transfer_id=new_id(), origin_code=HERE, origin_name="", target_code=FAR, member_id=year.other_one,
        grades=[], corrections=[], commitments=[], by="", at=at(2, 21, 2027).isoformat(),
    )  # fmt: skip
    tellings = [
        replace(one, state=state, version=number, at=at(3, 1 + number // 2, 2027).isoformat())
        for one in told
        for number, state in enumerate(("open", "decided", "open", "decided", "in_force", "undone"))
    ]
    ends = set()
    for seed in range(20):
        shuffled = tellings * 2
        random.Random(seed).shuffle(shuffled)
        with year.county.tiers.branch.node.store.ingest() as ledger:
            unit = unit_by_code(ledger.session, NEXT).id
            for one in shuffled:
                keep_case(ledger.session, unit, body, one)
            rows = ledger.session.scalars(select(BroughtCase).where(BroughtCase.unit_id == unit))
            rows = [one for one in rows if one.member_id == year.other_one]
            ends.add(tuple(sorted((one.code, one.state, one.version) for one in rows)))
            ledger.session.rollback()
    [end] = ends
    assert len(end) == len(told)
    assert {(state, version) for _code, state, version in end} == {("undone", 5)}
