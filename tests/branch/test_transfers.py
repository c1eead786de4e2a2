"""Members move between branches, also across townships: nobody twice, one branch responsible."""

import re
from datetime import date
from types import SimpleNamespace

import msgspec
import pytest
from sqlalchemy import create_engine, select
from sqlalchemy import text as text_sql
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.peers import ACTIONS
from services.branch.points.filing import Unclaimable
from services.branch.points.models import Claim
from services.branch.roster.actions import take_off
from services.branch.roster.models import Member
from services.branch.transfers.reading import transfers
from services.county.roster.models import KnownMember
from shared.contracts import kinds
from shared.kit.errors import Absent, Refused
from shared.sync.models import Inbox, Outbox
from tests.branch.points_hands import at, open_the_year
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"


@pytest.fixture(scope="module")
def branches(county):
    open_the_year(county)
    return {code: Mover(county, code) for code in (HERE, NEXT, FAR)}


@pytest.fixture(scope="module")
def people(branches, county):
    made = {code: branch.members(12) for code, branch in branches.items()}
    county.settle()
    return made


def branches_of(county, member):
    """Codes of the branches at which the county holds the member as present."""
    with within(county.tiers.county) as session:
        query = select(KnownMember.unit_id).where(
            KnownMember.member_id == member, KnownMember.until.is_(None)
        )
        found = list(session.scalars(query))
    return [code for code in (HERE, NEXT, FAR) if county.unit("county", code).id in found]


@pytest.mark.parametrize("target", [NEXT, FAR])
def test_a_member_moves_and_is_nowhere_twice(county, branches, people, target):
    member = people[HERE][0 if target == NEXT else 1]
    sender, receiver = branches[HERE], branches[target]
    transfer = sender.offer(member, target, at(1, 8))
    assert (sender.state(transfer), receiver.state(transfer)) == ("offered", "offered")
    assert branches_of(county, member) == [HERE]
    receiver.accept(transfer, date(2026, 1, 9), at(1, 9))
    assert (sender.state(transfer), receiver.state(transfer)) == ("accepted", "accepted")
    assert branches_of(county, member) == [HERE], "the sender is responsible until it has closed"
    sender.hand_over(transfer, at(1, 10))
    assert (sender.state(transfer), receiver.state(transfer)) == ("closed", "closed")
    assert branches_of(county, member) == [target]
    arrived, left = receiver.member(member), sender.member(member)
    assert (arrived.since, arrived.until) == (date(2026, 1, 9), None)
    assert (left.until, left.left_why) == (date(2026, 1, 9), "moved")
    assert arrived.number not in ("0001", "0002"), "those numbers are somebody else's here"


def test_a_refusal_comes_back_with_its_reason_and_nothing_has_changed(county, branches, people):
    member = people[HERE][2]
    transfer = branches[HERE].offer(member, FAR, at(1, 8))
    with pytest.raises(Refused, match="理由"):
        branches[FAR].refuse(transfer, at(1, 9), reason=" ")
    branches[FAR].refuse(transfer, at(1, 9))
    assert branches[HERE].state(transfer) == "refused"
    assert branches_of(county, member) == [HERE]
    with pytest.raises(Refused, match="新的进展"):
        branches[HERE].hand_over(transfer, at(1, 10))
    again = branches[HERE].offer(member, NEXT, at(1, 10))
    assert branches[NEXT].state(again) == "offered"


def test_a_branch_that_nobody_knows_is_answered_by_the_county(branches, people):
    transfer = branches[HERE].offer(people[HERE][3], "999999001201", at(1, 8))
    assert branches[HERE].state(transfer) == "unknown"
    with pytest.raises(Refused, match="本支部"):
        branches[HERE].offer(people[HERE][3], HERE, at(1, 8))


def test_one_transfer_at_a_time_and_only_of_ones_own(county, branches, people):
    member = people[HERE][4]
    branches[HERE].offer(member, NEXT, at(1, 8))
    with pytest.raises(Refused, match="正在办"):
        branches[HERE].offer(member, FAR, at(1, 8))
    with pytest.raises(Absent):
        branches[NEXT].offer(member, FAR, at(1, 8))


