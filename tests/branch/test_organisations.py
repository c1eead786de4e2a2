"""A branch as a subject: what it did goes up, the township decides, points by the function members have."""

from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import create_engine, delete, select
from sqlalchemy.pool import NullPool

from deploy.demo.tiers import within
from services.branch.organisation import actions as at_branch
from services.branch.organisation.models import TABLES as BRANCH
from services.township.organisations import actions as at_township
from services.township.organisations.models import TABLES as TOWNSHIP
from shared.contracts.organisations import (
    ORGANISATIONS,
    OrganisationDecided,
    OrganisationEntered,
    OrganisationReplied,
)
from shared.organisations.ledger import standings, year_of_unit
from shared.sync.models import Outbox
from shared.sync.outbox import send_up
from shared.sync.records import Received
from shared.sync.streams import parse
from shared.sync.years import year_of
from tests.branch.points_hands import VILLAGE, YEAR, at, open_the_year
from tests.township.conftest import ORGANISER, OTHER_TOWN, SECRETARY, words


class Hands:
    """The branch files, the township decides; one county for all sentences, one day after the other."""

    def __init__(self, county):
        self.county = county
        self.unit = county.unit("branch", VILLAGE).id

    def on(self, *day):
        """Another day: everybody signs in anew."""
        self.county.now = at(*day)
        self.branch = self.county.client("branch", VILLAGE)
        self.organiser = self.county.client("township", ORGANISER)
        self.secretary = self.county.client("township", SECRETARY)
        return self

    def file(self, item="theme_day", day="2026-01-15", **given):
        entered = {
            "id": str(uuid4()),
            "item": item,
            "day": day,
            "what": "主题党日，清理河道",
            "witness": "会议记录",
        }
        answer = self.branch.post("/organisation/new", data={**entered, **given})
        self.county.settle()
        return answer

    def held(self, tier="township"):
        tables = TOWNSHIP if tier == "township" else BRANCH
        with within(getattr(self.county.tiers, tier)) as session:
            scheme = year_of(session, YEAR).organisations
            return standings(session, tables, scheme, YEAR, [self.unit])

    def waiting(self):
        return [f"{one.entry.id}:{one.version}" for one in self.held() if one.state == "waiting"]

    def decide(self, what, selected, client=None, **given):
        client = client or self.organiser
        answer = client.post(f"/organisations/{what}", data={"selected": selected, **given})
        self.county.settle()
        return answer

    def deduct(self, client=None, item="late_return", day="2026-03-03", unit=None):
        entered = {"id": str(uuid4()), "item": item, "day": day, "what": "二月统计表迟报两天"}
        answer = (client or self.organiser).post(f"/organisations/{unit or self.unit}/deduct", data=entered)
        self.county.settle()
        return answer

    def total(self, tier):
        return year_of_unit(self.held(tier)).total


@pytest.fixture(scope="module")
def hands(county):
    open_the_year(county)
    return Hands(county).on(1, 20)


def test_before_anything_is_filed_both_rooms_say_so(hands):
    assert "今年还没有报过" in words(hands.branch.get("/organisation"))
    assert "没有等审核的申报" in words(hands.organiser.get("/organisations"))
    assert "今年还没有报过" in words(hands.organiser.get(f"/organisations/{hands.unit}"))


def test_what_the_branch_files_waits_for_the_township_and_counts_nothing_yet(hands):
    form = words(hands.branch.get("/organisation/new"))
    assert "按月开展主题党日" in form and "应报材料迟报" not in form
    once = str(uuid4())
    assert hands.file(id=once).status_code == 303
    assert hands.file(id=once).status_code == 303
    [one] = hands.held()
    assert (one.state, one.entry.fault, one.entry.above) == ("waiting", "", False)
    assert hands.total("branch") == hands.total("township") == 0
    assert "等上级审核" in words(hands.branch.get("/organisation"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"item": "late_return"}, "由上级党组织登记"),
        ({"item": "nothing"}, "没有这一项"),
        ({"day": "2026-02-15"}, "日子还没到"),
        ({"day": "2025-12-30"}, "不在 2026 年度"),
        ({"what": "短"}, "至少 4 个字"),
        ({"item": "project", "witness": ""}, "请写明证明人或凭据"),
        ({"times": "x"}, "请填整数"),
    ],
)
def test_what_the_scheme_does_not_take_is_refused_by_name(hands, given, said):
    answer = hands.file(**given)
    assert (answer.status_code, said in words(answer)) == (422, True), words(answer)


