"""A claim filed in time and returned late is not lost: it is put right, and counts by its first filing."""

from datetime import date

import pytest

from deploy.demo.tiers import within
from services.branch.points import deciding, filing
from services.branch.points.deciding import Chosen
from services.branch.points.filing import NewClaim, Unclaimable
from services.branch.points.models import Claim, StatementLine
from shared.kit.errors import Refused
from shared.rules.points.claims import Claimed
from tests.branch.appraisal_hands import again, page, signed_in
from tests.branch.points_hands import VILLAGE, YEAR, Branch, Township, at, open_the_year
from tests.branch.test_answered_months import ledger, owed

DAY = date(2026, 1, 18)


@pytest.fixture(scope="module")
def branch(county):
    open_the_year(county)
    made = Branch(county, VILLAGE)
    made.people = made.members(3)
    county.settle()
    return made


@pytest.fixture(scope="module")
def late(county, branch):
    """Filed on 20 January, January closed, returned on 12 February."""
    claim = branch.claim(branch.people[0], day=DAY, now=at(1, 20))
    other = branch.claim(branch.people[1], day=DAY, now=at(1, 20))
    give_back(branch, claim, at(1, 30))
    give_back(branch, other, at(1, 30))
    put_right(branch, branch.people[0], claim, "走访联系户四户", at(1, 31))
    branch.work(
        lambda s, who, unit, year: deciding.approve(s, who, unit, year, [Chosen(claim, 3)], at(1, 31)),
        "branch_committee",
    )
    january = branch.close(1)
    township = Township(county)
    township.accept(january)
    township.approve(january)
    third = branch.claim(branch.people[2], day=DAY, now=at(2, 10))
    give_back(branch, third, at(2, 12))
    return third


def give_back(branch, claim, now):
    chosen = [Chosen(claim, branch.version(claim))]
    branch.work(
        lambda s, who, unit, _year: deciding.give_back(s, who, unit, chosen, "请写清是哪几户", now),
        "branch_committee",
    )


def put_right(branch, member, claim, what, now, day=DAY):
    new = [NewClaim(claim, member, Claimed("household", day, 1, what, "王组长"))]
    return branch.work(lambda s, who, unit, year: filing.file_claims(s, who, unit, year, new, now))


def state(county, claim):
    with within(county.tiers.branch) as session:
        found = session.get_one(Claim, claim)
        return found.state, found.number, found.filed_at, found.what


def test_it_may_be_put_right_for_the_late_days_from_its_return_and_not_longer(county, branch, late):
    before = state(county, late)
    with pytest.raises(Unclaimable) as refused:
        put_right(branch, branch.people[2], late, "走访张三等三户", at(2, 23))
    assert (refused.value.code, refused.value.values["until"]) == ("too_late", date(2026, 2, 22))
    with pytest.raises(Unclaimable, match="和退回前一样"):
        put_right(branch, branch.people[2], late, "走访联系户三户", at(2, 22))
    with pytest.raises(Unclaimable, match="另报一件"):
        put_right(branch, branch.people[2], late, "走访张三等三户", at(2, 22), day=date(2025, 1, 18))
    assert state(county, late) == before


def test_the_page_says_until_when_and_the_same_form_puts_it_right(county, branch, late):
    county.now = at(2, 22)
    browser = signed_in(county, branch.people[2], "returned2")
    assert "可以改好再报，最晚 2026-02-22" in page(browser.get("/my"))
    listed = page(browser.get("/my/claims?year=2026"))
    assert "可以改好再报，最晚 2026-02-22" in listed
    form = page(browser.get(f"/my/file?item=household&again={late}&year=2026"))
    assert "退回的理由：请写清是哪几户" in form
    assert "走访联系户三户" in form
    assert str(late) in form
    sent = {"id": str(late), "item": "household", "day": "2026-01-18", "times": "1", "witness": "王组长"}
    same = browser.post("/my/file", data={**sent, "what": "走访联系户三户"})
    assert same.status_code == 422
    assert "请按退回的理由改好再报" in page(same)
    done = browser.post("/my/file", data={**sent, "what": "走访张三、李四、王五三户"})
    assert done.status_code == 303
    found = state(county, late)
    assert found == ("waiting", 3, at(2, 10), "走访张三、李四、王五三户")
    again = browser.post("/my/file", data={**sent, "what": "走访另外三户，改了又改"})
    assert again.status_code == 422
    assert "没有改动" in page(again)
    assert browser.post("/my/file", data={**sent, "what": "走访张三、李四、王五三户"}).status_code == 303
    shown = page(county.client("branch", VILLAGE).get("/points?year=2026"))
    assert "2026-02-12 退回过，本人已改好再报" in shown


def test_it_is_posted_as_late_and_the_townships_recount_agrees(county, branch, late):
    branch.approve(late, now=at(2, 27))
    february = branch.close(2)
    with within(county.tiers.branch) as session:
        line = session.get_one(StatementLine, (february, branch.people[2]))
        assert line.posted == [["2026-01", "service", 100, "late"]]
    township = Township(county)
    assert township.received(february).differences == []
    township.accept(february)
    township.approve(february)
    assert [ledger(county, one) for one in branch.people] == [owed(branch, one) for one in branch.people]


def test_when_its_days_are_over_the_page_says_so_and_offers_nothing(county, branch, late):
    county.now = at(3, 1)
    browser = signed_in(county, branch.people[1], "returned1")
    listed = page(browser.get("/my/claims?year=2026"))
    assert "改好再报的期限是 2026-02-10，已经过了" in listed
    assert "again=" not in listed


def test_a_return_that_leaves_no_day_is_refused_and_the_branch_decides(county, branch, late):
    claim = branch.claim(branch.people[1], day=date(2026, 12, 20), now=at(1, 9, YEAR + 1))
    with pytest.raises(Refused, match="来不及改"):
        give_back(branch, claim, at(1, 10, YEAR + 1))
    chosen = [Chosen(claim, 1)]
    county.now = at(1, 10, YEAR + 1)
    assert "不予认定" in page(county.client("branch", VILLAGE).get("/points?year=2026"))
    with pytest.raises(Refused, match="来得及改"):
        branch.work(
            lambda s, who, unit, _y: deciding.decline(s, who, unit, chosen, "查无此事", at(1, 9, YEAR + 1)),
            "branch_committee",
        )
    branch.work(
        lambda s, who, unit, _y: deciding.decline(s, who, unit, chosen, "查无此事", at(1, 10, YEAR + 1)),
        "branch_committee",
    )
    shown = page(again(county, "returned1").get("/my/claims?year=2026"))
    assert "未予认定" in shown
    assert "查无此事" in shown
    with pytest.raises(Unclaimable, match="支部已经定了"):
        put_right(branch, branch.people[1], claim, "走访张三等三户", at(1, 10, YEAR + 1))
