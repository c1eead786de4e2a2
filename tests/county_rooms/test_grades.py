"""Who got which grade, at the county: by township and branch, member by member, for those who may see it."""

from datetime import UTC, date, datetime
from io import BytesIO
from time import perf_counter
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import func, insert, select

from deploy.demo.tiers import within
from deploy.local.databases import connect
from services.county.grades.models import ConfirmedAppraisal, Grade, GradeAside
from services.county.roster.models import KnownMember
from services.county.years.models import MemberYear
from shared.kit.audit import AuditEvent
from shared.kit.ids import new_id
from shared.kit.units import Unit
from tests.branch.appraisal_hands import page
from tests.branch.outcome_hands import Decided
from tests.branch.points_hands import TOWNSHIP, VILLAGE

YEAR = 2026
EMPTY = "321323002203"
FULL = 25_619


@pytest.fixture(scope="module")
def year(county):
    client = county.client("county", "321323-zzk")
    assert "县里还没有开启积分年度" in page(client.get("/grades"))
    assert client.get("/grades/members").status_code == 404
    Decided(county)
    client = county.client("county", "321323-zzk")
    assert "还没有审定的格次" in page(client.get("/grades"))
    assert "没有找到党员" in page(client.get("/grades/members"))
    return Decided.at_outcomes(county)


@pytest.fixture(scope="module")
def organiser(year):
    return year.county.client("county", "321323-zzk")


def rows_of(client, query=""):
    """Names and grades of the Excel file the address gives."""
    answer = client.get(f"/grades/members/export.xlsx{query}")
    book = openpyxl.load_workbook(BytesIO(answer.data)).active
    rows = [[cell.value for cell in row] for row in book.iter_rows()]
    head = next(number for number, row in enumerate(rows) if row[0] == "乡镇")
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def unit(year, code):
    return year.county.unit("county", code).id


def test_each_unit_has_its_counts_and_each_count_leads_to_its_members(year, organiser):
    whole = page(organiser.get("/grades"))
    assert ("甲镇" in whole, "乙街道" in whole) == (True, False), "nothing is confirmed there"
    town = page(organiser.get(f"/grades?unit={unit(year, TOWNSHIP)}"))
    assert "还没有审定格次的支部 2 个" in town
    one = f"/grades/members?year={YEAR}&unit={unit(year, VILLAGE)}&grade=unqualified"
    assert one.replace("&", "&amp;") in town
    assert "共 1 人" in page(organiser.get(one))


def test_a_list_is_narrowed_by_unit_grade_and_name_and_so_is_its_file(year, organiser):
    everybody = rows_of(organiser)
    assert len(everybody) == 6
    assert {row["格次"] for row in everybody} >= {"不合格", "基本合格"}
    assert [row["姓名"] for row in rows_of(organiser, "?grade=unqualified")] == ["党员5（合成）"]
    assert [row["姓名"] for row in rows_of(organiser, "?name=党员6")] == ["党员6（合成）"]
    assert rows_of(organiser, f"?unit={unit(year, EMPTY)}") == []
    found = page(organiser.get("/grades/members?name=党员6"))
    assert ("党员6（合成）" in found, "党员5（合成）" in found, "共 1 人" in found) == (True, False, True)
    assert f"/overview/members/{year.people[5]}/why?year={YEAR}" in found
    assert "没有找到党员" in page(organiser.get(f"/grades/members?unit={unit(year, EMPTY)}"))
    with within(year.county.tiers.county) as session:
        taken = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "grades.take")
        assert session.scalar(taken) == 4


def test_what_is_not_there_is_not_found_and_who_has_no_post_sees_nothing(year, organiser):
    for query in ("year=2019", "grade=superb", "unit=x", f"unit={uuid4()}", "after=x", "before=1.2.3"):
        assert organiser.get(f"/grades/members?{query}").status_code == 404, query
    assert organiser.get(f"/grades?unit={uuid4()}").status_code == 404
    for who in ("bz", "fc", "zr"):
        assert year.county.client("county", f"321323-{who}").get("/grades").status_code == 200
    for who in ("xt", "aq", "sj"):
        client = year.county.client("county", f"321323-{who}")
        for path in ("/grades", "/grades/members", "/grades/members/export.xlsx"):
            assert client.get(path).status_code == 403


def test_an_upheld_appeal_shows_with_what_was_graded_first(year, organiser):
    form = {"id": str(new_id()), "text": "年初因病住院三个月，假条和医院证明都在"}
    assert year.mine[4].post("/outcomes/grade-appeal", data=form).status_code == 303
    year.county.settle()
    reviewer, director = (year.at_county(one) for one in ("fc", "zr"))
    upheld = {"verdict": "upheld", "grade": "basically_qualified", "points": "3", "text": "情况属实"}
    year.word(reviewer, "decided", year.case("county", sort="appeal"), **upheld)
    before = rows_of(organiser, "?name=党员5")[0]
    assert before["格次"] == "不合格", "one alone changes nothing"
    year.word(director, "confirmed", year.case("county", sort="appeal"))
    after = rows_of(organiser, "?name=党员5")[0]
    assert (after["格次"], after["原定格次"]) == ("基本合格", "不合格")
    assert round(after["总分"] - before["总分"], 2) == 3
    assert "申诉成立，原定不合格" in page(organiser.get("/grades/members?name=党员5"))
    assert "没有找到党员" in page(organiser.get("/grades/members?grade=unqualified"))


