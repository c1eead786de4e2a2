"""What two branches and the county see of who moved, in a real browser: accessible, nothing sideways."""

from datetime import date

import pytest

from deploy.demo.tiers import within
from services.branch.appraisal.models import YearAsk
from services.branch.points.carried import Named, ask_strike
from services.branch.points.models import Claim
from services.branch.transfers.models import BroughtCase, BroughtGrade
from services.county.years.models import ClosedBranch, YearClosing
from shared.kit.ids import new_id
from shared.kit.units import unit_by_code
from tests.branch.appraisal_hands import PASSWORD
from tests.branch.appraisal_hands import signed_in as account
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.branch.transfer_hands import Mover
from tests.browser.portals import served, signed_in, walk

HERE, FAR = "321323001201", "321323002201"
WIDTHS = (390, 1366)


@pytest.fixture(scope="module")
def moved(county):
    """Somebody came with claims, one of which is to be struck, and with a grade that an appeal changed."""
    open_the_year(county)
    here, far = Mover(county, HERE), Mover(county, FAR)
    [member] = here.members(1)
    county.settle()
    claims = [here.done(member, item, date(2026, 1, day)) for item, day in (("household", 5), ("dispute", 9))]
    transfer = here.move(member, far, at(2, 3))
    county.now = at(2, 20, 2027)
    with within(county.tiers.branch) as session:
        first = session.get_one(Claim, claims[0])
        named = Named(member, first.unit_id, first.number)
        old = unit_by_code(session, HERE)
    account(county, None, "far-committee", "branch_committee", FAR)
    far.work(lambda s, who, unit, year: ask_strike(s, who, unit, year, named, "同一件事报了两次", county.now))
    with county.tiers.branch.node.store.ingest() as ledger:
        unit = unit_by_code(ledger.session, FAR)
        ledger.session.add_all([asked(unit, member, old), grade(unit, member, old)])
        ledger.session.add_all(case(unit, member, old, *one) for one in CASES)
    with county.tiers.county.node.store.work() as ledger:
        session = ledger.session
        unit = unit_by_code(session, HERE)
        fault = {"year": YEAR, "members": 6, "at": county.now}
        session.add(ClosedBranch(unit_id=unit.id, fault=f"base differs: {member}", **fault))
        session.add(
            YearClosing(
                year=YEAR, unit_id=unit_by_code(session, "321323").id, begun_by="组织科（演示）",
                begun_by_id=new_id(), begun_at=county.now, branches=1, ended_at=county.now,
            )
        )  # fmt: skip
    account(county, member, "moved", village=FAR)
    return member, transfer


def asked(unit, member, old):
    return YearAsk(
        id=new_id(), member_id=member, unit_id=unit.id, year=YEAR, sort="elsewhere", counts_name=old.name,
        reason="", by="", at=at(2, 10, 2027),
    )  # fmt: skip


def grade(unit, member, old):
    return BroughtGrade(
        unit_id=unit.id, member_id=member, year=YEAR, branch_code=old.code, branch_name=old.name, base=60_00,
        months=300_00, bonus=5_00, deductions=0, appraisal=80_00, total=445_00, grade="qualified",
        lines=[["年度总分 445 分", "445 in the year", "M12"]], signed_by="书记（合成）", proxy=True,
        signed_at=at(2, 1, 2027), at=at(2, 1, 2027),
    )  # fmt: skip


CASES = (
    ("alert_notice", ["警示通知书", "Alert notice"], "branch", "in_force", date(2027, 3, 1)),
    ("help_period", ["帮扶教育期", "Help period"], "branch", "open", None),
    ("honours_barred", ["取消评先评优资格", "No honours"], "county", "dropped", None),
)


def case(unit, member, old, code, name, tier, state, appeal_by):
    said, verdict = at(1, 20, 2027).isoformat(), "dropped" if state == "dropped" else "applied"
    words = [
        ["heard", "", "", [], {}, "书记（合成）", said],
        ["decided", verdict, "两次抢险属实", [], {}, "书记（合成）", said],
        ["confirmed", "", "", [], {}, "组织委员（合成）", said],
    ]
    return BroughtCase(
        unit_id=unit.id, id=new_id(), member_id=member, year=YEAR, sort="outcome", tier=tier, code=code,
        against=None, rulebook="", reasons=[["2026 年度格次为“不合格”", "unqualified"]], text="",
        codes=[], opened_by="书记（合成）", opened_at=at(1, 19, 2027), branch_code=old.code,
        branch_name=old.name, name=name, clause="M12 第三款", state=state, version=3,
        until=date(2027, 8, 1) if state == "in_force" else None, appeal_by=appeal_by,
        words=words[:1] if state == "open" else words, at=at(1, 20, 2027),
    )  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_who_moved_are_accessible(county, moved, open_page, look, width):
    _member, transfer = moved
    with served(county.app("branch")) as address:
        secretary = signed_in(open_page, address, FAR, county.passwords["branch_secretary"], width)
        paths = {
            "desk": "/",
            "claims": f"/transfers/{transfer}",
            "settle": f"/appraisal?year={YEAR}",
            "members": f"/appraisal/members?year={YEAR}",
            "outcomes": f"/outcomes?year={YEAR}&state=all",
        }
        walk(secretary, address, {f"moved-{name}": path for name, path in paths.items()}, look)
        secretary.goto(f"{address}/transfers/{transfer}")
        assert "等另一人确认冲销" in secretary.inner_text("main")
        committee = signed_in(open_page, address, "far-committee", PASSWORD, width)
        walk(committee, address, {"moved-second": f"/transfers/{transfer}"}, look)
        committee.get_by_role("button", name="确认冲销").wait_for()
        own = signed_in(open_page, address, "moved", PASSWORD, width)
        walk(own, address, {"moved-own": f"/appraisal/own?year={YEAR}"}, look)
        assert "在甲201村评定的格次" in own.inner_text("main")
        walk(own, address, {"moved-own-outcomes": f"/outcomes?year={YEAR}"}, look)
        own.locator("details summary", has_text="办理经过").first.click()
        look(own, "moved-own-case")
        assert "随组织关系从甲201村转来的事项" in own.inner_text("main")
        walk(own, address, {"moved-own-why": f"/my/why?year={YEAR}"}, look)
    with served(county.app("county")) as address:
        organiser = signed_in(open_page, address, "321323-zzk", county.passwords["county_organiser"], width)
        walk(organiser, address, {"moved-closing": f"/years/{YEAR}/closing"}, look)
        organiser.goto(f"{address}/years/{YEAR}/closing")
        organiser.locator("details summary", has_text="请支部重新办结").click()
        look(organiser, "moved-asking")
