"""The overview: from the county down to one posting, the same figures above as below, and only one's own."""

from datetime import date
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest

from shared.overview.figures import Figures, months_due, together
from tests.branch.points_hands import TOWNSHIP, VILLAGE, Branch, Township, at, open_the_year
from tests.county_rooms.rooms import leader, organiser, words

OTHER = "321323002201"


@pytest.fixture(scope="module")
def branch(county):
    empty = words(organiser(county).get("/overview"))
    assert "县里还没有开启积分年度" in empty
    open_the_year(county)
    return Branch(county)


@pytest.fixture(scope="module")
def people(branch, county):
    made = branch.members(3)
    Branch(county, OTHER).members(2)
    county.settle()
    return made


@pytest.fixture(scope="module")
def year(county, branch, people):
    """January: a visit each and a meeting, approved; February: a late claim, closed and not approved."""
    claims = [branch.claim(one, day=date(2026, 1, 6)) for one in people]
    meeting = branch.claim(people[0], item="theme_day", day=date(2026, 1, 7), witness="")
    branch.approve(*claims, meeting)
    january = branch.close(1)
    township = Township(county)
    township.accept(january)
    township.approve(january)
    late = branch.claim(people[1], day=date(2026, 1, 30), now=at(2, 10))
    branch.approve(late)
    february = branch.close(2)
    county.now = at(3, 6)
    return january, february


def test_sums_of_branches_are_the_sum(county):
    one = Figures(branches=1, due=2, approved=1, total=300, attendance=150, claims=4, proxy=1, members=2)
    both = together([one, one, Figures(categories={"basic": 5})])
    assert (both.branches, both.due, both.total) == (2, 4, 600)
    assert (one.attendance_share, one.proxy_share, one.coverage) == (50, 25, 50)
    assert (one.steps, one.per_member) == (225, 200)
    nothing = Figures()
    assert (nothing.attendance_share, nothing.coverage, nothing.steps, nothing.hollow_share) == (None,) * 4


def test_what_is_due_follows_the_calendar_and_december_after_its_late_days():
    late = date(2027, 1, 10)
    assert months_due(2026, date(2026, 1, 31), late) == 0
    assert months_due(2026, date(2026, 3, 1), late) == 2
    assert [months_due(2026, date(2027, 1, day), late) for day in (1, 10, 11)] == [11, 11, 12]
    assert months_due(2027, date(2026, 12, 31), late) == 0


def test_the_county_sees_what_was_approved_and_who_was_never_looked_at(county, year):
    page = words(organiser(county).get("/overview"))
    assert "甲镇" in page
    assert "4.50" in page
    assert "1/6" in page, "one month approved of three branches' two"
    assert "还没有人看过的支部 5 个：甲202村、甲203村、乙201村、乙202村、乙203村" in page
    assert "人员和数据均为合成" in page
    assert "33%" in page, "1.5 of 4.5 points are for attending"
    assert words(leader(county).get("/overview")).count("甲镇") == page.count("甲镇")


def test_one_goes_down_to_every_posting_and_the_statement_it_came_from(county, year, people):
    client = organiser(county)
    town, branch = county.unit("county", TOWNSHIP).id, county.unit("county", VILLAGE).id
    assert "甲201村" in words(client.get(f"/overview/units/{town}"))
    page = words(client.get(f"/overview/units/{branch}"))
    assert "党员1（合成）" in page
    assert "2.50" in page
    member = words(client.get(f"/overview/members/{people[0]}"))
    assert "全年合计 2.50 分" in member
    assert "党委书记" in member


def test_the_township_sees_also_what_it_has_not_approved_and_its_own_only(county, year, people):
    client = county.client("township", f"{TOWNSHIP}-zz")
    page = words(client.get("/overview"))
    assert "5.50" in page, "February's late claim is here, not yet at the county"
    assert "乙201村" not in page
    assert "还没有人看过的支部 2 个：甲202村、甲203村" in page
    member = client.get(f"/overview/members/{people[1]}")
    assert "补记" in words(member)
    assert f"/statements/{year[1]}" in member.get_data(as_text=True)
    neighbour = county.client("township", "321323002-zz")
    for path in (f"/overview/members/{people[1]}", f"/overview/units/{county.unit('township', VILLAGE).id}"):
        assert neighbour.get(path).status_code == 404
    above = county.unit("township", "321323").id
    assert client.get(f"/overview/units/{above}").status_code == 404


def test_members_are_turned_page_by_page_in_one_order(county, year, monkeypatch):
    monkeypatch.setattr("shared.overview.reader.PAGE", 2)
    client, seen, path = organiser(county), [], "/overview/members"
    for _ in range(5):
        html = client.get(path).get_data(as_text=True)
        seen.append(words(client.get(path)).count("（合成）"))
        if 'rel="next"' not in html:
            break
        path = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert seen == [2, 2, 1]
    assert 'rel="prev"' in html
    back = html.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert words(client.get(back)).count("（合成）") == 2
    assert words(client.get("/overview/members?last=1")).count("（合成）") == 2
    assert client.get("/overview/members?after=nonsense").status_code == 404
    assert words(client.get("/overview/members?q=党员3")).count("党员3（合成）") == 1


def test_every_table_comes_as_excel(county, year, people):
    branch = county.unit("county", VILLAGE).id
    top = county.unit("county", "321323").id
    for path, said in (
        (f"/overview/units/{top}/export.xlsx", "甲镇"),
        (f"/overview/units/{branch}/export.xlsx", "党员1（合成）"),
        ("/overview/members/export.xlsx", "党员3（合成）"),
        (f"/overview/members/{people[0]}/export.xlsx", "2026-01"),
    ):
        answer = organiser(county).get(path)
        assert answer.status_code == 200, path
        book = openpyxl.load_workbook(BytesIO(answer.data))
        assert said in str([[cell.value for cell in row] for row in book.active.rows]), path


def test_unknown_members_units_and_years_are_absent(county, year):
    client = organiser(county)
    for path in (f"/overview/members/{uuid4()}", f"/overview/units/{uuid4()}", "/overview?year=1999"):
        assert client.get(path).status_code == 404
