"""Secret ballots: one vote each, nobody joined to a vote, two tellers, totals and nothing else left."""

import base64
import re
import subprocess
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, make_url, select, text

from deploy.demo.people import actor
from deploy.demo.tiers import within
from deploy.local.postgres import packaged_programs
from services.branch.appraisal.steps import skip_step
from services.branch.ballots.models import (
    BallotBox,
    BallotEnvelope,
    BallotMark,
    BallotSlip,
    BallotTotal,
    PaperTally,
)
from services.branch.ballots.sealing import opened_key, record_of
from services.branch.roster.actions import NewMember, add_members
from shared.kit.accounts import add_account, hash_password
from shared.kit.audit import AuditEvent
from shared.kit.scope import EVERYTHING
from shared.kit.units import unit_by_code
from shared.sync.models import Outbox
from shared.sync.years import year_of
from tests.branch.appraisal_hands import come_to
from tests.branch.points_hands import VILLAGE, YEAR, Branch, at, open_the_year

PASSWORD = "ten-letters-at-least"
FIRST, SECOND = "春风又绿江南岸第一位监票人", "明月何时照我还第二位监票人"
OTHER_VILLAGE, THIRD_VILLAGE = "321323001202", "321323001203"
# What another role waits for is not shown to this one, its locks are.
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    county.now = at(12, 28)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch):
    """Six full members and one probationary."""
    full = branch.members(6)
    late = NewMember("0007", "党员7（合成）", "rural", date(2026, 6, 1), status="probationary")
    return [*full, *branch.work(lambda s, who, unit, _y: add_members(s, who, unit, [late], at(6, 2)))]


@pytest.fixture(scope="module")
def secretary(county, people):
    return county.client("branch", VILLAGE)


def signed_in(county, person, login, role="member", village=VILLAGE):
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        unit = unit_by_code(session, village)
        add_account(session, login, "党员（合成）", hash_password(PASSWORD), [(role, unit)], at(1, 3), person)
    client = county.app("branch").test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture(scope="module")
def voters(county, people):
    return [signed_in(county, one, f"v-{n}") for n, one in enumerate(people)]


def page(answer):
    return answer.get_data(as_text=True)


def tellers(people, **changed):
    return {
        "teller_1": str(people[4]),
        "passphrase_1": FIRST,
        "again_1": FIRST,
        "teller_2": str(people[5]),
        "passphrase_2": SECOND,
        "again_2": SECOND,
        **changed,
    }


def opened(client, kind, people):
    answer = client.post(f"/ballots/open/{kind}", data=tellers(people))
    assert answer.status_code == 303, page(answer)
    return answer.headers["Location"]


def choices(people, code):
    return {f"choice-{one}": code for one in people}


def rows(county, query):
    with within(county.tiers.branch) as session:
        return session.scalars(query).all()


@pytest.fixture(scope="module")
def box(secretary, people):
    """The members' box, opened by the secretary after the refusals below were looked at."""
    return "/ballots/" + opened(secretary, "members", people).rpartition("/")[2]


def test_a_box_is_opened_when_the_appraisal_has_come_to_it(county, secretary, branch, people):
    early = secretary.post("/ballots/open/members", data=tellers(people))
    assert (early.status_code, "现在办的是“十二月积分月报”" in page(early)) == (409, True)
    come_to(branch, "members_ballot")
    assert secretary.post("/ballots/open/masses", data=tellers(people)).status_code == 409


def test_a_box_needs_two_different_tellers_with_passphrases_of_their_own(county, secretary, people):
    def refused(words, status=422, **changed):
        answer = secretary.post("/ballots/open/members", data=tellers(people, **changed))
        assert answer.status_code == status
        assert words in page(answer)

    refused("不能是同一个人", 409, teller_2=str(people[4]))
    refused("并且不能相同", 409, passphrase_2=FIRST, again_2=FIRST)
    refused("两次输入的口令不一样", again_2=FIRST)
    refused("请选监票人", teller_1="")
    refused("至少 10 个字符", passphrase_1="short", again_1="short")
    assert rows(county, select(BallotBox)) == []


