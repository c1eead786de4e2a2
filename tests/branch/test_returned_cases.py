"""Who comes back finds his cases as they are; where he was, what was told is kept right."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.outcomes.proposing import _help as helped
from services.branch.transfers.brought import brought_told
from services.branch.transfers.cases import carried_cases
from services.branch.transfers.models import BroughtCase
from services.branch.transfers.reading import transfers
from shared.contracts.transfers import MemberFollowed
from shared.kit.scope import Scope
from shared.outcomes.barring import shields
from shared.sync.models import Inbox, Outbox, Quarantine
from shared.sync.outbox import send_up
from tests.branch.appraisal_hands import PASSWORD, page
from tests.branch.moved_hands import FAR, HERE, NEXT, applied_for, kept, own_case
from tests.branch.points_hands import YEAR, at
from tests.branch.transfer_hands import Mover
from tests.browser.outcome_stages import Staged, form_id

OWN = 7
TELLINGS = (Inbox.kind == MemberFollowed.KIND, Inbox.stream.like("down%"))


@pytest.fixture(scope="module")
def year(county):
    """One goes to the next branch and comes back; one by a third as well; one comes back to the second."""
    made = Staged.at_every_stage(county)
    made.movers = {code: Mover(county, code) for code in (HERE, NEXT, FAR)}
    made.back, made.round, made.between = made.people[3], made.people[4], made.people[5]
    applied_for(made.movers[HERE], made.back, at(1, 25, YEAR + 1), "alert_notice", case_id=form_id(OWN))
    go(made, made.back, (26, NEXT))
    made.own = own_case(made.movers[NEXT], made.back, "alert_notice", at(1, 27, 2027))
    go(made, made.back, (29, HERE), start=NEXT)
    go(made, made.round, (26, FAR), (28, NEXT), (30, HERE))
    go(made, made.between, (26, NEXT), (28, FAR), (30, NEXT))
    made.on(at(2, 1, 2027))
    made.other.post("/login", data={"login": "committee-2", "password": PASSWORD})
    return made


def go(year, member, *stations, start=HERE, month=1):
    """Moves in a month, each (day, branch)."""
    for day, code in stations:
        year.movers[start].move(member, year.movers[code], at(month, day, 2027))
        start = code


def tellings(year):
    with within(year.county.tiers.branch) as session:
        return session.scalar(select(func.count()).where(*TELLINGS))


def test_who_is_back_has_each_case_once_and_no_copy_of_it(year):
    assert kept(year.county, HERE, year.round) == {}
    assert set(kept(year.county, HERE, year.back)) == set(), "the other branch has heard him on nothing"
    shown = page(year.secretary.get(f"/outcomes?year={YEAR}&state=all&name=党员5"))
    assert "转来" not in shown
    assert shown.count("<strong>警示通知书</strong>") == 1


def test_what_is_said_since_he_is_back_reaches_every_branch_he_was_at(year):
    year.word(year.secretary, "acknowledged", year.of(4, "alert_notice"))
    for code in (FAR, NEXT):
        assert kept(year.county, code, year.round)["alert_notice", "outcome"].words[-1][0] == "acknowledged"
    year.word(year.at_county("zr"), "confirmed", year.case("county", id=form_id(3)))
    assert year.of(4, "alert_notice").state == "undone"
    for code in (FAR, NEXT):
        assert kept(year.county, code, year.round)["alert_notice", "outcome"].state == "undone"
        assert kept(year.county, code, year.round)["alert_notice", "appeal"].state == "in_force"
    assert kept(year.county, HERE, year.round) == {}


def test_a_branch_he_left_for_where_he_is_now_is_told_by_the_one_in_between(year):
    """From the first to the second, to a third and back to the second."""
    confirmed = year.case("county", id=form_id(1))
    granted = {"verdict": "granted", "codes": ["honours_barred"], "text": "医院证明属实"}
    granted |= {"first": "2027-01-20", "last": "2027-06-30", "correction": "按月参加组织生活"}
    year.word(year.at_county("bz"), "decided", confirmed, **granted)
    year.word(year.at_county("zr"), "confirmed", year.case("county", id=form_id(1)))
    for code in (NEXT, FAR):
        found = kept(year.county, code, year.between)["fault_tolerance", "tolerance"]
        assert (found.state, found.branch_code) == ("in_force", HERE)


def test_what_he_learns_after_he_is_back_is_nobody_elses(year):
    before = tellings(year)
    year.word(year.secretary, "decided", year.of(4, "help_talk"), verdict="applied")
    year.word(year.committee, "confirmed", year.of(4, "help_talk"))
    assert year.of(4, "help_talk").state == "in_force"
    assert tellings(year) == before, "not even on the way"
    assert ("help_talk", "outcome") not in {
        **kept(year.county, NEXT, year.round),
        **kept(year.county, FAR, year.round),
    }


def test_an_application_holds_the_other_branchs_own_case_back_while_it_waits_and_no_longer(year):
    next_one = year.county.client("branch", NEXT)
    case = year.case(id=year.own)
    other, today = year.county.client("branch", f"{NEXT}-wy"), year.county.now
    year.county.now = today - timedelta(days=4)
    year.word(other, "heard", case, text="本人说明了情况")
    year.county.now = today
    held_back = year.word(next_one, "decided", year.case(id=year.own), verdict="applied")
    assert "容错期内暂不决定，等容错申请办结" in page(held_back)
    beside = page(next_one.get(f"/outcomes/{year.own}")).partition("本年度的其他事项")[2]
    assert re.search("<li>容错申请 .*待办理.*从甲201村转来", beside), "it says what it waits for"
    waits = year.case("county", id=form_id(OWN))
    year.word(year.at_county("zzk"), "verified", waits, text="没有住院记录")
    refused = {"verdict": "refused", "text": "证明材料不足"}
    answer = year.word(year.at_county("bz"), "decided", year.case("county", id=form_id(OWN)), **refused)
    assert answer.status_code == 303, page(answer)
    year.word(year.at_county("zr"), "confirmed", year.case("county", id=form_id(OWN)))
    assert year.of(3, "fault_tolerance", sort="tolerance").state == "dropped"
    assert kept(year.county, NEXT, year.back)["fault_tolerance", "tolerance"].state == "dropped"
    decided = year.word(next_one, "decided", year.case(id=year.own), verdict="applied")
    assert decided.status_code == 303, page(decided)
    assert year.case(id=year.own).state == "decided"


def test_what_the_other_branch_settles_is_told_to_where_he_is(year):
    assert kept(year.county, HERE, year.back)["alert_notice", "outcome"].state == "decided"
    assert "随组织关系从甲202村转来的事项" in page(year.secretary.get(f"/outcomes?year={YEAR}&state=all"))


def test_nobodys_telling_of_an_own_case_is_kept_beside_it(year):
    """A message that says it was the other branch's, as a mistaken or malicious one might."""

    def tell(session, _who, unit, _year):
        own = carried_cases(session, DESK, unit.id, year.back).cases
        return [replace(one, branch_code=NEXT, at=at(6, 1, 2027).isoformat()) for one in own]

    false = year.movers[HERE].work(tell)
    assert false

    def send(session, _who, unit, _year):
        [gone] = [one for one in transfers(session, unit.id, year.back) if one.out]
        record = gone.closed
        body = MemberFollowed(
            transfer_id=record.transfer_id, origin_code=NEXT, origin_name=unit.name, target_code=HERE,
            member_id=year.back, grades=[], corrections=[], commitments=[], by="", at=record.at, cases=false,
        )  # fmt: skip
        send_up(session, unit.id, unit.id, body, at(2, 2, 2027))

    year.movers[NEXT].work(send)
    year.county.settle()
    assert set(kept(year.county, HERE, year.back)) == {("alert_notice", "outcome")}
    with within(year.county.tiers.branch) as session:
        assert session.scalar(select(func.count()).select_from(Quarantine)) == 0


