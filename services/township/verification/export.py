"""The list of returns as an Excel file: as filtered, with the figures that would count now."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext

from services.township.verification import wording
from services.township.verification.comparing import Comparison
from services.township.verification.reading import ReturnRow
from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook
from shared.kit.i18n import named
from shared.sync.contests import OpenContest


def returns_file(
    contest: OpenContest,
    rows: Sequence[ReturnRow],
    comparison: Comparison,
    unit: str,
    filters: str,
    note: str | None,
    now: datetime,
) -> bytes:
    """One row per village."""
    notes = [
        gettext("单位：%(unit)s", unit=unit),
        gettext("导出时间：%(at)s", at=civil(now).strftime("%Y-%m-%d %H:%M")),
        gettext("筛选：%(filters)s", filters=filters or gettext("全部")),
        *([note] if note else []),
    ]
    indicators = contest.rulebook.indicators
    columns = [
        Column(gettext("村居代码"), 16),
        Column(gettext("村居"), 16),
        Column(gettext("状态"), 14),
        Column(gettext("谁，何时"), 26),
        Column(gettext("疑点"), 8, "whole"),
        *(Column(_head(named(one), wording.unit_of(one)), 12, "number") for one in indicators),
        Column(gettext("改过的项"), 40),
        Column(gettext("退回理由"), 30),
    ]
    title = f"{contest.opened.title} · {gettext('村级申报核实')}"
    body = [_row(contest, row, comparison) for row in rows]
    return workbook([Sheet(gettext("村级申报"), title, notes, columns, body)])


def _head(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _row(contest: OpenContest, row: ReturnRow, comparison: Comparison) -> list[object]:
    who, what, when = wording.last_word(row)
    lines = comparison.lines(row) if row.received else []
    numbers = comparison.numbers[row.village.id]
    moment = civil(when).strftime("%Y-%m-%d %H:%M") if when else ""
    found = row.verification
    return [
        row.village.code,
        row.village.name,
        str(wording.STATES[row.state][0]),
        f"{who} {what} {moment}".strip(),
        sum(bool(line.doubts) for line in lines) if row.received else None,
        *(numbers.get(one.code, row.figures.get(one.code)) for one in contest.rulebook.indicators),
        wording.listed([_changed(contest, change) for change in (found.changes if found else [])]),
        row.by_county.reason if row.by_county else found.reason if found else "",
    ]


def _changed(contest: OpenContest, change: dict[str, str]) -> str:
    indicator = contest.rulebook.by_code.get(change["indicator"])
    name = named(indicator) if indicator else change["indicator"]
    return f"{name} {change['filed']}→{change['verified']} ({change['reason']})"