def test_a_withdrawal_that_crosses_an_acceptance_wins(county, branches, people):
    member = people[HERE][5]
    transfer = branches[HERE].offer(member, FAR, at(1, 8))
    branches[FAR].accept(transfer, date(2026, 1, 9), at(1, 9), settle=False)
    branches[HERE].withdraw(transfer, at(1, 9))
    assert branches[HERE].state(transfer) == branches[FAR].state(transfer) == "withdrawn"
    with pytest.raises(Refused, match="新的进展"):
        branches[HERE].hand_over(transfer, at(1, 10))
    assert branches_of(county, member) == [HERE]
    elsewhere = branches[HERE].offer(member, NEXT, at(1, 10))
    branches[NEXT].accept(elsewhere, date(2026, 1, 10), at(1, 10))
    branches[HERE].hand_over(elsewhere, at(1, 10))
    assert branches_of(county, member) == [NEXT]


def test_two_branches_that_send_to_each_other_at_once_do_not_meet(county, branches, people):
    one, other = people[HERE][6], people[FAR][6]
    to_far = branches[HERE].offer(one, FAR, at(1, 8), settle=False)
    to_here = branches[FAR].offer(other, HERE, at(1, 8))
    branches[HERE].accept(to_here, date(2026, 1, 8), at(1, 8), settle=False)
    branches[FAR].accept(to_far, date(2026, 1, 8), at(1, 8))
    branches[HERE].hand_over(to_far, at(1, 9), settle=False)
    branches[FAR].hand_over(to_here, at(1, 9))
    assert branches_of(county, one) == [FAR]
    assert branches_of(county, other) == [HERE]


def test_nobody_is_handed_over_with_claims_undecided_nor_goes_on_claiming_at_the_old_branch(
    county, branches, people
):
    sender, member = branches[HERE], people[HERE][7]
    transfer = sender.offer(member, NEXT, at(1, 8))
    branches[NEXT].accept(transfer, date(2026, 1, 9), at(1, 9))
    waiting = sender.claim(member, day=date(2026, 1, 9))
    with pytest.raises(Refused, match="还有 1 条"):
        sender.hand_over(transfer, at(1, 10))
    sender.approve(waiting, now=at(1, 10))
    sender.hand_over(transfer, at(1, 10))
    with pytest.raises(Unclaimable) as refused:
        sender.claim(member, day=date(2026, 1, 8), now=at(1, 11))
    assert refused.value.code == "moved"
    with pytest.raises(Refused, match="随组织关系转走"):
        sender.strike(waiting, at(1, 11))
    late = branches[NEXT].claim(member, item="study", day=date(2026, 1, 5), now=at(1, 11), what="读党章一章")
    branches[NEXT].approve(late, now=at(1, 12))


def test_who_is_moving_is_not_taken_off_and_a_word_said_twice_changes_nothing(county, branches, people):
    member = people[HERE][8]
    transfer = branches[HERE].offer(member, NEXT, at(1, 8))
    with pytest.raises(Refused, match="请先办完或撤回"):
        branches[HERE].work(
            lambda s, who, unit, _y: take_off(s, who, unit, member, 1, date(2026, 1, 8), "died", at(1, 8))
        )
    branches[NEXT].accept(transfer, date(2026, 1, 8), at(1, 8))
    with pytest.raises(Refused, match="新的进展"):
        branches[NEXT].accept(transfer, date(2026, 1, 8), at(1, 8))
    branches[HERE].hand_over(transfer, at(1, 9))
    with pytest.raises(Refused, match="新的进展"):
        branches[HERE].hand_over(transfer, at(1, 9))
    left = branches[HERE].member(member)
    with pytest.raises(Refused, match="已经不在"):
        branches[HERE].work(
            lambda s, who, unit, _y: take_off(
                s, who, unit, member, left.version, date(2026, 1, 9), "died", at(1, 10)
            )
        )


def test_an_acceptance_lies_between_the_offer_and_today(branches, people):
    transfer = branches[HERE].offer(people[HERE][9], NEXT, at(1, 8))
    for since in (date(2026, 1, 7), date(2026, 1, 10)):
        with pytest.raises(Refused, match="接收日期"):
            branches[NEXT].accept(transfer, since, at(1, 9))


def text(answer):
    return answer.get_data(as_text=True)