def test_full_members_vote_once_and_nobody_else_does(county, people, voters, box, secretary):
    assert secretary.post("/ballots/open/members", data=tellers(people)).status_code == 409
    sheet = page(voters[0].get(f"{box}/vote"))
    assert "党员6（合成）" in sheet and "基本合格" in sheet
    empty = voters[0].post(f"{box}/vote", data={})
    assert (empty.status_code, "还没有选" in page(empty)) == (409, True)
    assert voters[0].post(f"{box}/vote", data=choices([people[0]], "superb")).status_code == 404
    assert "只记下谁投过，不记投了什么" in sheet
    some = choices(people[:2], "excellent")
    looked = page(voters[0].post(f"{box}/vote", data={**some, "look": "yes"}))
    assert "确认投票" in looked and "投好了" not in looked, "looked over first, cast by a second press"
    assert f"没有选的 {len(people) - 2} 人，算弃权" in looked
    changed = page(voters[0].post(f"{box}/vote", data={**some, "back": "yes"}))
    assert changed.count(" checked") == 2, "what was chosen stands in the sheet again"
    odd = {**choices([people[0]], "superb"), "look": "yes"}
    assert voters[0].post(f"{box}/vote", data=odd).status_code == 404
    assert voters[0].post(f"{box}/vote", data={"look": "yes"}).status_code == empty.status_code
    assert "投好了" in page(voters[0].post(f"{box}/vote", data=choices(people, "excellent")))
    again = voters[0].post(f"{box}/vote", data=choices(people, "unqualified"))
    assert (again.status_code, "您已经投过票了" in page(again)) == (409, True)
    assert "您已经投过票了" in page(voters[0].get("/ballots"))
    assert voters[6].get(f"{box}/vote").status_code == 404, "probationary members have no vote"
    stranger = signed_in(county, None, "stranger", village=OTHER_VILLAGE)
    assert stranger.post(f"{box}/vote", data=choices(people, "excellent")).status_code == 404
    assert stranger.get(box).status_code == 403
    assert len(rows(county, select(BallotEnvelope))) == 1


def test_without_a_quorum_the_box_stays_open(secretary, voters, people, box):
    said = {"passphrase_1": FIRST, "passphrase_2": SECOND}
    refused = secretary.post(f"{box}/count", data=said)
    assert refused.status_code == 409
    assert "需 4 票，收回 1 票" in page(refused)
    assert "投好了" in page(voters[1].post(f"{box}/vote", data=choices(people[:3], "qualified")))


def test_no_value_joins_a_mark_to_an_envelope(county, box, voters, people):
    for one in voters[2:4]:
        one.post(f"{box}/vote", data=choices(people, "qualified"))
    with within(county.tiers.branch) as session:
        marks = session.execute(text("SELECT xmin::text, m.* FROM ballot_mark m")).all()
        envelopes = session.execute(text("SELECT xmin::text, e.* FROM ballot_envelope e")).all()
        before = {row.id for row in envelopes}
        assert len({row.xmin for row in envelopes}) == 1, "all envelopes are written anew with every vote"
        shared = {str(value) for row in marks for value in row[1:]} & {
            str(value) for row in envelopes for value in row[1:]
        }
        assert shared == {str(row.unit_id) for row in marks} | {str(row.box_id) for row in marks}
        assert not {"at", "created_at", "seq"} & set(marks[0]._fields + envelopes[0]._fields)
        assert len({len(row.body) for row in envelopes}) == 1
        assert record_of([1] * 7) != record_of([2] * 7)
        # Nothing else tells of a vote: no audit event, no message.
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "ballot.cast")).all() == []
        events = session.scalar(select(func.count()).select_from(AuditEvent))
        messages = session.scalar(select(func.count()).select_from(Outbox))
    voters[4].post(f"{box}/vote", data=choices(people, "qualified"))
    with within(county.tiers.branch) as session:
        assert not before & set(session.scalars(select(BallotEnvelope.id)))
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == events
        assert session.scalar(select(func.count()).select_from(Outbox)) == messages


