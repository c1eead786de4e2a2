"""After the county opens the next contest, last year's result is still there under its year."""

from datetime import UTC, date, datetime
from io import BytesIO
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from deploy.demo import calendar
from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.county.contest import course
from tests.county import County
from tests.township.conftest import Office, words

WORDS = "志愿服务少计 3 场，见台账。"
OPENED = datetime(2027, 9, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def office(county: County) -> Office:
    """2026 is published, with an objection of the township's; 2027 has just been opened."""
    county.play("public")
    county.now = calendar.PUBLIC
    typed = {"village": str(Office(county).village(2)), "once": str(uuid4()), "text": WORDS}
    assert Office(county).organiser.post("/objections", data=typed).status_code == 303
    county.settle()
    county.play("public")  # the demo's county answers it
    county.play("published")
    _open_next(county)
    county.now = OPENED
    return Office(county)


def _open_next(county: County) -> None:
    with within(county.tiers.county) as session:
        who = actor(session, county.unit("county", "321323"), "county_organiser")
        drafted = course.draft_contest(
            session,
            who,
            year=2027,
            title="2027 年村级组织分档竞赛",
            rulebook_hash=course.contests(session)[0].rulebook_hash,
            filing_until=date(2027, 10, 15),
            verifying_until=date(2027, 10, 30),
            synthetic_note="",
            now=OPENED,
        )
        course.open_contest(session, who, drafted, county.tiers.county.signer(), OPENED)
    county.settle()


def test_this_years_page_has_no_result_and_leads_to_last_years(office: Office) -> None:
    page = office.organiser.get("/results")
    assert "还没有结果" in words(page)
    assert 'href="/results?year=2026"' in page.get_data(as_text=True)
    assert office.organiser.get("/results/county").status_code == 404


def test_last_years_result_and_every_link_of_it_stay_in_its_year(office: Office) -> None:
    answer = office.organiser.get("/results?year=2026")
    assert "2026 年村级组织分档竞赛" in words(answer) and "已发布" in words(answer)
    assert "合成数据" in words(answer), "last year's figures keep what was said of them"
    html = answer.get_data(as_text=True)
    assert 'href="/results?year=2027"' in html
    why = f"/results/{office.village(1)}/why?year=2026"
    assert html.count(why) == 2
    assert "集体经营性收入" in words(office.organiser.get(why))
    table = office.organiser.get("/results/county?year=2026&township=乙街道")
    assert "乙201村" in words(table) and "甲201村" not in words(table)
    assert '<input type="hidden" name="year" value="2026">' in table.get_data(as_text=True)


@pytest.mark.parametrize(("path", "villages"), [("export.xlsx", 3), ("county.xlsx", 6)])
def test_last_years_files_are_last_years(office: Office, path: str, villages: int) -> None:
    assert office.organiser.get(f"/results/{path}").status_code == 404
    book = load_workbook(BytesIO(office.organiser.get(f"/results/{path}?year=2026").data))
    cells = [row[0].value for row in book.worksheets[0].iter_rows()]
    assert str(cells[0]).startswith("2026 年")
    assert sum(str(cell).startswith("321323") for cell in cells) == villages


def test_last_years_objections_are_read_with_their_answers_but_no_more_are_raised(office: Office) -> None:
    now, before = (office.organiser.get(f"/objections{year}") for year in ("", "?year=2026"))
    assert WORDS not in words(now) and 'href="/objections?year=2026"' in now.get_data(as_text=True)
    assert WORDS in words(before) and "不采纳" in words(before)
    assert "代村里提出异议" not in words(before)


@pytest.mark.parametrize("year", ["1999", "x", "", "20260", "-2026"])
@pytest.mark.parametrize("path", ["/results", "/results/county", "/results/export.xlsx", "/objections"])
def test_a_year_that_is_none_is_the_same_404(office: Office, path: str, year: str) -> None:
    answer = office.organiser.get(f"{path}?year={year}")
    assert answer.status_code == 404
    assert words(answer) == words(office.organiser.get(f"{path}?year=2099"))
