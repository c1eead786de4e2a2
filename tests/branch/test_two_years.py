"""January: the county has opened the next year, and the year before is not closed. Both are within reach."""

import re
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.appraisal.models import MemberBase
from services.branch.points.models import Claim
from services.county.years.actions import open_year
from shared.kit.units import unit_by_code
from tests.branch.appraisal_hands import Appraised, come_to, page
from tests.branch.points_hands import VILLAGE, at

OLD, NEW = "2026", "2027"
MEMBER = ("/my", "/my/points", "/my/claims", "/my/new", "/commitments/own", "/appraisal/own", "/ballots")
BRANCH = ("/points", "/points/months", "/points/ranking", "/commitments", "/appraisal")
OF_A_YEAR = re.compile(r'href="/(?:my|appraisal|ballots|commitments|points)[^"]*"')


@pytest.fixture(scope="module")
def year(county):
    return Appraised(county, 4)


def test_with_one_open_year_there_is_nothing_to_choose(year):
    for path in MEMBER:
        assert "积分年度" not in page(year.mine[1].get(path))


def test_the_next_year_is_opened(year, county):
    with within(county.tiers.county) as session:
        who = actor(session, unit_by_code(session, "321323"), "county_organiser")
        note = "人员和数据均为合成"
        made = at(1, 4, 2027)
        open_year(
            session, who, county.tiers.county.signer(), year=2027, ranked=True, synthetic_note=note, now=made
        )
    county.settle()


@pytest.mark.parametrize("path", MEMBER)
def test_each_page_of_a_member_leads_to_the_other_year_and_stays_in_it(year, path):
    newest = page(year.mine[1].get(path))
    assert f'href="{path}?year={OLD}"' in newest
    old = page(year.mine[1].get(f"{path}?year={OLD}"))
    assert f'href="{path}?year={NEW}"' in old
    assert not [one for one in OF_A_YEAR.findall(old) if "year=" not in one], path


@pytest.mark.parametrize("path", BRANCH)
def test_each_page_of_the_branch_leads_to_the_other_year_and_stays_in_it(year, path):
    assert f'href="{path}?year={OLD}"' in page(year.secretary.get(path))
    old = page(year.secretary.get(f"{path}?year={OLD}"))
    assert f'href="{path}?year={NEW}"' in old
    assert not [one for one in OF_A_YEAR.findall(old) if "year=" not in one], path


def test_a_list_narrowed_by_hand_stays_in_its_year(year):
    """Forms of lists ask by GET, which drops what the address said before."""
    old = page(year.secretary.get(f"/points?year={OLD}&state=approved"))
    assert "state=approved" in old or 'value="approved"' in old
    assert not [one for one in OF_A_YEAR.findall(old) if "year=" not in one]


def test_a_claim_belongs_to_the_year_of_its_day(year, county):
    form = {"item": "household", "times": "1", "what": "走访联系户三户", "witness": "王组长"}
    ids = {day: str(uuid4()) for day in ("2026-12-30", "2027-01-05")}
    for day, one in ids.items():
        answer = year.mine[1].post("/my/file", data={**form, "id": one, "day": day})
        assert answer.status_code == 303, page(answer)
        assert "报上去了" in page(year.mine[1].get(answer.headers["Location"]))
    with within(county.tiers.branch) as session:
        found = {str(one.id): one.year for one in session.scalars(select(Claim))}
    assert {day: found[one] for day, one in ids.items()} == {"2026-12-30": 2026, "2027-01-05": 2027}


def test_who_files_for_others_need_not_choose_the_year_either(year, county):
    form = {"item": "household", "times": "1", "what": "腊月里走访联系户", "witness": "王组长"}
    values = {**form, "id": str(uuid4()), "day": "2026-12-29", "members": str(year.people[2])}
    answer = year.secretary.post("/points/new", data=values)
    assert answer.status_code == 303, page(answer)
    with within(county.tiers.branch) as session:
        [found] = session.scalars(select(Claim).where(Claim.day == date(2026, 12, 29)))
    assert found.year == 2026


