"""The contest's result at the branch: its own tier and why, the county's table, objections, last year."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.contest.actions import objections
from services.county.contest import course
from shared.sync.contests import why
from tests.branch.hands import HTMX, contest_of, form_of, over, text_of
from tests.county import County

ONE, TWO = "321323001201", "321323001202"
IN_TIME, TOO_LATE = datetime(2026, 11, 5, 3, tzinfo=UTC), datetime(2026, 11, 11, 3, tzinfo=UTC)
WORDS = "志愿服务应为 40 场，见活动台账。"


@pytest.fixture
def public(county: County) -> County:
    """The county while the result is under publicity, two days in."""
    county.now = IN_TIME
    county.play("public")
    return county


@pytest.fixture
def published(public: County) -> County:
    """The county after publication."""
    public.now = datetime(2026, 11, 20, 3, tzinfo=UTC)
    public.play("published")
    return public


def test_before_publicity_the_page_says_what_will_be_here(county: County) -> None:
    # What is handed down is ordered by time, so the clock of these tests only goes forward.
    county.now = datetime(2026, 11, 2, 3, tzinfo=UTC)
    county.play("tried")
    client = county.client("branch", ONE)
    assert "县里还没有公示今年的结果" in text_of(client.get("/result"))
    assert client.get("/result/table").status_code == 404
    assert client.get("/result?year=1999").status_code == 404


def test_publicity_shows_tier_why_and_proposals_people_still_decide(public: County) -> None:
    client = public.client("branch", ONE)
    desk, page = text_of(client.get("/")), text_of(client.get("/result"))
    with within(public.tiers.branch) as session:
        mine = why(session, contest_of(public).id, public.unit("branch", ONE).id)
    assert mine is not None and mine.reason in page
    assert "公示中" in page and "这些是建议，由组织研究决定，不自动生效。" in page
    assert "结果正在公示" in desk and "有疑问可以提出异议" in desk
    assert contest_of(public).opened.synthetic_note in page


def test_an_objection_is_raised_once_and_its_answer_is_read_here(public: County) -> None:
    client = public.client("branch", ONE)
    refused = client.post("/result/objection", data={"text": " 不 "})
    assert refused.status_code == 422 and "请写明哪一项有误" in text_of(refused)
    for _click in range(2):
        assert client.post("/result/objection", data={"text": WORDS}).status_code == 303
    with within(public.tiers.branch) as session:
        raised = objections(session, contest_of(public).id, public.unit("branch", ONE).id)
    assert [one.text for one, _answer in raised].count(WORDS) == 1
    assert "等县里答复" in text_of(client.get("/result"))
    public.settle()
    public.play("public")  # the demo's county answers what is open
    page = text_of(client.get("/result"))
    assert "维持原结果" in page and "县里答复：" in page


def test_out_of_time_no_objection_is_taken(public: County) -> None:
    public.now = TOO_LATE
    client = public.client("branch", TWO)
    assert "提出异议" not in text_of(client.get("/result"))
    assert client.post("/result/objection", data={"text": WORDS}).status_code == 409
    form = client.get("/result/objection")
    assert (form.status_code, 'name="text"' in text_of(form)) == (409, False), "nor is a form offered"


def test_the_committee_sees_the_result_and_why_it_cannot_object(public: County, committee) -> None:
    page = text_of(committee(TWO).get("/result"))
    assert "异议由支部书记提出" in page and 'href="/result/objection"' not in page


def test_the_countys_table_is_narrowed_by_township_and_tier(published: County) -> None:
    client = published.client("branch", ONE)
    whole = text_of(client.get("/result/table"))
    assert whole.count('<tr role="row"') == 7 and 'id="mine"' in whole
    one = text_of(client.get("/result/table?township=乙街道"))
    assert one.count('<tr role="row"') == 4 and "甲203村" not in one
    third = text_of(client.get("/result/table?tier=3&q=甲"))
    assert all(name not in third for name in ("乙201村", "乙202村"))
    assert "没有符合条件的村居" in text_of(client.get("/result/table?q=无此村"))
    assert client.get("/result/table?page=x&tier=99&year=abc").status_code == 200


def test_the_derivation_comes_as_excel_without_formulas(published: County) -> None:
    answer = published.client("branch", ONE).get("/result/excel")
    sheet = load_workbook(BytesIO(answer.data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert sheet["A1"].value == contest_of(published).opened.title
    assert contest_of(published).opened.synthetic_note in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)
    assert sum(row[1].value is not None for row in sheet.iter_rows() if row[5].value is not None) == 13


def test_everything_is_said_in_english_too(published: County) -> None:
    client = published.client("branch", ONE)
    client.post("/language", data={"language": "en", "next": "/"})
    page = text_of(client.get("/result"))
    assert "Collective operating income" in page and "Tier" in page and "Performance pay" in page
    assert "Result of the 2026 contest" in page


def test_next_year_the_form_stands_beside_last_years_figures(published: County) -> None:
    _open_next_year(published)
    published.now = datetime(2027, 9, 20, 3, tzinfo=UTC)
    client = published.client("branch", ONE)
    with within(published.tiers.branch) as session:
        last = why(session, _first(published), published.unit("branch", ONE).id)
    income = {line.code: line.verified for line in last.lines}["collective_income"]
    assert f"去年 {income}" in text_of(client.get("/return"))
    far = over(form_of(client), collective_income="900")
    assert f"和去年（{income}）差得多" in text_of(client.post("/return/save", data=far, headers=HTMX))
    assert "县里还没有公示今年的结果" in text_of(client.get("/result"))
    assert "2026" in text_of(client.get("/result"))
    assert '"tag green">已公布' in text_of(client.get("/result?year=2026"))


def _first(county: County):
    with within(county.tiers.county) as session:
        return min(course.contests(session), key=lambda contest: contest.year).id


def _open_next_year(county: County) -> None:
    at = datetime(2027, 9, 1, 1, tzinfo=UTC)
    with within(county.tiers.county) as session:
        who = actor(session, county.unit("county", "321323"), "county_organiser")
        before = course.contests(session)[0]
        drafted = course.draft_contest(
            session,
            who,
            year=2027,
            title="2027 年村级组织分档竞赛",
            rulebook_hash=before.rulebook_hash,
            filing_until=date(2027, 10, 15),
            verifying_until=date(2027, 10, 30),
            synthetic_note="",
            now=at,
        )
        course.open_contest(session, who, drafted, county.tiers.county.signer(), at)
    county.settle()