def test_an_entry_later_than_late_days_is_refused_with_the_date(hands):
    hands.on(2, 16)
    answer = hands.file(day="2026-01-20")
    assert answer.status_code == 422 and "最晚报到" in words(answer)
    hands.on(1, 20)


def test_the_township_approves_and_the_branch_sees_its_points(hands):
    stale = hands.waiting()
    assert hands.decide("approve", stale).status_code == 303
    assert hands.total("branch") == hands.total("township") == 150
    again = hands.decide("approve", stale)
    assert (again.status_code, "刚刚被别人办理过" in words(again)) == (409, True)
    page = words(hands.branch.get("/organisation"))
    assert "上级已通过" in page and "1.50" in page


def test_a_cap_cuts_and_says_so_at_both_tiers(hands):
    hands.file(day="2026-01-18", what="又一次主题党日活动")
    assert "主题党日" in words(hands.organiser.get("/organisations"))
    hands.decide("approve", hands.waiting())
    assert hands.total("branch") == hands.total("township") == 150
    assert "本项已到封顶" in words(hands.branch.get("/organisation"))
    assert "本项已到封顶" in words(hands.organiser.get(f"/organisations/{hands.unit}"))


def test_key_work_is_a_bonus_within_the_range_that_the_township_decides(hands):
    hands.file(item="project", what="引水工程按期通水", witness="镇验收单")
    [waiting] = hands.waiting()
    name = f"points-{waiting.partition(':')[0]}"
    assert hands.decide("approve", [waiting], **{name: "99"}).status_code == 409
    assert hands.decide("approve", [waiting], **{name: "many"}).status_code == 409
    assert hands.decide("approve", [waiting], **{name: "8"}).status_code == 303
    assert hands.total("branch") == 950


def test_a_return_needs_a_reason_that_the_branch_reads(hands):
    hands.file(item="matter", what="为村民代办证照一件")
    waiting = hands.waiting()
    assert "理由" in words(hands.decide("return", waiting))
    assert hands.decide("return", waiting, reason="").status_code == 422
    assert hands.decide("return", waiting, reason="请写明是哪一户").status_code == 303
    assert "请写明是哪一户" in words(hands.branch.get("/organisation"))
    assert hands.decide("approve", []).status_code == 422


def test_an_approved_entry_may_be_struck_and_counts_no_more(hands):
    before = hands.total("township")
    hands.file(item="dispute", what="调解邻里纠纷一起")
    hands.decide("approve", hands.waiting())
    [one] = [one for one in hands.held() if one.entry.item == "dispute"]
    assert hands.total("branch") == before + 100
    assert hands.decide("strike", [f"{one.entry.id}:{one.version}"], reason="与村委会重复").status_code == 303
    assert hands.total("branch") == hands.total("township") == before


def test_a_deduction_is_heard_first_and_decided_by_another_person(hands):
    hands.on(3, 4)
    before = hands.total("branch")
    assert hands.deduct(item="theme_day").status_code == 422
    assert hands.deduct().status_code == 303
    waiting = hands.waiting()
    own = hands.decide("approve", waiting)
    assert (own.status_code, "由另一位同志来定" in words(own)) == (409, True)
    unheard = hands.decide("approve", waiting, hands.secretary)
    assert (unheard.status_code, "先听支部说明" in words(unheard)) == (409, True)
    [one] = [one for one in hands.held("branch") if one.entry.above]
    assert "支部可在" in words(hands.branch.get("/organisation"))
    assert "上级拟扣分：应报材料迟报" in words(hands.branch.get("/"))
    assert "1 条党组织积分等审核" in words(hands.secretary.get("/"))
    assert "党组织积分等审核" not in words(hands.organiser.get("/")), "it is not theirs to decide"
    assert hands.branch.get(f"/organisation/{one.entry.id}/reply").status_code == 200
    assert hands.branch.post(f"/organisation/{one.entry.id}/reply", data={"reply": ""}).status_code == 422
    said = {"reply": "停电两天，已补报"}
    assert hands.branch.post(f"/organisation/{one.entry.id}/reply", data=said).status_code == 303
    assert hands.branch.post(f"/organisation/{one.entry.id}/reply", data=said).status_code == 409
    hands.county.settle()
    assert hands.decide("approve", waiting, hands.secretary).status_code == 409, (
        "the word makes the page stale"
    )
    assert "停电两天" in words(hands.secretary.get("/organisations"))
    assert hands.decide("approve", hands.waiting(), hands.secretary).status_code == 303
    assert hands.total("branch") == hands.total("township") == before - 100
    assert "已扣分" in words(hands.branch.get("/organisation"))


