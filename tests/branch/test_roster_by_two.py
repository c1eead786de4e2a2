"""What counts towards a year is changed by two while it is open, and of himself by nobody."""

from datetime import date

import pytest
from sqlalchemy import select, update

from deploy.demo.tiers import within
from services.branch.appraisal.models import AppraisalVerdict
from services.branch.appraisal.state import left_out, newest_filing, newest_run
from services.branch.roster.models import Member, RosterAsk
from services.county.roster.models import KnownMember
from shared.kit.accounts import Account
from shared.kit.audit import AuditEvent
from shared.kit.ids import new_id
from shared.kit.scope import EVERYTHING
from tests.branch.appraisal_hands import FIRST, SECOND, Appraised, come_to, page, signed_in
from tests.branch.points_hands import VILLAGE, at
from tests.branch.test_roster_import import file_of, row, send
from tests.branch.transfer_hands import Mover

WINDOW, REASON = at(1, 11, 2027), "档案核对，入党日期以志愿书为准"


class ByTwo(Appraised):
    """Six members, and 0070 who came in June; the committee is the first, the secretary the second."""

    def bind(self):
        far = Mover(self.county, "321323002201")
        [guest] = far.members(1, start=70)
        self.county.settle()
        far.move(guest, Mover(self.county), at(6, 15))
        self.people.append(guest)
        for number, name in (("0002", "吴合成"), ("0004", "周合成"), ("0070", "郑合成")):
            written(self, number, name=name)
        with self.county.tiers.branch.database.transaction(EVERYTHING) as session:
            hers = update(Account).where(Account.login == VILLAGE).values(person_id=self.people[1])
            session.execute(hers)
        self.other = signed_in(self.county, None, "committee-2", "branch_committee")
        self.on(WINDOW)
        return self

    def member(self, number):
        with within(self.county.tiers.branch) as session:
            mine = Member.unit_id == self.county.unit("branch", VILLAGE).id
            return session.scalars(select(Member).where(mine, Member.number == number)).one()

    def edit(self, number, client=None, **values):
        one = self.member(number)
        form = {"version": one.version, "number": one.number, "name": one.name, "status": one.status}
        form |= {"field": one.field, "post": one.post, "since": one.since.isoformat()}
        form |= {"exempt": "yes" if one.exempt else "no"}
        form |= {"joined_on": one.joined_on.isoformat() if one.joined_on else ""}
        return (client or self.secretary).post(f"/roster/{one.id}/edit", data=form | values)

    def act(self, number, what, client=None, **values):
        one = self.member(number)
        return (client or self.secretary).post(
            f"/roster/{one.id}/{what}", data={"version": one.version, **values}
        )

    def ask(self):
        """The one that waits."""
        with within(self.county.tiers.branch) as session:
            return session.scalars(select(RosterAsk).where(RosterAsk.state == "open")).one()

    def decide(self, word, client, **values):
        return client.post(f"/roster/asks/{self.ask().id}/{word}", data=values)


@pytest.fixture(scope="module")
def here(county):
    return ByTwo(county).bind()


def refused(answer, *words):
    text = page(answer)
    assert answer.status_code in (409, 422), answer.status_code
    for one in words:
        assert one in text


def done(answer):
    assert answer.status_code == 303, page(answer)


OWN = [{"since": "2026-12-31"}, {"joined_on": "2019-12-31"}, {"exempt": "yes"}, {"field": "organ"}]


@pytest.mark.parametrize("values", [*OWN, {"status": "probationary"}])
@pytest.mark.parametrize("moment", [at(6, 1), WINDOW])
def test_nobody_changes_what_counts_of_himself_in_any_season(here, values, moment):
    here.on(moment)
    refused(here.edit("0002", **values, reason=REASON), "请由支部其他同志办理")
    here.on(WINDOW)


def test_nobody_takes_himself_off_and_his_own_page_says_who_can(here):
    refused(here.act("0002", "leave", until="2027-01-10", why="left", reason=REASON), "请由支部其他同志办理")
    text = page(here.secretary.get(f"/roster/{here.people[1]}"))
    assert "请由支部其他同志办理" in text
    assert "/leave" not in text
    assert 'name="field"' in page(here.secretary.get(f"/roster/{here.people[1]}/edit"))
    assert "<select" not in page(here.secretary.get(f"/roster/{here.people[1]}/edit"))
    done(here.edit("0002", post="宣传委员"))


def test_an_account_without_a_card_is_told_by_its_name(here):
    namesake = signed_in(here.county, None, "namesake", "branch_secretary")
    with within(here.county.tiers.branch) as session:
        session.execute(update(Member).where(Member.number == "0006").values(name="namesake（合成）"))
    refused(here.edit("0006", namesake, exempt="yes", reason=REASON), "请由支部其他同志办理")


