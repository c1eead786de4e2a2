"""Tables as Excel files: title, unit, date, filters and page setup; codes as text, formulas never."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

# Of zlib's levels the quickest that still makes a file small.
_LEVEL = 3
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The underscore of text that Excel would take for such a sign.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(f"[&<>]|_x|{_UNSAYABLE.pattern}")
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
        styles = [_write(book, sheet) for sheet in sheets]
    return _filled(buffer, sheets, styles)


def _write(book: Any, sheet: Sheet) -> dict[str, int]:
    """Everything of a sheet but its rows; the style of each kind of cell by its number."""
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
    _set_up(page, top, len(sheet.rows), len(sheet.columns))
    return {kind: formats[kind]._get_xf_index() for kind in ("text", "score", "whole", "number")}


def _filled(made: BytesIO, sheets: Sequence[Sheet], styles: Sequence[dict[str, int]]) -> bytes:
    """The file with its rows put in: through the library, cell by cell, 25,000 rows take ten seconds."""
    pages = {
        f"xl/worksheets/sheet{number}.xml": one
        for number, one in enumerate(zip(sheets, styles, strict=True), start=1)
    }
    filled = BytesIO()
    with ZipFile(made) as source, ZipFile(filled, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as target:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename in pages:
                body = _with_rows(body, *pages[entry.filename])
            target.writestr(entry, body, ZIP_DEFLATED, _LEVEL)
    return filled.getvalue()


def _with_rows(page: bytes, sheet: Sheet, styles: dict[str, int]) -> bytes:
    top = len(sheet.notes) + 2
    columns = [(xl_col_to_name(place), column.kind) for place, column in enumerate(sheet.columns)]
    rows = "".join(
        f'<row r="{number}">'
        + "".join(
            _cell(f"{name}{number}", kind, value, styles)
            for (name, kind), value in zip(columns, row, strict=True)
        )
        + "</row>"
        for number, row in enumerate(sheet.rows, start=top + 1)
    )
    before, end, after = page.partition(b"</sheetData>")
    if sheet.rows:
        whole = f'<dimension ref="A1:{columns[-1][0]}{top + len(sheet.rows)}"/>'.encode()
        before = _DIMENSION.sub(whole, before, count=1)
    return b"".join((before, rows.encode(), end, after))


def _sheet_name(name: str) -> str:
    """Excel refuses these signs and more than 31 characters in a sheet's name."""
    return "".join("-" if sign in "[]:*?/\\" else sign for sign in name)[:31]


def _cell(at: str, kind: str, value: Any, styles: dict[str, int]) -> str:
    if value is None or value == "":
        return f'<c r="{at}" s="{styles[kind]}"/>'
    if kind == "score" and isinstance(value, int):
        sign, size = ("-" if value < 0 else ""), abs(value)
        return f'<c r="{at}" s="{styles[kind]}"><v>{sign}{size // 100}.{size % 100:02}</v></c>'
    if (kind == "whole" and isinstance(value, int)) or (kind == "number" and isinstance(value, Decimal)):
        return f'<c r="{at}" s="{styles[kind]}"><v>{value}</v></c>'
    text = _text(harmless(str(value)))
    return f'<c r="{at}" s="{styles["text"]}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _text(words: str) -> str:
    """As XML takes it; what XML has no way to say is written as Excel writes it, _x0000_."""
    if _ESCAPED.search(words):
        words = _LOOKS_ESCAPED.sub("_x005F_", words)
        words = _UNSAYABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", words)
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return words


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
