"""The contest's tables (CSV): read strictly, every complaint with the row as a spreadsheet counts it."""

import codecs
import csv
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

import click

from shared.rules.rulebook_values import Rulebook

REQUIRED = ("village_code", "village_name", "group")
RESULT = ("score", "rank", "tier", "reason")
MOST_COMPLAINTS = 20
FORMULA_STARTS = frozenset("=+-@\t\r")
_CHUNK = 1 << 20

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")
_SCIENTIFIC = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class BadInput(click.ClickException):
    """Something in what was given: said on stderr, exit code 2, nothing written."""

    exit_code = 2


def read_bytes(path: str) -> bytes:
    """The whole of a file, or of standard input for '-'."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error


def encoding_of(path: str, data: bytes) -> str:
    """UTF-8 with or without its mark, else GB18030 as older Chinese spreadsheets write it."""
    if not data.strip(b"\xef\xbb\xbf\r\n\t "):
        raise BadInput(f"{path}: the file is empty; `sanji contest template` writes one to fill in")
    if data.startswith(b"PK"):
        raise BadInput(f"{path}: this is an Excel workbook; save it as 'CSV UTF-8' and give that file")
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" not in data:
        for encoding in ("utf-8-sig", "gb18030"):
            with suppress(UnicodeDecodeError):
                for _ in codecs.iterdecode(_chunks(data), encoding):
                    pass
                return encoding
    raise BadInput(f"{path}: neither UTF-8 nor GB18030 text; save it as 'CSV UTF-8'")


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK))


@dataclass
class Table:
    """A CSV file held as bytes and read row by row, as often as needed; `header` is its first row."""

    path: str
    data: bytes
    encoding: str
    header: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, path: str) -> "Table":
        data = read_bytes(path)
        table = cls(path, data, encoding_of(path, data))
        table.header = [cell.strip() for cell in next(table._records(), [])]
        return table

    def _records(self) -> Iterator[list[str]]:
        text = io.TextIOWrapper(io.BytesIO(self.data), encoding=self.encoding, newline="")
        return iter(csv.reader(text, strict=True))

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(row number, cells) below the header, as many cells as the header; blank rows are passed over."""
        width, number = len(self.header), 1
        records = self._records()
        next(records, None)
        try:
            for number, row in enumerate(records, start=2):
                if len(row) != width:
                    row = self._fitted(number, row, width)
                if any(row):
                    yield number, row
        except csv.Error as error:
            raise BadInput(f"{self.path}: row {number + 1}: not readable as CSV ({error})") from error

    def _fitted(self, number: int, row: list[str], width: int) -> list[str]:
        if any(cell.strip() for cell in row[width:]):
            raise BadInput(
                f"{self.path}: row {number}: has {len(row)} cells, the header has {width}; "
                "a cell with a comma in it needs quotes"
            )
        return row[:width] + [""] * (width - len(row))

    def places(self, wanted: Sequence[str], also: dict[str, str] | None = None) -> dict[str, int]:
        """Where each wanted column stands; `also` gives other headings a column may have."""
        found: dict[str, int] = {}
        for place, heading in enumerate(self.header):
            name = heading if heading in wanted else (also or {}).get(heading, "")
            if name in found:
                first = self.header[found[name]]
                raise BadInput(f"{self.path}: row 1: {name} is given twice ('{first}' and '{heading}')")
            if name:
                found[name] = place
        return found

    def require(self, wanted: Sequence[str], found: dict[str, int], hint: str) -> None:
        if missing := [name for name in wanted if name not in found]:
            raise BadInput(f"{self.path}: row 1: missing column(s): {', '.join(missing)}; {hint}")


@dataclass
class Complaints:
    """Bad cells of one file, the first twenty in full."""

    path: str
    found: list[str] = field(default_factory=list)

    def add(self, row: int, column: str, text: str) -> None:
        self.found.append(f"{self.path}: row {row}, column {column}: {text}")

    @property
    def enough(self) -> bool:
        return len(self.found) >= MOST_COMPLAINTS

    def refuse(self) -> None:
        if not self.found:
            return
        shown = self.found[:MOST_COMPLAINTS]
        if self.enough:
            shown.append(f"stopped after {MOST_COMPLAINTS} bad cells; there may be more")
        raise BadInput("\n".join([f"{len(shown)} problem(s), nothing was written", *shown]))


def code_problem(code: str) -> str:
    """What is wrong with a village code, '' when nothing; a code is text, its zeros and digits kept."""
    if not code:
        return "is empty: write the village's code"
    if _SCIENTIFIC.fullmatch(code) and "+" in code:
        return f"'{code}': a spreadsheet made the code a number; set the column to text, fill it again"
    if not _CODE.fullmatch(code):
        return f"'{code}' is not a code: write letters and digits only, such as 321323001001"
    return ""


def harmless(cell: str) -> str:
    """A text cell that no spreadsheet takes for a formula: = + - @ at its start get an apostrophe."""
    if cell[:1] in FORMULA_STARTS and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def picker(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Cells at these places of a row, fast."""
    if len(places) == 1:
        only = places[0]
        return lambda row: (row[only],)
    return itemgetter(*places)


def headings(rulebook: Rulebook) -> dict[str, str]:
    """Chinese headings an indicator's column may have, to its code."""
    found = {}
    for indicator in rulebook.indicators:
        for heading in (indicator.name, indicator.column, f"{indicator.name}({indicator.unit})"):
            found[heading] = indicator.code
    return found
