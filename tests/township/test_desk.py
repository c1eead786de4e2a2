"""The desk: what waits, for whom; alarms; the figures' origin; the Excel list."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from services.township.verification.listing import missing_note
from shared.rules.course import Course
from shared.sync.contests import OpenContest
from tests.township.conftest import SECRETARY, Office, words


def test_the_desk_tells_each_person_what_waits_for_them_and_what_for_others(office: Office) -> None:
    office.decide(office.organiser, 1, "verify")
    office.decide(office.organiser, 2, "send-back", reason="请核对")
    organiser, secretary = words(office.organiser.get("/")), words(office.secretary.get("/"))
    assert "等您办（1 件） 1 个村的申报表待受理 甲203村" in organiser
    assert "1 个村已核实，等党委书记批准" in organiser
    assert "1 个村退回后还没有重新报" in organiser
    assert "等您办（1 件） 1 个村等您批准上报 甲201村" in secretary
    assert "0／3 个村" in secretary


def test_a_township_without_an_approver_says_so_loudly_and_is_not_skipped(office: Office) -> None:
    office.decide(office.organiser, 1, "verify")
    assert "没有能批准上报的人" not in words(office.organiser.get("/"))
    office.sql("UPDATE account SET disabled = true WHERE login = :login", login=SECRETARY)
    try:
        said = words(office.organiser.get("/"))
        assert "甲镇没有能批准上报的人（党委书记岗位空缺或账号停用）。1 个已核实的村停在这里" in said
        assert office.state(1) == "verified"
    finally:
        office.sql("UPDATE account SET disabled = false WHERE login = :login", login=SECRETARY)


def test_missing_returns_are_named_with_the_days_left(office: Office) -> None:
    kept = office.sql("SELECT id FROM received_return WHERE unit_id = :unit", unit=office.village(3))[0][0]
    office.sql("UPDATE received_return SET contest_id = gen_random_uuid() WHERE id = :id", id=kept)
    now = office.county.now
    try:
        office.county.now = now.replace(month=10, day=12)
        assert "1 个村还没有报 离申报截止还有 4 天 · 甲203村" in words(office.organiser.get("/"))
        office.county.now += timedelta(days=6)
        assert "申报已过期 2 天" in words(office.organiser.get("/returns?state=missing"))
        page = office.page(office.organiser, 3)
        assert "甲203村还没有报来申报表" in page
        assert office.decide(office.organiser, 3, "accept", version="missing-0-0").status_code == 409
    finally:
        office.county.now = now
        office.sql(
            "UPDATE received_return SET contest_id = (SELECT min(contest_id::text)::uuid FROM received_return"
            " WHERE id <> :id) WHERE id = :id",
            id=kept,
        )


@pytest.mark.parametrize("stage", ["verifying", "trial", "published"])
def test_once_collecting_has_ended_nothing_is_said_of_days_left_to_file(office: Office, stage: str) -> None:
    course = Course(stage, date(2026, 12, 31), date(2027, 1, 31))
    contest = OpenContest(opened=None, rulebook=None, course=course)
    with office.county.app("township").test_request_context():
        assert "县里已结束收集" in missing_note(contest, date(2026, 11, 17))


def test_a_silent_village_is_named_on_the_desk(office: Office) -> None:
    assert "同步正常" in words(office.organiser.get("/"))
    office.sql("UPDATE peer SET seen_at = seen_at - interval '3 days' WHERE relation = 'child'")
    try:
        assert "3 个村超过一天没有联系：甲201村、甲202村、甲203村" in words(office.organiser.get("/"))
        assert "离线 3 天" in words(office.organiser.get("/returns"))
    finally:
        office.sql("UPDATE peer SET seen_at = seen_at + interval '3 days' WHERE relation = 'child'")


def test_generated_figures_are_labelled_wherever_they_are_shown(office: Office) -> None:
    for path in ("/", "/returns", f"/returns/{office.village(1)}", "/results"):
        assert "合成数据，不代表真实情况" in words(office.organiser.get(path)), path


def test_the_excel_list_has_title_unit_filter_codes_as_text_and_runs_nothing(office: Office) -> None:
    office.decide(office.organiser, 1, "send-back", reason="=HYPERLINK(1)")
    answer = office.organiser.get("/returns/export.xlsx?state=sent_back")
    sheet = load_workbook(BytesIO(answer.data)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "村级申报核实" in cells[0][0]
    head = [row[0] for row in cells[:6]]
    assert "单位：甲镇" in head
    assert "筛选：退回中" in head
    assert any("合成数据" in str(line) for line in head)
    village = cells[-1]
    assert village[0] == "321323001201"
    assert village[-1] == "'=HYPERLINK(1)"
    assert isinstance(village[5], int | float)
    assert sheet.page_setup.orientation == "landscape"


def test_a_list_asks_the_database_a_fixed_number_of_times(office: Office) -> None:
    """Not per row: the questions for three villages and for one are as many."""
    from sqlalchemy import event

    asked: list[str] = []
    engine = office.county.app("township").extensions["sanji.database"].engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    office.organiser.get("/returns")
    three = len(asked)
    office.sql("UPDATE unit SET level = 'closed' WHERE code IN ('321323001202', '321323001203')")
    try:
        asked.clear()
        office.organiser.get("/returns")
        assert len(asked) == three
    finally:
        office.sql("UPDATE unit SET level = 'branch' WHERE level = 'closed'")