def test_the_entry_of_who_keeps_the_roster_is_seen_to_by_the_committee_by_two_of_them(here):
    assert here.edit("0003", here.committee, post="会计").status_code == 403
    done(here.edit("0002", here.committee, exempt="yes", reason=REASON))
    refused(here.decide("confirm", here.secretary), "请由支部其他同志办理")
    refused(here.decide("confirm", here.committee), "请由另一位同志确认")
    done(here.decide("confirm", here.other))
    assert here.member("0002").exempt


def test_in_january_what_counts_is_asked_with_a_reason_and_done_by_another_person(here):
    before = here.member("0003")
    refused(here.edit("0003", field="organ"), "请写明理由")
    done(here.edit("0003", field="organ", joined_on="2019-06-01", post="会计", reason=REASON))
    kept = here.member("0003")
    assert (kept.field, kept.joined_on, kept.post) == ("rural", None, "会计"), "only what does not count"
    assert kept.version == before.version + 1
    text = page(here.secretary.get(f"/roster/{kept.id}"))
    assert "农村 → 机关" in text
    assert REASON in text
    assert "撤回" in text
    assert "确认，改名册" not in text
    assert "等您确认" not in page(here.secretary.get("/"))
    assert "有 1 条名册改动等您确认" in page(here.committee.get("/"))
    assert "农村 → 机关" in page(here.committee.get("/roster/asks"))
    refused(here.edit("0003", field="school", reason=REASON), "已经有一条改动在等确认")
    refused(here.decide("confirm", here.secretary), "请由另一位同志确认")
    done(here.decide("confirm", here.committee))
    changed = here.member("0003")
    assert (changed.field, changed.joined_on) == ("organ", date(2019, 6, 1))
    here.county.settle()
    with within(here.county.tiers.county) as session:
        assert session.get_one(KnownMember, (changed.unit_id, changed.id)).field == "organ"
    with within(here.county.tiers.branch) as session:
        acts = set(session.scalars(select(AuditEvent.action)))
    assert {"roster.ask", "roster.confirmed", "roster.edit"} <= acts
    assert "已确认" in page(here.secretary.get(f"/roster/{changed.id}"))


def test_who_has_two_accounts_does_not_confirm_his_own_ask(here):
    twin = signed_in(here.county, here.people[1], "twin", "branch_committee")
    done(here.edit("0004", exempt="yes", reason=REASON))
    refused(here.decide("confirm", twin), "请由另一位同志确认")
    refused(here.decide("decline", here.committee), "不同意要写明理由")
    done(here.decide("decline", here.committee, reason="没有材料"))
    assert "没有材料" in page(here.secretary.get(f"/roster/{here.people[3]}"))
    done(here.edit("0004", exempt="yes", reason=REASON))
    refused(here.decide("withdraw", here.committee), "只有提出的人可以撤回")
    done(here.decide("withdraw", here.secretary))
    assert not here.member("0004").exempt


def test_the_member_concerned_confirms_nothing_of_his_own(here):
    done(here.edit("0001", exempt="yes", reason=REASON))
    refused(here.decide("confirm", here.committee), "请由支部其他同志办理")
    done(here.decide("withdraw", here.secretary))


def test_an_ask_that_was_overtaken_says_so(here):
    done(here.edit("0004", exempt="yes", reason=REASON))
    done(here.edit("0004", post="出纳"))
    assert "提出以后名册又有改动" in page(here.committee.get("/roster/asks"))
    refused(here.decide("confirm", here.committee), "提出以后名册又有改动")
    done(here.decide("withdraw", here.secretary))


NEW = {"number": "0071", "name": "钱合成", "status": "full", "field": "rural"}


def test_entering_somebody_for_the_year_that_is_over_takes_two_for_the_new_one_one(here):
    done(here.secretary.post("/roster/new", data=NEW | {"since": "2027-01-04"}))
    later = NEW | {"number": "0072", "since": "2026-11-01"}
    refused(here.secretary.post("/roster/new", data=later), "请写明理由")
    done(here.secretary.post("/roster/new", data=later | {"reason": REASON}))
    refused(here.secretary.post("/roster/new", data=later | {"reason": REASON}), "已经有人用了")
    assert "0072" in page(here.committee.get("/roster/asks"))
    done(here.decide("confirm", here.committee))
    assert here.member("0072").since == date(2026, 11, 1)
    refused(here.edit("0071", since="2026-10-01"), "请写明理由")