def test_a_claim_is_withdrawn_in_whichever_year_it_is(year, county):
    with within(county.tiers.branch) as session:
        [found] = session.scalars(select(Claim.id).where(Claim.day == date(2026, 12, 30)))
    answer = year.mine[1].post(f"/my/claims/{found}/withdraw")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/my/claims?year={OLD}")


def test_claims_of_the_old_year_are_counted_in_the_header_and_on_the_desk(year):
    desk = page(year.secretary.get("/"))
    assert re.search(r'href="/points">积分 <span class="count">2<', desk), desk
    assert f'href="/points?year={OLD}"' in desk
    assert "2026 年度有 1 条申报等审核" in desk


def test_the_month_that_is_due_is_on_the_desk(year):
    assert "2026 年 1 至 12 月该结账了，共 12 个月" in page(year.secretary.get("/"))
    assert f"/points/months/1?year={OLD}" in page(year.secretary.get("/"))


def test_the_step_of_the_appraisal_that_is_due_is_on_the_desk_and_in_the_header(year):
    come_to(year.branch, "self_report")
    desk = page(year.secretary.get("/"))
    assert "2026 年年终评议" in desk
    assert f'href="/appraisal?year={OLD}"' in desk
    assert re.search(r'href="/appraisal">年终评议 <span class="count">1<', desk)


def test_a_member_is_told_of_the_report_he_still_owes(year):
    home = page(year.mine[1].get("/my"))
    assert f'href="/appraisal/own?year={OLD}"' in home
    assert "2026 年的述职还没有写" in home
    assert re.search(r'href="/appraisal/own">我的评议 <span class="count">1<', home)
    answer = year.mine[1].post(
        f"/appraisal/own/report?year={OLD}", data={"text": "今年走访了三户，办了两件实事"}
    )
    assert answer.status_code == 303, page(answer)
    assert "述职还没有写" not in page(year.mine[1].get("/my"))


def test_an_open_ballot_of_the_old_year_is_counted_and_told(year):
    come_to(year.branch, "members_ballot")
    form = {}
    for number in ("1", "2"):
        form |= {f"teller_{number}": str(year.people[-int(number)])}
        form |= {
            f"passphrase_{number}": f"监票人口令第{number}号春风又绿",
            f"again_{number}": f"监票人口令第{number}号春风又绿",
        }
    opened = year.secretary.post(f"/ballots/open/members?year={OLD}", data=form)
    assert opened.status_code == 303, page(opened)
    home = page(year.mine[1].get("/my"))
    assert re.search(r'href="/ballots">测评 <span class="count">1<', home)
    assert "2026 年的测评等您投票" in home
    assert f'href="/ballots?year={OLD}"' in home


def test_feedback_to_sign_is_told(year):
    come_to(year.branch, "feedback")
    home = page(year.mine[1].get("/my"))
    assert "2026 年的评议意见等您签收" in home
    assert re.search(r'href="/appraisal/own">我的评议 <span class="count">1<', home)


def test_the_base_carried_into_a_year_is_on_the_members_page_of_it(year):
    """Each came into 2026 with 180 points (Appraised); 2027 begins with what 2026 leaves."""
    old, new = page(year.mine[2].get(f"/my?year={OLD}")), page(year.mine[2].get("/my"))
    assert '<strong class="big">180</strong>' in old
    assert "其中上年结转的基础分 180 分" in old
    assert "上年结转的基础分" not in new
    assert "上年结转的基础分" in page(year.mine[2].get(f"/my/points?year={OLD}"))
    with within(year.county.tiers.branch) as session:
        given = {"from_total": 500_00, "from_earned": 500_00, "run_id": uuid4(), "at": at(1, 11, 2027)}
        session.add(
            MemberBase(
                unit_id=year.county.unit("branch", VILLAGE).id,
                member_id=year.people[2],
                year=2027,
                base=150_00,
                **given,
            )
        )
    assert "其中上年结转的基础分 150 分" in page(year.mine[2].get("/my"))
