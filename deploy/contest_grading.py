"""Grading a table without any server: the same rules as the county's, over one CSV file."""

import csv
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TextIO

import click

from deploy.contest_table import REQUIRED, RESULT, Complaints, Table, code_problem, harmless, headings, picker
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

Outcome = tuple[str, int | str, int | str, str]
"""What a row gains: score, rank, tier, reason."""

_NOT_RANKED: Outcome = ("", "", "", EXCLUDED)


@dataclass
class Pools:
    """Villages by group, ready to be ranked, and the outcome by village code as it becomes known."""

    groups: dict[str, list[Standing]]
    outcomes: dict[str, Outcome | int]


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
        self.veto_names = {veto.name: event for event, veto in rulebook.events.items()}

    def unknown_columns(self) -> list[str]:
        known = set(self.places.values())
        return [name or "(no name)" for at, name in enumerate(self.table.header) if at not in known]

    def pools(self) -> Pools:
        """Score every row; BadInput with all bad cells (up to twenty) if there is one."""
        groups: dict[str, list[Standing]] = {}
        seen: dict[str, Outcome | int] = {}
        code_at, name_at, group_at = (self.places[name] for name in REQUIRED)
        veto_at = self.places.get("vetoes")
        cells_of, scores = self.cells_of, self.scores
        for number, row in self.table.rows():
            code, name, group = row[code_at].strip(), row[name_at].strip(), row[group_at].strip()
            problem = code_problem(code)
            if problem or code in seen or not name or not group:
                self._identity(number, code, problem, seen, name, group)
            seen[code] = number
            cells = cells_of(row)
            events = self._events(number, row[veto_at]) if veto_at is not None and row[veto_at] else ()
            standing: Standing | None
            try:
                points = scores.points(cells)
                standing = Standing(code, name, points, sum(points), scores.bars(cells, events))
            except BadValue:
                standing = self._unscored(number, code, name, cells, events)
            if standing is None:
                seen[code] = _NOT_RANKED
            else:
                groups.setdefault(group, []).append(standing)
            if self.complaints.enough:
                break
        self.complaints.refuse()
        return Pools(groups, seen)

    def _identity(
        self, number: int, code: str, problem: str, seen: dict[str, Outcome | int], name: str, group: str
    ) -> None:
        if problem:
            self.complaints.add(number, "village_code", problem)
        elif code in seen:
            first = seen[code]
            where = f"row {first}" if isinstance(first, int) else "a row above"
            self.complaints.add(number, "village_code", f"'{code}' is also in {where}: keep one")
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


def rank_all(rulebook: Rulebook, pools: Pools) -> int:
    """Rank and grade every group into `pools.outcomes`; returns the number of groups. Ties by what-if."""
    count = len(pools.groups)
    while pools.groups:
        group, standings = pools.groups.popitem()
        for one in place(rulebook, group, standings, {}, True).placed:
            standing = one.standing
            assert one.tier is not None
            pools.outcomes[standing.code] = (hundredths_text(standing.total), one.rank, one.tier, one.reason)
    return count


def write_result(table: Table, reading: Reading, pools: Pools, out: TextIO) -> None:
    """IN's rows in IN's order, with score, rank, tier and reason; columns of an earlier result make room."""
    kept = [at for at, name in enumerate(table.header) if name not in RESULT]
    numeric = {reading.places[item.code] for item in reading.rulebook.indicators}
    texts = [slot for slot, at in enumerate(kept) if at not in numeric]
    code_at = reading.places["village_code"]
    keep = picker(kept)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(harmless(name) for name in keep(table.header)), *RESULT])
    outcomes = pools.outcomes

    def lines() -> Iterator[list[Any]]:
        for _, row in table.rows():
            cells: list[Any] = [*keep(row)]
            for slot in texts:
                cell = cells[slot]
                if cell and cell[0] in "=+-@\t\r":
                    cells[slot] = harmless(cell)
            cells += outcomes[row[code_at].strip()]  # type: ignore[arg-type]
            yield cells

    writer.writerows(lines())


@contextmanager
def _without_cycles() -> Iterator[None]:
    """No cyclic garbage is made here; collecting it would cost a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def grade_table(table: Table, rulebook: Rulebook, out: TextIO) -> str:
    """Grade a whole table into `out`; returns the line that says how much and how fast."""
    with _without_cycles():
        times = [time.perf_counter()]
        reading = Reading(table, rulebook)
        if unknown := reading.unknown_columns():
            click.echo(f"{table.path}: columns not in the rulebook, ignored: {', '.join(unknown)}", err=True)
        pools = reading.pools()
        times.append(time.perf_counter())
        groups = rank_all(rulebook, pools)
        times.append(time.perf_counter())
        write_result(table, reading, pools, out)
        times.append(time.perf_counter())
    score, rank, write = (after - before for before, after in pairwise(times))
    return (
        f"graded {len(pools.outcomes):,} villages in {groups:,} groups in {times[-1] - times[0]:.2f} s "
        f"(score {score:.2f}, rank {rank:.2f}, write {write:.2f})"
    )