def test_who_sees_both_branches_counts_a_case_once(year):
    """A general branch's people, or the operator: the case itself, not what another branch was told of it."""
    with within(year.county.tiers.branch) as session:
        everybody = [year.back, year.round, year.between]
        own = set(session.scalars(select(OutcomeCase.id)))
        assert session.scalar(select(func.count()).select_from(BroughtCase)) > 0
        assert not own & {one.case.id for one in brought_told(session, everybody)}
        [shield] = shields(session, DESK, [year.between])[year.between]
        assert shield.granted
        cases = [one.case.id for one in helped(session, everybody)]
        assert len(cases) == len(set(cases))


def test_words_come_to_rest(year):
    """After all of it nothing is on its way, and saying nothing tells nothing."""
    with within(year.county.tiers.branch) as session:
        assert session.scalar(select(func.count()).where(Outbox.seq.is_(None))) == 0
    before = tellings(year)
    year.county.settle()
    assert tellings(year) == before


def test_who_leaves_again_takes_along_what_is_so_now(year):
    go(year, year.round, (5, FAR), month=2)
    far = kept(year.county, FAR, year.round)
    assert far["help_talk", "outcome"].state == "in_force"
    assert far["alert_notice", "outcome"].state == "undone"
    unit = year.county.unit("branch", FAR).id
    with year.county.tiers.branch.database.transaction(Scope(units=(unit,))) as session:
        assert {one.case.code for one in brought_told(session, [year.round])} >= {"help_talk", "help_period"}