def test_without_a_word_a_deduction_counts_once_the_days_are_over(hands):
    before = hands.total("branch")
    hands.deduct(day="2026-03-04")
    hands.on(3, 9)
    assert hands.decide("approve", hands.waiting(), hands.secretary).status_code == 409
    hands.on(3, 10)
    assert hands.decide("approve", hands.waiting(), hands.secretary).status_code == 303
    assert hands.total("branch") == before - 100


def test_a_branch_of_another_township_is_as_absent_as_none(hands):
    foreign = hands.county.unit("township", f"{OTHER_TOWN}201").id
    other = hands.county.client("township", f"{OTHER_TOWN}-zz")
    hands.file(item="theme_day", day="2026-03-05")
    for client, unit in ((hands.organiser, foreign), (other, hands.unit), (hands.organiser, uuid4())):
        assert client.get(f"/organisations/{unit}").status_code == 404
        assert client.get(f"/organisations/{unit}/deduct").status_code == 404
        assert hands.deduct(client, unit=unit).status_code == 404
    assert hands.decide("approve", hands.waiting(), other).status_code == 404
    assert VILLAGE not in words(other.get("/organisations"))


def test_nobody_at_the_branch_can_decide_what_it_filed(hands):
    """No page of the branch decides; and a verdict that a branch sends up is not taken."""
    paths = [str(rule) for rule in hands.county.app("branch").url_map.iter_rules()]
    assert not [path for path in paths if path.startswith("/organisation") and "approve" in path]
    [waiting] = [one for one in hands.held() if one.state == "waiting"]
    forged = OrganisationDecided(
        uuid4(), waiting.entry.id, hands.unit, "approved", 10000, "", "自己", at(3, 11).isoformat()
    )
    with within(hands.county.tiers.branch) as session:
        send_up(session, hands.unit, hands.unit, forged, at(3, 11))
    hands.county.settle()
    assert [one.state for one in hands.held() if one.entry.id == waiting.entry.id] == ["waiting"]


def test_what_a_restore_lost_comes_back_from_the_tier_that_holds_it(hands):
    before = {tier: told(hands, tier) for tier in ("branch", "township")}
    up, down = sent(hands, "branch"), sent(hands, "township")
    forget(hands, "branch")
    forget(hands, "township")
    with within(hands.county.tiers.branch) as session:
        at_branch.recover_entries(session, up[OrganisationEntered], at(3, 12))
        at_branch.recover_entries(session, up[OrganisationEntered], at(3, 12))
        at_branch.recover_replies(session, up[OrganisationReplied], at(3, 12))
        at_branch.receive_entries(session, down[OrganisationEntered], at(3, 12))
        at_branch.receive_decisions(session, down[OrganisationDecided], at(3, 12))
    with within(hands.county.tiers.township) as session:
        at_township.receive_entries(session, up[OrganisationEntered], at(3, 12))
        at_township.receive_replies(session, up[OrganisationReplied], at(3, 12))
        at_township.recover_entries(session, down[OrganisationEntered], at(3, 12))
        at_township.recover_decisions(session, down[OrganisationDecided], at(3, 12))
    assert {tier: told(hands, tier) for tier in ("branch", "township")} == before


def told(hands, tier):
    return [(one.entry.id, one.entry.above, one.state, one.version) for one in hands.held(tier)]


def sent(hands, tier):
    """What a tier said about branches as subjects, as its peer or itself would get it back."""
    found = {kind: [] for kind in ORGANISATIONS}
    with within(getattr(hands.county.tiers, tier)) as session:
        query = select(Outbox).where(Outbox.kind.like("organisation.%")).order_by(Outbox.id)
        for row in session.scalars(query):
            kind = next(one for one in ORGANISATIONS if row.kind == one.KIND)
            body = msgspec.json.decode(row.payload, type=kind)
            if getattr(body, "by", "") != "自己":
                found[kind].append(
                    Received(
                        row.stream,
                        parse(row.stream).origin,
                        1,
                        1,
                        b"",
                        row.kind,
                        1,
                        row.unit_id,
                        at(3, 12),
                        b"",
                        row.payload,
                        body,
                    )
                )
    return found


def forget(hands, tier):
    tables = BRANCH if tier == "branch" else TOWNSHIP
    engine = create_engine(hands.county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        for table in (tables.word, tables.entry):
            connection.execute(delete(table.__table__))
    engine.dispose()
