"""The roster's Excel files: the template with its dropdowns, and the roster itself."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import gettext

from services.branch.roster.columns import COLUMNS, EXAMPLE, cells_of
from services.branch.roster.models import Member
from shared.kit.clock import civil
from shared.kit.excel import harmless
from shared.kit.excel_in import MOST_ROWS

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXAMPLE = (
    *(f"{EXAMPLE}-0012", "张三（示例行，导入时跳过）", "正式党员", "农村", "村务监督委员会主任"),
    *("否", "是", "否", "否", "否", "1985-07-01", "1990-03-01", "第一党小组"),
)


def template_file() -> bytes:
    """An empty roster to be filled in: everything text, dropdowns, one example row."""
    return _book([], [_EXAMPLE])


def roster_file(unit: str, members: Sequence[Member], filters: str, now: datetime) -> bytes:
    """The roster in the template's own shape, so that it can be changed and imported again."""
    notes = [
        gettext("单位：%(unit)s", unit=unit),
        gettext("导出时间：%(at)s", at=civil(now).strftime("%Y-%m-%d %H:%M")),
        gettext("筛选：%(filters)s", filters=filters),
    ]
    rows = [
        cells_of({one.key: getattr(member, one.key, None) for one in COLUMNS} | {"roles": member.roles})
        for member in members
    ]
    return _book(notes, rows)


def _book(notes: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("党员名册")
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#ECF0F4", "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        for number, note in enumerate(notes):
            sheet.write_string(number, 0, harmless(note))
        top = len(notes)
        ranges = _dictionary(book)
        for place, column in enumerate(COLUMNS):
            # Text, so that no digit of a number is lost.
            sheet.set_column(place, place, column.width, text)
            sheet.write_string(top, place, column.title + ("*" if column.needed else ""), head)
            if column.options:
                source = {"validate": "list", "source": ranges[column.options]}
                sheet.data_validation(top + 1, place, top + MOST_ROWS, place, source)
        for number, row in enumerate(rows, start=top + 1):
            for place, value in enumerate(row):
                sheet.write_string(number, place, harmless(value), text)
        sheet.freeze_panes(top + 1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)
    return buffer.getvalue()


def _dictionary(book: Any) -> dict[tuple[str, ...], str]:
    """The dropdowns' words on a hidden sheet; their ranges by the options."""
    sheet = book.add_worksheet("字典")
    sheet.hide()
    ranges = {}
    for place, options in enumerate(dict.fromkeys(one.options for one in COLUMNS if one.options)):
        for number, option in enumerate(options):
            sheet.write_string(number, place, option)
        name = chr(ord("A") + place)
        ranges[options] = f"=字典!${name}$1:${name}${len(options)}"
    return ranges
