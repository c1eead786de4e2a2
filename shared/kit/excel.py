"""Tables as Excel files: title, unit, date, filters and page setup; codes as text, formulas never."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

# A cell that begins like this is run as a formula where it is opened as text by another program.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A heading, its width in characters, and what is below it: 'text', 'score' (hundredths), 'whole'."""

    title: str
    width: int = 12
    kind: str = "text"


@dataclass(frozen=True)
class Sheet:
    """One table. `notes` are lines above it: unit, date, filters, what the reader must know."""

    name: str
    title: str
    notes: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def harmless(text: str) -> str:
    """Text that no spreadsheet runs: a leading = + - @ gets an apostrophe before it."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx file. Rows hold text, whole numbers, or None for an empty cell."""
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        for sheet in sheets:
            _write(book, sheet)
    return buffer.getvalue()


def _write(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(_sheet_name(sheet.name))
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format({"bold": True, "border": 1, "bg_color": "#ECF0F4", "text_wrap": True}),
        "text": book.add_format({"border": 1, "num_format": "@", "text_wrap": True, "valign": "top"}),
        "score": book.add_format({"border": 1, "num_format": "0.00", "valign": "top"}),
        "whole": book.add_format({"border": 1, "num_format": "0", "valign": "top"}),
        "number": book.add_format({"border": 1, "num_format": "General", "valign": "top"}),
    }
    page.write_string(0, 0, harmless(sheet.title), formats["title"])
    for place, note in enumerate(sheet.notes, start=1):
        page.write_string(place, 0, harmless(note))
    top = len(sheet.notes) + 1
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        page.write_string(top, place, harmless(column.title), formats["head"])
    for number, row in enumerate(sheet.rows, start=top + 1):
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(page, number, place, column.kind, value, formats)
    _set_up(page, top, len(sheet.rows), len(sheet.columns))


def _sheet_name(name: str) -> str:
    """Excel refuses these signs and more than 31 characters in a sheet's name."""
    return "".join("-" if sign in "[]:*?/\\" else sign for sign in name)[:31]


def _cell(page: Any, row: int, place: int, kind: str, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        page.write_blank(row, place, None, formats[kind])
    elif kind == "score" and isinstance(value, int):
        page.write_number(row, place, Decimal(value) / 100, formats[kind])
    elif (kind == "whole" and isinstance(value, int)) or (kind == "number" and isinstance(value, Decimal)):
        page.write_number(row, place, value, formats[kind])
    else:
        page.write_string(row, place, harmless(str(value)), formats["text"])


def _set_up(page: Any, top: int, rows: int, columns: int) -> None:
    """A4 across, one page wide, the heading on every page, page numbers."""
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.repeat_rows(top)
    page.set_footer("&C&P / &N")
    page.freeze_panes(top + 1, 0)
    if rows:
        page.autofilter(top, 0, top + rows, columns - 1)
