"""Grading a table without any server: the same rules as the county's, over one CSV file."""

import csv
import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

import click

from deploy.contest_table import (
    FORMULA_STARTS,
    REQUIRED,
    RESULT,
    BadInput,
    Complaints,
    Table,
    code_problem,
    harmless,
    headings,
    picker,
)
from shared.rules.contest import (
    BadValue,
    ScoreTable,
    Standing,
    hundredths_text,
    missing_return,
    place,
)
from shared.rules.reasons import EXCLUDED
from shared.rules.rulebook_values import Rulebook

Outcome = tuple[str, str, str, str]
"""What a row gains: score, rank, tier, reason."""

_NOT_RANKED: Outcome = ("", "", "", EXCLUDED)


class Scattered(Exception):
    """A group's rows do not stand together, so no group is complete before the last row is read."""


@dataclass
class Batch:
    """Rows in IN's order, holding whole groups, and their standings by group."""

    rows: list[list[str]] = field(default_factory=list)
    groups: dict[str, list[Standing]] = field(default_factory=dict)


class Reading:
    """One pass over the table: scores every row, collects what is wrong."""

    def __init__(self, table: Table, rulebook: Rulebook) -> None:
        self.table, self.rulebook = table, rulebook
        self.scores = ScoreTable(rulebook)
        self.complaints = Complaints(table.path)
        codes = [indicator.code for indicator in rulebook.indicators]
        self.places = table.places([*REQUIRED, *codes, "vetoes"], headings(rulebook))
        table.require(
            [*REQUIRED, *codes], self.places, "`sanji contest template` writes a table with them all"
        )
        self.cells_of = picker([self.places[code] for code in codes])
        self.villages = 0
        self.veto_names = {veto.name: event for event, veto in rulebook.events.items()}

    def unknown_columns(self) -> list[str]:
        known = set(self.places.values())
        return [name or "(no name)" for at, name in enumerate(self.table.header) if at not in known]

    def batches(self, together: bool) -> Iterator[Batch]:
        """Score every row; a batch per group while groups stand `together`, else one batch of everything.

        Nothing more is yielded once a cell was bad; BadInput with up to twenty of them at the end.
        """
        seen: dict[str, int] = {}
        code_at, name_at, group_at = (self.places[name] for name in REQUIRED)
        veto_at = self.places.get("vetoes")
        cells_of, points_of, bars_of = self.cells_of, self.scores.points, self.scores.bars
        batch, current, closed = Batch(), "", set[str]()
        for number, row in self.table.rows():
            code, name, group = row[code_at].strip(), row[name_at].strip(), row[group_at].strip()
            problem = "" if code.isascii() and code.isdigit() and len(code) == 12 else code_problem(code)
            if problem or code in seen or not name or not group:
                self._identity(number, code, problem, seen.get(code, 0), name, group)
            seen[code] = number
            if group != current:
                if together and batch.rows:
                    yield from self._sound(batch)
                    batch = Batch()
                closed.add(current)
                if together and group in closed and not self.complaints.found:
                    raise Scattered
                current = group
            events = self._events(number, row[veto_at]) if veto_at is not None and row[veto_at] else ()
            cells = cells_of(row)
            standing: Standing | None
            try:
                points = points_of(cells)
                standing = Standing(code, name, points, sum(points), bars_of(cells, events))
            except BadValue:
                standing = self._unscored(number, code, name, cells, events)
            batch.rows.append(row)
            if standing is not None:
                batch.groups.setdefault(group, []).append(standing)
            if self.complaints.enough:
                break
        self.complaints.refuse()
        if not seen:
            raise BadInput(f"{self.table.path}: no village in it, only the header: write a row per village")
        self.villages = len(seen)
        yield batch

    def _sound(self, batch: Batch) -> Iterator[Batch]:
        if not self.complaints.found:
            yield batch

    def _identity(self, number: int, code: str, problem: str, first: int, name: str, group: str) -> None:
        if problem:
            self.complaints.add(number, "village_code", problem)
        elif first:
            self.complaints.add(number, "village_code", f"'{code}' is also in row {first}: keep one")
        if not name:
            self.complaints.add(number, "village_name", "is empty: write the village's name")
        if not group:
            self.complaints.add(number, "group", "is empty: write the group it competes in, such as 321323")

    def _events(self, number: int, cell: str) -> tuple[str, ...]:
        names = [part.strip() for part in cell.replace("；", ";").split(";") if part.strip()]
        events = [self.veto_names.get(name, name) for name in names]
        for event in events:
            if event not in self.rulebook.events:
                known = ", ".join(self.rulebook.events) or "none"
                text = f"the rulebook knows no event '{event}': write one of: {known}; several parted by ;"
                self.complaints.add(number, "vetoes", text)
        return tuple(event for event in dict.fromkeys(events) if event in self.rulebook.events)

    def _unscored(
        self, number: int, code: str, name: str, cells: Sequence[str], events: Sequence[str]
    ) -> Standing | None:
        if not any(cell.strip() for cell in cells):
            return missing_return(self.rulebook, code, name, events)
        for indicator, error in self.scores.bad_cells(cells):
            heading = self.table.header[self.places[indicator.code]]
            known_as = indicator.code if heading == indicator.code else f"{heading} ({indicator.code})"
            self.complaints.add(number, known_as, f"{error.message_en} — {error.message}")
        return None


