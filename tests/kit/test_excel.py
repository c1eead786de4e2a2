"""Excel files as a spreadsheet opens them: what was put in comes out, whatever was typed."""

from decimal import Decimal
from io import BytesIO
from time import perf_counter

import pytest
from openpyxl import load_workbook

from shared.kit.excel import Column, Sheet, workbook

COLUMNS = [
    Column("姓名", 14),
    Column("得分", 10, "score"),
    Column("个", 8, "whole"),
    Column("数", 8, "number"),
]


def opened(rows, columns=COLUMNS, name="党员"):
    made = workbook([Sheet(name, "标题", ["单位：演示县"], columns, rows)])
    return load_workbook(BytesIO(made)).active


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("党员甲", "党员甲"),
        ("<b>&amp;\"'", "<b>&amp;\"'"),
        ("  两头有空格 ", "  两头有空格 "),
        ("两行\n第二行", "两行\n第二行"),
        ("=1+1", "'=1+1"),
        ("-5", "'-5"),
        ("00123", "00123"),
        ("堃喆玥昇", "堃喆玥昇"),
        ("_x0041_", "_x0041_"),
        ("a\x01b", "a\x01b"),
    ],
)
def test_text_comes_out_as_it_was_typed_and_runs_nowhere(typed, read):
    from openpyxl.utils.escape import unescape

    cell = opened([[typed, None, None, None]])["A4"]
    assert (unescape(cell.value), cell.data_type) == (read, "s")


@pytest.mark.parametrize(
    ("hundredths", "shown"), [(0, 0), (5, 0.05), (-5, -0.05), (-12345, -123.45), (1000, 10)]
)
def test_scores_are_exact_numbers_below_their_heading(hundredths, shown):
    page = opened([["甲", hundredths, 3, Decimal("7.50")]])
    assert [one.value for one in page[4]] == ["甲", shown, 3, 7.5]
    assert [one.number_format for one in page[4]] == ["@", "0.00", "0", "General"]
    assert page["B3"].value == "得分"


def test_empty_cells_keep_their_frame_and_a_table_may_have_no_rows():
    page = opened([["甲", None, None, None]])
    assert (page["B4"].value, page["B4"].border.left.style) == (None, "thin")
    assert page.auto_filter.ref == "A3:D4"
    none = opened([])
    assert (none.max_row, none.auto_filter.ref) == (3, None)


def test_every_sheet_has_its_own_rows_and_the_same_is_the_same_bytes():
    sheets = [Sheet(name, name, [], COLUMNS[:2], [[name, 100]]) for name in ("一", "二")]
    book = load_workbook(BytesIO(workbook(sheets)))
    assert [book[name]["A3"].value for name in ("一", "二")] == ["一", "二"]
    with pytest.raises(ValueError, match="zip"):
        workbook([Sheet("三", "三", [], COLUMNS, [["少了一格"]])])


def test_a_county_of_members_is_written_in_a_moment():
    rows = [[f"党员{number}", number, number, None] for number in range(25_619)]
    begun = perf_counter()
    workbook([Sheet("党员", "党员", [], COLUMNS, rows)])
    assert perf_counter() - begun < 5, "cell by cell through the library it takes ten seconds and more"