def test_leaving_within_the_year_and_coming_back_take_two_after_it_one(here):
    done(here.act("0072", "leave", until="2027-01-05", why="left"))
    done(here.act("0072", "back"))
    refused(here.act("0072", "leave", until="2026-12-30", why="mistake"), "请写明理由")
    done(here.act("0072", "leave", until="2026-12-30", why="mistake", reason=REASON))
    assert here.member("0072").until is None
    done(here.decide("confirm", here.committee))
    assert here.member("0072").until == date(2026, 12, 30)
    refused(here.act("0072", "back"), "请写明理由")
    done(here.act("0072", "back", reason=REASON))
    assert here.member("0072").until == date(2026, 12, 30)
    done(here.decide("confirm", here.committee))
    assert here.member("0072").until is None


def uploaded(here, *rows):
    found = send(here.secretary, file_of(*rows))
    return page(here.secretary.get(found.headers["Location"]))


def test_from_a_file_such_rows_are_refused_with_where_and_why(here):
    one = here.member("0004")
    same = {
        "编号": "0004",
        "姓名": one.name,
        "职务": one.post,
        "在职人员": "否",
        "到本支部日期": "2020-01-01",
        "入党日期": "",
    }
    text = uploaded(here, row(**same | {"免除硬性要求": "是"}))
    assert "I列：2026 年度评议还没有审定，这一项要两个人办：请到本人页面上改" in text
    text = uploaded(here, row(编号="0081", 入党日期="", 到本支部日期="2026-12-01"))
    assert "L列：2026 年度评议还没有审定" in text
    assert "请用“录入党员”" in text
    mine = here.member("0002")
    own = same | {"编号": "0002", "姓名": mine.name, "职务": mine.post, "免除硬性要求": "否"}
    assert "I列：状态、领域、免除硬性要求和日期关系到年度评议，不能自己改自己的" in uploaded(here, row(**own))
    assert "确认后一次导入" in uploaded(here, row(**same | {"职务": "保管员"}))


def test_a_branch_enters_its_first_roster_by_one(county, here):
    empty = county.client("branch", "321323001202")
    done(empty.post("/roster/new", data=NEW | {"since": "2020-01-01"}))
    refused(empty.post("/roster/new", data=NEW | {"number": "2", "since": "2020-01-01"}), "请写明理由")


def test_the_day_of_a_transfer_is_no_field_to_be_filled_in(here):
    for moment in (at(6, 20), WINDOW):
        here.on(moment)
        refused(here.edit("0070", since="2020-01-01", reason=REASON), "就是转接生效的日期，不能改")
    text = page(here.secretary.get(f"/roster/{here.member('0070').id}/edit"))
    assert "就是转接生效的日期，不能改" in text
    assert '<input type="hidden" name="since" value="2026-06-15">' in text
    one = {"编号": "0070", "姓名": "郑合成", "职务": "", "在职人员": "否", "入党日期": ""}
    assert "L列：郑合成 是转接来的" in uploaded(here, row(**one, 到本支部日期="2020-01-01"))


def names_left_out(here):
    return here.branch.work(lambda s, _who, unit, year: left_out(s, unit.id, year))


def written(here, number, **values):
    """As somebody would who reaches the database, or as an older program left it."""
    with within(here.county.tiers.branch) as session:
        session.execute(update(Member).where(Member.id == here.member(number).id).values(**values))


def test_once_the_ballot_is_open_nobody_comes_on_the_years_roster_beside_it(here):
    come_to(here.branch, "organisation_check")
    here.people.append(here.member("0072").id)
    done(here.say("check", here.other, "true", here.people))
    assert here.close("organisation_check") is None
    done(here.act("0072", "leave", until="2026-12-30", why="mistake", reason=REASON))
    done(here.decide("confirm", here.committee))
    form = {}
    for number, said in (("1", FIRST), ("2", SECOND)):
        form |= {f"teller_{number}": str(here.people[-1 - int(number)])}
        form |= {f"passphrase_{number}": said, f"again_{number}": said}
    opened = here.secretary.post("/ballots/open/members", data=form)
    done(opened)
    refused(here.act("0072", "back", reason=REASON), "票上没有 钱合成", "请先作废票箱")
    assert "起恢复，那一年度不参加评议" in page(here.secretary.get(f"/roster/{here.member('0072').id}"))
    refused(here.act("0072", "back", since="2027-02-01", reason=REASON), "刚刚被别人改过")
    done(here.act("0072", "back", since="2027-01-01", reason=REASON))
    assert here.ask().said["since"] == ["2026-11-01", "2027-01-01"]
    done(here.decide("withdraw", here.secretary))
    late = NEW | {"number": "0073", "since": "2026-12-31", "reason": REASON}
    refused(here.secretary.post("/roster/new", data=late), "请先作废票箱", "2027-01-01")
    refused(here.edit("0071", since="2026-12-31", reason=REASON), "请先作废票箱")
    assert "L列：2026 年度党员测评的票箱已经打开" in uploaded(here, row(编号="0082", 入党日期=""))
    done(here.secretary.post("/roster/new", data=late | {"since": "2027-01-01"}))
    assert names_left_out(here) == []
    written(here, "0072", until=None)
    assert names_left_out(here) == ["钱合成"], "whoever wrote it, and not only after a transfer"
    assert "请作废票箱、重新开箱" in page(here.secretary.get("/"))
    written(here, "0072", until=date(2026, 12, 30))
    done(
        here.secretary.post(
            f"/ballots/{opened.headers['Location'].rpartition('/')[2]}/void", data={"reason": "漏了人"}
        )
    )
    done(here.act("0072", "back", reason=REASON))
    done(here.decide("confirm", here.committee))