def _confirmed(session, branch, members, at, grade="qualified"):
    """A branch graded and confirmed, as it would have arrived; ids of its members."""
    first, rulebook = session.get_one(MemberYear, YEAR), "0" * 64
    filing = {
        **{"id": new_id(), "unit_id": branch.id, "township_id": branch.parent_id, "year": first.year},
        **{"members": len(members), "rulebook": rulebook, "digest": rulebook, "original": b"{}"},
        **{"accepted_by": "组织委员", "confirmed_by": "党委书记", "confirmed_at": at},
    }
    session.execute(insert(ConfirmedAppraisal), [filing])
    rows = [
        {
            **{"filing_id": filing["id"], "member_id": one, "unit_id": branch.id, "year": YEAR},
            **{"base": 2000, "appraisal": 8000, "total": 9000, "grade": grade, "rank": 1, "exempt": False},
        }
        for one in members
    ]
    session.execute(insert(Grade), rows)


def _known(session, branch, many):
    ids = [new_id() for _ in range(many)]
    rows = [
        {
            **{"unit_id": branch.id, "member_id": one, "number": f"{number:05}", "name": f"合成{number}"},
            **{"status": "full", "field": "rural", "post": "", "roles": [], "exempt": False},
            **{"floating": False, "since": date(2020, 1, 1), "told_at": datetime(2026, 1, 1, tzinfo=UTC)},
        }
        for number, one in enumerate(ids)
    ]
    session.execute(insert(KnownMember), rows)
    return ids


def test_of_two_confirmations_the_later_stands_and_a_branch_set_aside_does_not_count(year, organiser):
    day = datetime(2027, 1, 20, tzinfo=UTC)
    other = year.county.unit("county", "321323002201")
    with within(year.county.tiers.county) as session, year.county.tiers.county.database.ingest() as ingest:
        second = session.get_one(Unit, other.id)
        [one] = _known(ingest, second, 1)
        _confirmed(ingest, second, [one], day.replace(day=22), "excellent")
        _confirmed(ingest, second, [one], day, "qualified")
    [row] = rows_of(organiser, f"?unit={other.id}")
    assert row["格次"] == "优秀"
    with year.county.tiers.county.database.ingest() as ingest:
        aside = {"member_id": one, "year": YEAR, "unit_id": other.id, "counts_id": other.id, "at": day}
        ingest.execute(insert(GradeAside), [aside])
    assert rows_of(organiser, f"?unit={other.id}") == []


def _walked(client, address):
    """How many rows the pages have from the first to the last, by their own links."""
    many = pages = 0
    while address:
        found = page(client.get(address)).replace("&amp;", "&")
        many, pages = many + found.count('class="c-name"'), pages + 1
        _before, _link, rest = found.partition('rel="next" href="')
        address = rest.partition('"')[0]
    return many, pages


def test_the_pages_hold_everybody_once_and_a_county_of_members_is_quick(year, organiser):
    day = datetime(2027, 1, 20, tzinfo=UTC)
    branches = [year.county.unit("county", f"32132300{one}") for one in ("1202", "1203", "2202")]
    with within(year.county.tiers.county) as session, year.county.tiers.county.database.ingest() as ingest:
        for branch, many in zip(branches, (1, 50, FULL - 51 - 6), strict=True):
            here = session.get_one(Unit, branch.id)
            _confirmed(ingest, here, _known(ingest, here, many), day)
    # As the server does within a minute of such a year by itself: before, no plan knows how much there is.
    with connect(year.county.settings["county"].owner_database_url) as server:
        server.execute("ANALYZE")
    assert _walked(organiser, f"/grades/members?unit={branches[0].id}") == (1, 1)
    assert _walked(organiser, f"/grades/members?unit={branches[1].id}") == (50, 1)
    assert _walked(organiser, f"/grades/members?unit={unit(year, TOWNSHIP)}") == (57, 2)
    last = page(organiser.get("/grades/members?last=1"))
    assert ("共 25619 人" in last, 'rel="prev"' in last, 'rel="next"' in last) == (True, True, False)
    for path in ("/grades", "/grades/members", "/grades/members?last=1", "/grades/members?grade=unqualified"):
        begun = perf_counter()
        assert organiser.get(path).status_code == 200
        assert perf_counter() - begun < 1.5, path
    begun = perf_counter()
    assert len(organiser.get("/grades/members/export.xlsx").data) > 100_000
    assert perf_counter() - begun < 8
