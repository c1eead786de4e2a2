"""Results and objections at the township, from publicity to the published edition."""

from io import BytesIO
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from deploy.demo import calendar
from tests.county import County
from tests.township.conftest import Office, words


@pytest.fixture(scope="module")
def public(county: County) -> Office:
    """The result is under publicity."""
    county.play("public")
    county.now = calendar.PUBLIC
    return Office(county)


def test_before_publicity_there_is_nothing_to_see_and_why_is_absent(county: County) -> None:
    county.play("verified")
    office = Office(county)
    assert "还没有结果" in words(office.organiser.get("/results"))
    assert office.organiser.get("/results/county").status_code == 404
    listed = office.organiser.get("/objections").get_data(as_text=True)
    assert "县里公示之后才能提" in listed
    assert "disabled" in listed


def test_under_publicity_the_own_villages_stand_with_tier_and_reason(public: Office) -> None:
    said = words(public.organiser.get("/results"))
    assert "公示中 不是最终结果，公示到" in said
    assert "甲201村" in said
    assert "乙201村" not in said
    assert "这些是建议，由组织研究决定，不自动生效" in said
    why = words(public.organiser.get(f"/results/{public.village(1)}/why"))
    assert "甲201村：为什么是这一档" in why
    assert "集体经营性收入" in why
    row = public.organiser.get(f"/results/{public.village(1)}/why", headers={"HX-Request": "true"})
    assert row.get_data(as_text=True).lstrip().startswith("<tr")


def test_the_county_table_is_whole_and_filtered_but_explains_own_villages_only(public: Office) -> None:
    page = public.secretary.get("/results/county")
    assert "乙201村" in words(page)
    assert page.get_data(as_text=True).count("/why") == 2 * 3, "a link and its htmx address each"
    assert "甲201村" not in words(public.secretary.get("/results/county?township=乙街道"))


def test_results_export_carries_scores_as_numbers_and_proposals_as_proposals(public: Office) -> None:
    book = load_workbook(BytesIO(public.organiser.get("/results/export.xlsx").data))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    codes = [row[0] for row in rows if str(row[0]).startswith("321323001")]
    assert len(codes) == 3
    assert isinstance(rows[-1][-2], int | float)
    assert "这些是建议" in book.worksheets[1]["A2"].value


def test_verification_is_closed_and_says_why(public: Office) -> None:
    page = public.page(public.organiser, 1)
    assert "已经锁定" in page
    assert 'class="pick"' not in public.organiser.get("/returns").get_data(as_text=True)
    assert "县里已结束核实" in words(public.organiser.get("/returns"))


def test_an_objection_for_a_village_reaches_the_county_once_however_often_it_is_sent(public: Office) -> None:
    blank = {"village": str(public.village(2)), "once": str(uuid4()), "text": " "}
    refused = public.organiser.post("/objections", data=blank)
    assert refused.status_code == 422
    assert "请写明哪一项有误" in words(refused)
    typed = {**blank, "text": "志愿服务少计 3 场，见台账。"}
    for _ in range(2):
        assert public.organiser.post("/objections", data=typed).status_code == 303
    listed = words(public.organiser.get("/objections"))
    assert listed.count("志愿服务少计 3 场，见台账。") == 1
    assert "等县里答复" in listed
    public.county.settle()
    with public.county.tiers.county.database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT set_config('app.all', 'on', false)")
        found = connection.exec_driver_sql(
            "SELECT raised_at_tier FROM objection WHERE text LIKE '志愿服务少计%%'"
        )
        assert found.all() == [("township",)]
    assert public.secretary.get("/objections/new").status_code == 403


def test_after_publicity_nobody_objects_and_the_page_says_until_when_one_could(public: Office) -> None:
    public.county.later(days=60)
    public = Office(public.county)
    typed = {"village": str(public.village(2)), "once": str(uuid4()), "text": "有误"}
    for answer in (
        public.organiser.post("/objections", data=typed),
        public.organiser.post("/objections", data=typed | {"text": " "}),
        public.organiser.get("/objections/new"),
    ):
        assert (answer.status_code, "现在不在公示期内，不能提出异议" in words(answer)) == (409, True)
        assert 'name="text"' not in answer.get_data(as_text=True), "no form is offered"
        assert "公示期内可以提出异议" not in words(answer)
    listed = words(public.organiser.get("/objections"))
    assert "公示已于" in listed
