"""The trial page: ties, why a tier, differences, publicity begun; all villages equal at first."""

import io

import openpyxl
import pytest
from sqlalchemy import text

from deploy.demo.tiers import within
from services.county.contest import course
from services.county.contest.models import TrialLine
from services.county.contest.records import last_trial
from tests.county import County
from tests.county_rooms.rooms import at, contest, follow, leader, organiser, trial_number, village, words


@pytest.fixture(scope="module", autouse=True)
def _tried(county: County) -> None:
    """Verified, then every village given the same figures, so that all are tied; then the first trial."""
    county.play("verified")
    settle_figures(county)
    client = organiser(county)
    step = {"after": "trial", "version": str(contest(county).version)}
    assert client.post(at(county, "/stage"), data=step).status_code == 303


def settle_figures(county: County, better: str = "") -> None:
    """As the owner of the tables: the same verified figures for all, more income for `better`."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(county.settings["county"].owner_database_url, poolclass=NullPool)
    with engine.begin() as session:
        session.execute(
            text(
                "UPDATE verified_return SET verified ="
                " (SELECT verified FROM verified_return ORDER BY id LIMIT 1)"
            )
        )
        session.execute(
            text(
                "UPDATE verified_return SET verified = jsonb_set(verified, '{collective_income}', '\"74.9\"')"
                " WHERE unit_id = (SELECT id FROM unit WHERE code = :code)"
            ),
            {"code": better},
        )
    engine.dispose()


def blocks(county: County) -> list[dict]:
    """What is undecided in the last trial."""
    with within(county.tiers.county) as session:
        found = last_trial(session, course.contests(session)[0])
        assert found is not None
        return found.blocks


def test_a_tie_blocks_publicity_and_says_so_beside_the_button(county: County) -> None:
    client = organiser(county)
    page = client.get(at(county, "/trial"))
    assert "处并列未裁定" in words(page)
    assert "disabled" in page.get_data(as_text=True)
    assert "并列等裁定" in words(client.get("/"))
    refused = client.post(at(county, "/publicity"), data={"version": str(contest(county).version)})
    assert refused.status_code == 409


def test_a_tie_needs_a_reason_and_exactly_its_seats(county: County) -> None:
    client, block = organiser(county), blocks(county)[0]
    form = {"version": str(trial_number(county)), "villages": block["villages"]}
    every = [f"{code}:{block['seats'][0][0]}" for code in block["villages"]]
    wrong = client.post(at(county, "/ties"), data={**form, "village": every, "reason": "都好"})
    assert wrong.status_code == 422
    assert "都好" in wrong.get_data(as_text=True)
    silent = client.post(at(county, "/ties"), data={**form, "village": right(block), "reason": ""})
    assert silent.status_code == 422
    assert "裁定要写明理由" in words(silent)
    assert leader(county).post(at(county, "/ties"), data=form).status_code == 403


def right(block: dict) -> list[str]:
    """A choice that fits the block: the better seats to the lower codes."""
    if len(block["seats"]) == 2:
        return block["villages"][: block["seats"][0][1]]
    tiers = [tier for tier, seats in block["seats"] for _ in range(seats)]
    return [f"{code}:{tier}" for code, tier in zip(block["villages"], tiers, strict=True)]


def test_a_decided_tie_is_computed_at_once_and_its_reason_is_told(county: County) -> None:
    client = organiser(county)
    while found := blocks(county):
        block = found[0]
        form = {"version": str(trial_number(county)), "villages": block["villages"], "reason": "集体研究"}
        answer = client.post(at(county, "/ties"), data={**form, "village": right(block)})
        assert "已裁定" in follow(client, answer)
    stale = client.post(at(county, "/ties"), data={**form, "village": right(block)})
    assert stale.status_code == 409
    why = client.get(at(county, f"/trials/{trial_number(county)}/why/{village(county)}"))
    assert "集体研究" in words(why)


def test_why_opens_in_place_and_as_a_page(county: County) -> None:
    client = organiser(county)
    where = at(county, f"/trials/{trial_number(county)}/why/{village(county)}")
    page = client.get(where)
    part = client.get(where, headers={"HX-Request": "true"})
    assert "<html" in page.get_data(as_text=True)
    assert part.get_data(as_text=True).lstrip().startswith("<tr")
    for answer in (page, part):
        assert "集体经营性收入" in words(answer)
        assert "名" in words(answer)


def test_recompute_of_the_same_figures_is_the_same_trial(county: County) -> None:
    client, before = organiser(county), trial_number(county)
    assert "数据没有变化" in follow(client, client.post(at(county, "/trial")))
    assert trial_number(county) == before


def test_differences_name_the_village_the_figure_and_who_moved_for_it(county: County) -> None:
    settle_figures(county, better="321323002203")
    client = organiser(county)
    stale = words(client.get(at(county, "/trial")))
    assert "数据有变动，请重新试算" in stale
    client.post(at(county, "/trial"))
    page = words(client.get(at(county, f"/trials/{trial_number(county)}/differences")))
    assert "乙203村" in page
    assert "集体经营性收入" in page
    assert "→ 74.9" in page
    assert "自己的数变了 （1）" in page or "自己的数变了（1）" in page


def test_filters_live_in_the_url_and_the_export_keeps_them(county: County) -> None:
    client = organiser(county)
    township = county.unit("county", "321323002").id
    page = words(client.get(at(county, f"/trial?township={township}")))
    assert "乙203村" in page
    assert "甲201村" not in page.split("依据")[1]
    odd = client.get(at(county, "/trial?township=x&tier=y&page=-4&changed=perhaps"))
    assert odd.status_code == 200
    answer = client.get(at(county, f"/trial.xlsx?township={township}"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][0].startswith(contest(county).title)
    notes = " ".join(str(row[0]) for row in cells[:6])
    assert "单位：演示县" in notes
    assert "乙街道" in notes
    assert contest(county).synthetic_note in notes
    codes = [cell for cell in sheet["B"] if str(cell.value).startswith("321323")]
    assert len(codes) == 3
    assert all(cell.data_type == "s" for cell in codes)


def test_a_village_name_that_looks_like_a_formula_is_only_text(county: County) -> None:
    with within(county.tiers.county) as session:
        line = session.get_one(
            TrialLine, (last_trial(session, course.contests(session)[0]).id, village(county))
        )
        assert line.village_name == "甲201村"
    from shared.kit.excel import Column, Sheet, workbook

    sheet = Sheet("a/b", "=1+1", ["@x"], [Column("+c"), Column("n", kind="score")], [["=HYPERLINK(1)", 8840]])
    book = openpyxl.load_workbook(io.BytesIO(workbook([sheet]))).active
    values = [cell.value for row in book.iter_rows() for cell in row if cell.value is not None]
    assert values == ["'=1+1", "'@x", "'+c", "n", "'=HYPERLINK(1)", 88.4]


def test_the_settled_trial_goes_public_once(county: County) -> None:
    client = organiser(county)
    while found := blocks(county):
        form = {"version": str(trial_number(county)), "villages": found[0]["villages"], "reason": "再议"}
        client.post(at(county, "/ties"), data={**form, "village": right(found[0])})
    version = str(contest(county).version)
    answer = client.post(at(county, "/publicity"), data={"version": version})
    assert "公示与异议" in follow(client, answer)
    assert client.post(at(county, "/publicity"), data={"version": version}).status_code == 409
    number = trial_number(county)
    assert client.post(at(county, "/trial")).status_code == 409
    assert trial_number(county) == number


def test_who_only_looks_sees_no_button_that_acts(county: County) -> None:
    page = leader(county).get(at(county, "/trial")).get_data(as_text=True)
    assert "重新试算" not in page
    assert "进入公示" not in page