def outcomes(rulebook: Rulebook, batch: Batch) -> dict[str, Outcome]:
    """Rank and grade a batch's groups; ties that no rule breaks go by village code, as in any what-if."""
    found: dict[str, Outcome] = {}
    for group, standings in batch.groups.items():
        for standing, rank, tier, reason in place(rulebook, group, standings, {}, True).placed:
            assert tier is not None
            found[standing.code] = (hundredths_text(standing.total), str(rank), str(tier), reason)
    return found


class Writing:
    """Puts IN's rows into OUT with what they gained; columns of an earlier result make room."""

    def __init__(self, reading: Reading, out: TextIO) -> None:
        header = reading.table.header
        kept = [at for at, name in enumerate(header) if name not in RESULT]
        checked = {reading.places[item.code] for item in reading.rulebook.indicators}
        self.code_at = reading.places["village_code"]
        self.texts = [slot for slot, at in enumerate(kept) if at not in checked and at != self.code_at]
        self.keep = picker(kept)
        self.out = out
        # Rows with a comma, quote or line break in some cell are quoted throughout; they are few.
        self.quoting = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self._put([*(harmless(name) for name in self.keep(header)), *RESULT])

    def add(self, batch: Batch, gained: Mapping[str, Outcome]) -> None:
        for row in batch.rows:
            self._put([*self._cells(row), *gained.get(row[self.code_at].strip(), _NOT_RANKED)])

    def _put(self, cells: Sequence[str]) -> None:
        line = ",".join(cells)
        if line.count(",") >= len(cells) or '"' in line or "\n" in line or "\r" in line:
            self.quoting.writerow(cells)
        else:
            self.out.write(line + "\n")

    def _cells(self, row: Sequence[str]) -> Sequence[str]:
        """A row's own cells; a text that a spreadsheet would take for a formula is defused."""
        cells = self.keep(row)
        for slot in self.texts:
            if cells[slot][:1] in FORMULA_STARTS:
                return [harmless(cell) if slot in self.texts else cell for slot, cell in enumerate(cells)]
        return cells


@contextmanager
def _without_cycles() -> Iterator[None]:
    """No cyclic garbage is made here; looking for it would cost a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def grade_table(table: Table, rulebook: Rulebook, out: TextIO) -> str:
    """Grade a whole table into `out` (which can seek); returns the line that says how much and how fast."""
    start = time.perf_counter()
    reading = Reading(table, rulebook)
    if unknown := reading.unknown_columns():
        click.echo(f"{table.path}: columns not in the rulebook, ignored: {', '.join(unknown)}", err=True)
    with _without_cycles():
        try:
            groups = _grade(reading, out, together=True)
        except Scattered:
            out.seek(0)
            out.truncate()
            groups = _grade(reading, out, together=False)
    seconds = time.perf_counter() - start
    return f"graded {reading.villages:,} villages in {groups:,} groups in {seconds:.2f} s"


def _grade(reading: Reading, out: TextIO, together: bool) -> int:
    writing, groups = Writing(reading, out), 0
    for batch in reading.batches(together):
        writing.add(batch, outcomes(reading.rulebook, batch))
        groups += len(batch.groups)
    return groups
