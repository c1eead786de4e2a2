"""The village's own derivation as an Excel file."""

import re
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext

from services.branch.contest.pages import parts
from services.branch.contest.reading import Result
from services.branch.village import note_of, village
from services.branch.wording import day
from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook

NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")


def derivation_workbook(found: Result, at: datetime) -> bytes:
    """Title, unit, date, the reason, then each indicator as filed and as verified, with its points."""
    opened, note = found.contest.opened, note_of(found.contest)
    notes = [
        gettext("单位：%(unit)s", unit=village().name),
        gettext("导出日期：%(day)s", day=day(civil(at).date())),
        *([note] if note else []),
        *([found.why.reason] if found.why else []),
    ]
    return workbook([Sheet(gettext("竞赛结果"), opened.title, notes, _columns(), _rows(found))])


def _columns() -> list[Column]:
    return [
        Column(gettext("方面"), 14),
        Column(gettext("指标"), 28),
        Column(gettext("填报"), 12, "number"),
        Column(gettext("核实后"), 12, "number"),
        Column(gettext("谁改的"), 34),
        Column(gettext("得分"), 10, "score"),
        Column(gettext("满分"), 10, "score"),
    ]


def _rows(found: Result) -> list[list[object]]:
    rows: list[list[object]] = []
    for part in parts(found):
        for line in part["lines"]:
            who = gettext("%(what)s：%(reason)s", what=line["by"], reason=line["reason"])
            name = f"{line['name']}（{line['unit']}）" if line["unit"] else line["name"]
            changed = who if line["changed"] else ""
            figures = [_figure(line["filed"]), _figure(line["verified"])]
            rows.append([part["name"], name, *figures, changed, line["score"], line["most"]])
    total = found.why.score if found.why else None
    rows.append([gettext("合计"), "", None, None, "", total, 10000])
    return rows


def _figure(text: str | None) -> Decimal | str | None:
    """A number where the text is one (Excel adds it up), else the text."""
    return Decimal(text) if text and NUMBER.fullmatch(text) else text