def test_the_two_secretaries_do_it_on_their_pages(county, branches, people):
    member = people[HERE][10]
    county.now = at(1, 20)
    ours, theirs = county.client("branch", HERE), county.client("branch", FAR)
    wrong = ours.post(f"/transfers/of/{member}", data={"target": "隔壁村"})
    assert wrong.status_code == 422
    assert "请填转往支部的代码" in text(wrong)
    made = ours.post(f"/transfers/of/{member}", data={"target": FAR, "note": "随子女居住"})
    assert made.status_code == 303
    county.settle()
    assert "等您办" in text(theirs.get("/transfers"))
    page = text(theirs.get(made.location))
    assert "随子女居住" in page
    assert theirs.post(f"{made.location}/refuse", data={"reason": ""}).status_code == 422
    assert theirs.post(f"{made.location}/close").status_code == 409
    assert theirs.post(f"{made.location}/accept", data={"since": "2026-01-20"}).status_code == 303
    county.settle()
    assert "对方已接收，请办结" in text(ours.get("/transfers"))
    assert ours.post(f"{made.location}/close").status_code == 303
    county.settle()
    assert "已转入" in text(theirs.get(made.location))
    assert theirs.get(f"/roster/{member}").status_code == 200
    left = text(ours.get(f"/roster/{member}"))
    assert "转出，自 2026-01-20 起不在本支部" in left
    assert "恢复到名册" not in left
    other = county.client("branch", NEXT)
    assert other.get(made.location).status_code == other.get(f"/transfers/{member}").status_code == 404


def test_a_member_who_moves_signs_in_no_more_at_the_old_branch(county, branches, people):
    member = people[HERE][11]
    county.now = at(1, 21)
    secretary = county.client("branch", HERE)
    code = re.search(r">(\w{4}-\w{4})</strong>", text(secretary.post(f"/roster/{member}/code")))[1]
    phone = county.app("branch").test_client()
    form = {"unit": HERE, "number": "0012", "code": code, "password": "a-long-sentence"}
    assert phone.post("/join", data=form).status_code == 303
    branches[HERE].move(member, branches[NEXT], at(1, 21))
    assert phone.get("/my").status_code == 302
    there = county.client("branch", NEXT)
    code = re.search(r">(\w{4}-\w{4})</strong>", text(there.post(f"/roster/{member}/code")))[1]
    number = branches[NEXT].member(member).number
    form = {"unit": NEXT, "number": number, "code": code, "password": "another-sentence"}
    assert phone.post("/join", data=form).status_code == 303
    assert "下201村" not in text(phone.get("/my"))


def test_after_a_restore_what_was_said_stands_again(county, branches, people):
    """The branch is set back to before every word; the township still holds them all."""
    unit = county.unit("branch", HERE).id
    before = standing(county, unit)
    assert {state for _member, state in before.values()} >= {"closed", "withdrawn", "refused", "unknown"}
    engine = create_engine(county.settings["branch"].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text_sql("SELECT set_config('app.all', 'on', true)"))
        for statement in (
            "DELETE FROM transfer_word WHERE unit_id = :unit",
            "UPDATE member SET until = NULL, left_why = '', version = 1 WHERE unit_id = :unit",
            "UPDATE claim SET handed_in = NULL WHERE unit_id = :unit",
        ):
            connection.execute(text_sql(statement), {"unit": unit})
    engine.dispose()
    with within(county.tiers.township) as session:
        own = session.scalars(
            select(Inbox).where(Inbox.unit_id == unit, Inbox.stream == f"up:{unit}").order_by(Inbox.seq)
        ).all()
        told = session.scalars(
            select(Outbox)
            .where(Outbox.unit_id == unit, Outbox.stream.endswith(f":{unit}"))
            .order_by(Outbox.id)
        ).all()
    with within(county.tiers.branch) as session:
        for rows, side in ((own, "recover"), (told, "receive")):
            for row in rows:
                act = getattr(ACTIONS.get((row.kind, row.version)), side, None)
                if row.kind.startswith(("transfer.", "roster.")) and act:
                    body = msgspec.json.decode(row.payload, type=kinds[row.kind, row.version])
                    act(session, [SimpleNamespace(unit=unit, body=body)], at(2, 1))
    assert standing(county, unit) == before


def standing(county, unit):
    """Every transfer's state, and which members have gone with their claims."""
    with within(county.tiers.branch) as session:
        found = {one.id: (one.member_id, one.state) for one in transfers(session, unit)}
        gone = session.scalars(select(Member.id).where(Member.unit_id == unit, Member.left_why == "moved"))
        carried = session.scalars(select(Claim.id).where(Claim.unit_id == unit, Claim.handed_in.is_not(None)))
        return found | {None: ((frozenset(gone), frozenset(carried)), "closed")}