def test_paper_counts_once_a_second_person_agrees(county, secretary, people, box):
    numbers = {f"n-{one}-excellent": "1" for one in people}
    too_many = secretary.post(f"{box}/paper", data={"sheets": "2", "voters": [str(people[5])], **numbers})
    assert (too_many.status_code, "要和张数一样" in page(too_many)) == (409, True)
    twice = secretary.post(f"{box}/paper", data={"sheets": "1", "voters": [str(people[0])], **numbers})
    assert "已经投过票了" in page(twice)
    form = {"sheets": "1", "voters": [str(people[5])], **numbers}
    assert secretary.post(f"{box}/paper", data=form).status_code == 303
    own = secretary.post(f"{box}/paper/confirm")
    assert (own.status_code, "请另一人来确认" in page(own)) == (409, True)
    waiting = secretary.post(f"{box}/count", data={"passphrase_1": FIRST, "passphrase_2": SECOND})
    assert "等另一人核对" in page(waiting)
    committee = signed_in(county, None, "committee", role="branch_committee")
    assert committee.post(f"{box}/paper/confirm").status_code == 303
    [paper] = rows(county, select(PaperTally))
    assert (paper.counts, paper.confirmed_by) == (None, "党员（合成）")


def test_one_teller_alone_opens_nothing_and_loses_nothing(county, secretary, box):
    for said in ((FIRST, FIRST), (SECOND, FIRST), (FIRST, "guess-guess-guess")):
        refused = secretary.post(f"{box}/count", data={"passphrase_1": said[0], "passphrase_2": said[1]})
        assert (refused.status_code, "没有丢失" in page(refused)) == (409, True)
        assert said[0] not in page(refused)
    assert secretary.post(f"{box}/count", data={"passphrase_1": FIRST}).status_code == 422
    assert len(rows(county, select(BallotEnvelope))) == 5


def dumped(county):
    """The branch's whole database as its administrator dumps it."""
    database = make_url(county.settings["branch"].database_url).database
    url = make_url(county.servers.admin_url).set(drivername="postgresql", database=database)
    command = [packaged_programs() / "bin" / "pg_dump", "--data-only", "--inserts"]
    address = url.render_as_string(hide_password=False)
    return subprocess.run([*command, address], check=True, capture_output=True, text=True).stdout


def test_the_count_leaves_totals_and_neither_key_nor_vote(county, secretary, voters, people, box):
    [held] = rows(county, select(BallotBox))
    shares = [base64.b64decode(one) for one in held.shares]
    key = opened_key(held.id.bytes, shares, [FIRST, SECOND]).private_bytes_raw()
    envelopes = [one.hex() for one in rows(county, select(BallotEnvelope.body))]
    before = dumped(county)
    assert all(one in before for one in envelopes)
    answer = secretary.post(f"{box}/count", data={"passphrase_1": FIRST, "passphrase_2": SECOND})
    assert answer.status_code == 303, page(answer)
    after = dumped(county)
    secrets = (key.hex(), base64.b64encode(key).decode(), FIRST, SECOND)
    assert not [one for one in secrets if one in before or one in after]
    gone = (*envelopes, *(one for one in held.shares))
    assert not [one for one in gone if one in after]
    assert [one.shares for one in rows(county, select(BallotBox))] == [[]]
    assert rows(county, select(BallotEnvelope)) == rows(county, select(PaperTally)) == []
    totals = {one.member_id: one.counts for one in rows(county, select(BallotTotal))}
    assert totals[people[0]] == {"excellent": 2, "qualified": 4}
    assert totals[people[6]] == {"excellent": 2, "qualified": 3}
    shown = page(secretary.get(box))
    assert "不能重计" in shown and "应投 6 人，已投 6 票" in shown
    assert len(rows(county, select(BallotMark))) == 6