def run_of(here):
    return here.branch.work(lambda s, _who, unit, year: newest_run(s, unit.id, year.year))


def decide_ties(here):
    """Whatever equals the cut leaves: in the order they come."""
    while blocks := run_of(here).undecided:
        said = {"members": blocks[0]["members"], "reason": "会议票决，按得票多少排列"}
        done(here.secretary.post("/appraisal/grades/tie", data=said))


def test_what_is_made_public_is_what_the_roster_gives_now(here):
    with here.county.tiers.branch.database.transaction(EVERYTHING) as session:
        session.execute(update(Account).where(Account.login == VILLAGE).values(person_id=None))
    here.on(WINDOW)
    here.ballot("members", "excellent")
    here.close("members_ballot")
    here.ballot("masses", "satisfied", 10)
    here.close("mass_review")
    here.say("opinion", here.secretary, "excellent", here.people, "全年表现突出")
    here.close("opinion")
    done(here.secretary.post("/appraisal/grades/work-out"))
    decide_ties(here)
    assert here.close("appraisal_points") is None
    before = run_of(here).number
    done(here.edit("0004", exempt="yes", reason=REASON))
    done(here.decide("confirm", here.committee))
    refused(here.secretary.post("/appraisal/grades/publish"), "请先重新核算")
    text = page(here.secretary.get("/appraisal/grades"))
    assert "请先重新核算" in text
    assert "开始公示" not in text
    done(here.secretary.post("/appraisal/grades/work-out"))
    decide_ties(here)
    assert run_of(here).number > before
    done(here.secretary.post("/appraisal/grades/publish"))
    refused(here.secretary.post("/appraisal/grades/work-out"), "已经公示，不能再核算")


def test_while_grades_are_shown_or_lie_above_nothing_that_counts_is_changed(here):
    def stands_still():
        refused(here.edit("0003", exempt="yes", reason=REASON), "正在公示或者等上级审定")
        gone = {"until": "2026-12-30", "why": "mistake", "reason": REASON}
        refused(here.act("0005", "leave", **gone), "正在公示或者等上级审定")
        assert "正在公示或者等上级审定" in page(here.secretary.get(f"/roster/{here.people[2]}/edit"))

    stands_still()
    done(here.edit("0003", post="文书"))
    here.on(at(1, 25, 2027))
    assert here.close("publicity") is None
    done(here.secretary.post("/appraisal/grades/file"))
    stands_still()


def told(here, verdict, moment):
    """The township's word, as it arrives."""
    with within(here.county.tiers.branch) as session:
        unit = here.county.unit("branch", VILLAGE).id
        filing, _verdict = newest_filing(session, unit, 2026)
    word = {
        "filing_id": filing.id,
        "unit_id": unit,
        "verdict": verdict,
        "reason": "核对",
        "by": "镇",
        "at": moment,
    }
    with here.county.tiers.branch.database.ingest() as session:
        session.add(AppraisalVerdict(id=new_id(), **word))


def test_returned_it_is_changed_by_two_again_and_the_counted_ballot_stands(here):
    told(here, "returned", at(1, 26, 2027))
    here.on(at(1, 27, 2027))
    done(here.edit("0003", exempt="yes", reason=REASON))
    done(here.decide("confirm", here.committee))
    late = NEW | {"number": "0074", "since": "2026-12-31", "reason": REASON}
    refused(here.secretary.post("/roster/new", data=late), "已经计票", "请从 2027-01-01 起算")
    written(here, "0071", since=date(2026, 12, 1))
    assert names_left_out(here) == ["钱合成"]
    written(here, "0071", since=date(2027, 1, 4))


def test_once_the_township_confirmed_one_person_changes_it_again_and_the_ballot_still_stands(here):
    told(here, "confirmed", at(1, 28, 2027))
    here.on(at(1, 29, 2027))
    done(here.edit("0004", exempt="no"))
    assert not here.member("0004").exempt
    refused(
        here.secretary.post("/roster/new", data=NEW | {"number": "0075", "since": "2026-12-31"}), "已经计票"
    )
