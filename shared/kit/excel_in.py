"""Excel files that people upload: judged before they are opened, read row by row, given back marked.

A workbook is a zip that can grow a thousandfold: what it would unpack to is bounded before it is parsed.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter

LARGEST_FILE = 5 * 2**20
LARGEST_UNPACKED = 24 * 2**20
MOST_PARTS = 200
MOST_TAGS = 1_500_000
MOST_ROWS = 5000
MOST_COLUMNS = 30
# Rows a title and its heading may take before the first row of values.
HEADING = 12
_CHUNK = 2**16
_RED = PatternFill("solid", fgColor="FFC7CE")


class Unreadable(ValueError):
    """The file cannot be taken: `code` is size, bomb, kind, broken or rows."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def judge(body: bytes) -> None:
    """Refuse a file that is too large, unpacks to too much, or is no workbook; Unreadable says which."""
    if len(body) > LARGEST_FILE:
        raise Unreadable("size")
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            parts = archive.infolist()
            # What the directory claims is what is unpacked at most: reading stops there.
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
                raise Unreadable("bomb")
            if "xl/workbook.xml" not in archive.namelist():
                raise Unreadable("kind")
            tags = sum(_tags(archive, one) for one in parts if one.filename.endswith((".xml", ".rels")))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise Unreadable("kind") from error
    if tags > MOST_TAGS:
        raise Unreadable("bomb")


def _tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many tags a part has; entities, which grow while they are read, are not let in."""
    tags, tail = 0, b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            seen = tail + chunk
            # A NUL is another encoding, in which the same could hide.
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or b"\0" in chunk:
                raise Unreadable("kind")
            tags, tail = tags + chunk.count(b"<"), chunk[-9:]
    return tags


def rows(body: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Row number and values of the first sheet. Unreadable where it is broken or has too many rows.

    Values are text, numbers, dates as Excel holds them; formulas give what they last gave.
    """
    judge(body)
    try:
        book = load_workbook(BytesIO(body), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What the file says of its own size is not believed.
        sheet.reset_dimensions()
        for number, values in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            if number <= MOST_ROWS + HEADING:
                yield number, values
            elif any(value is not None for value in values):
                raise Unreadable("rows")
    except Unreadable:
        raise
    except Exception as error:  # a library's parser may fail in any way on a broken file
        raise Unreadable("broken") from error


def marked(body: bytes, faults: Mapping[int, Sequence[tuple[int, str]]], header: int, title: str) -> bytes:
    """The same workbook with bad cells red and a last column that says what is wrong.

    `faults`: by row number, (column number from 1, words); `header` is the row that takes `title`.
    """
    judge(body)
    book = load_workbook(BytesIO(body))
    sheet = book.worksheets[0]
    last = min(sheet.max_column, MOST_COLUMNS)
    titles = [sheet.cell(header, place).value for place in range(1, last + 1)]
    place = titles.index(title) + 1 if title in titles else last + 1
    sheet.cell(header, place).value = title
    sheet.column_dimensions[get_column_letter(place)].width = 50
    for number in range(header + 1, min(sheet.max_row, MOST_ROWS + HEADING) + 1):
        wrong = faults.get(number, ())
        if not wrong:
            if place <= len(titles):
                sheet.cell(number, place).value = None
            continue
        for column, _words in wrong:
            if column:
                sheet.cell(number, column).fill = _RED
        told = sheet.cell(number, place)
        told.value = "\n".join(words for _column, words in wrong)
        told.fill, told.alignment = _RED, Alignment(wrap_text=True, vertical="top")
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def letter(column: int) -> str:
    """'E' for column 5."""
    return str(get_column_letter(column))