def test_a_counted_box_takes_no_vote_and_is_not_counted_again(secretary, voters, people, box):
    closed = voters[2].post(f"{box}/vote", data=choices(people, "excellent"))
    assert (closed.status_code, "票箱已经关了" in page(closed)) == (409, True)
    again = secretary.post(f"{box}/count", data={"passphrase_1": FIRST, "passphrase_2": SECOND})
    assert (again.status_code, "不能重计" in page(again)) == (409, True)
    assert secretary.post(f"{box}/void", data={"reason": "结果不理想"}).status_code == 409


def test_the_masses_vote_with_slips_of_paper_that_bear_no_name(county, branch, secretary, people):
    come_to(branch, "mass_review")
    where = "/ballots/" + opened(secretary, "masses", people).rpartition("/")[2]
    codes = re.findall(
        r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page(secretary.post(f"{where}/slips", data={"many": "11"}))
    )
    assert len(codes) == 11
    anyone = county.app("branch").test_client()
    other = county.client("branch", f"{VILLAGE}-wy")
    handed = {"handed": "10", "meeting": "12 月 28 日村民代表会议，到会代表每人一个"}
    early = anyone.post("/vote", data={"code": codes[0]})
    assert (early.status_code, "还没有确认发放" in page(early)) == (422, True)
    assert "还有一批测评码等另一人确认发放" in page(secretary.post(f"{where}/slips", data={"many": "5"}))
    himself = secretary.post(f"{where}/slips/confirm", data=handed)
    assert (himself.status_code, "印和发要由两个人分别办" in page(himself)) == (409, True)
    assert "等另一人来确认" not in page(other.get(where)) and "确认发放" in page(other.get(where))
    assert other.post(f"{where}/slips/confirm", data=handed | {"handed": "12"}).status_code == 409
    assert other.post(f"{where}/slips/confirm", data=handed | {"meeting": " "}).status_code == 409
    assert other.post(f"{where}/slips/confirm", data=handed).status_code == 303
    assert "印 11 个，发出 10 个：12 月 28 日村民代表会议" in page(secretary.get(where))
    assert "12 个字母和数字" in page(anyone.get("/vote"))
    sheet = anyone.post("/vote", data={"code": codes[0].lower()})
    assert (sheet.status_code, "比较满意" in page(sheet)) == (200, True)
    looked = anyone.post(
        "/vote", data={"code": codes[0], "cast": "yes", "look": "yes", **choices(people, "satisfied")}
    )
    assert "确认投票" in page(looked), "looking over spends no code"
    empty = anyone.post("/vote", data={"code": codes[0], "cast": "yes"})
    assert (empty.status_code, "还没有选" in page(empty)) == (409, True)
    for code in codes[:9]:
        cast = anyone.post("/vote", data={"code": code, "cast": "yes", **choices(people, "satisfied")})
        assert "投好了" in page(cast)
    used = anyone.post("/vote", data={"code": codes[0], "cast": "yes", **choices(people, "satisfied")})
    assert (used.status_code, "已经用过" in page(used)) == (422, True)
    wrong = codes[10][:-1] + ("A" if codes[10][-1] != "A" else "B")
    tries = [anyone.post("/vote", data={"code": wrong}).status_code for _ in range(6)]
    assert tries == [422] * 5 + [429]
    assert anyone.post("/vote", data={"code": codes[10]}).status_code == 429, "only this slip is locked"
    said = {"passphrase_1": FIRST, "passphrase_2": SECOND}
    assert "需 10 票，收回 9 票" in page(secretary.post(f"{where}/count", data=said))
    anyone.post("/vote", data={"code": codes[9], "cast": "yes", **choices(people, "neutral")})
    county.now += timedelta(minutes=16)
    kept_back = anyone.post("/vote", data={"code": codes[10], "cast": "yes", **choices(people, "neutral")})
    assert (kept_back.status_code, "没有发出的不能再投" in page(kept_back)) == (409, True)
    assert secretary.post(f"{where}/count", data=said).status_code == 303
    totals = {one.member_id: one.counts for one in rows(county, select(BallotTotal)) if len(one.counts)}
    assert totals[people[1]] in ({"satisfied": 9, "neutral": 1}, {"excellent": 2, "qualified": 4})
    assert rows(county, select(BallotSlip)) == []
    assert anyone.post("/vote", data={"code": codes[9]}).status_code == 422


def test_a_box_whose_tellers_forgot_is_voided_unread_and_held_again(county, people):
    village = OTHER_VILLAGE
    branch = Branch(county, village)
    few = branch.members(3)
    come_to(branch, "members_ballot")
    secretary = county.client("branch", village)
    form = tellers([None] * 4 + [few[0], few[1]])
    where = secretary.post("/ballots/open/members", data=form).headers["Location"]
    box = "/ballots/" + where.rpartition("/")[2]
    voters = [signed_in(county, one, f"w-{n}", village=village) for n, one in enumerate(few)]
    for one in voters[:2]:
        one.post(f"{box}/vote", data=choices(few, "excellent"))
    assert secretary.post(f"{box}/void", data={"reason": ""}).status_code == 422
    assert secretary.post(f"{box}/void", data={"reason": "监票人忘了口令"}).status_code == 303
    assert len(rows(county, select(BallotEnvelope))) == 2, "one person alone loses nobody's vote"
    assert "请另一人来确认" in page(secretary.get(box))
    alone = secretary.post(f"{box}/void/agree")
    assert (alone.status_code, "要两个人办" in page(alone)) == (409, True)
    assert secretary.post(f"{box}/void", data={"reason": "再说一次"}).status_code == 409
    assert secretary.post(f"{box}/void/keep").status_code == 303
    second = signed_in(county, few[2], "second", "branch_committee", village)
    nothing = second.post(f"{box}/void/agree")
    assert (nothing.status_code, "没有人提出作废" in page(nothing)) == (409, True)
    secretary.post(f"{box}/void", data={"reason": "监票人忘了口令"})
    assert voters[0].post(f"{box}/void/agree").status_code == 403
    assert "监票人忘了口令" in page(second.get(box))
    assert second.post(f"{box}/void/agree").status_code == 303
    assert rows(county, select(BallotEnvelope)) == []
    assert "已作废" in page(secretary.get("/ballots"))
    where = secretary.post("/ballots/open/members", data=form).headers["Location"]
    empty = "/ballots/" + where.rpartition("/")[2]
    assert secretary.post(f"{empty}/void", data={"reason": "名册要改"}).status_code == 303
    assert "已作废" in page(secretary.get(empty)), "with nothing in it one is enough"
    where = secretary.post("/ballots/open/members", data=form).headers["Location"]
    box = "/ballots/" + where.rpartition("/")[2]
    for one in voters:
        one.post(f"{box}/vote", data=choices(few, "excellent"))
    assert (
        secretary.post(f"{box}/count", data={"passphrase_1": FIRST, "passphrase_2": SECOND}).status_code
        == 303
    )
    shown = page(secretary.get(box))
    assert "为保密不显示分项" in shown, "three voters are below the least number"
    assert "计票结果" not in shown


def test_no_box_opens_for_a_step_that_is_left_out_meanwhile(county):
    """The step is left out and that is not committed; then somebody opens its box, and waits."""
    branch, answers = Branch(county, THIRD_VILLAGE), []
    few = branch.members(3)
    come_to(branch, "mass_review")
    secretary = county.client("branch", THIRD_VILLAGE)
    form = tellers([None] * 4 + few[:2])
    other = threading.Thread(target=lambda: answers.append(secretary.post("/ballots/open/masses", data=form)))
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, THIRD_VILLAGE)
        who, year = actor(session, unit, "branch_secretary"), year_of(session, YEAR)
        skip_step(session, who, unit, year, "mass_review", "外出务工多，无法组织", at(12, 28))
        other.start()
        while other.is_alive() and not rows(county, WAITING)[0]:
            other.join(0.05)
    other.join()
    assert (answers[0].status_code, "这件事要到它那一步才能办" in page(answers[0])) == (409, True)
    assert rows(county, select(BallotBox).where(BallotBox.unit_id == unit.id)) == []
