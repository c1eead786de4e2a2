"""The list of cases as Excel, every page of it."""

from datetime import datetime

from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook
from shared.kit.web import me
from shared.outcomes.listing import every_row
from shared.outcomes.place import Place


def cases_file(place: Place, year: int, now: datetime) -> bytes:
    """Cases as the filters of the address leave them."""
    columns = [
        Column(gettext("单位"), 20),
        Column(gettext("编号"), 10),
        Column(gettext("姓名"), 14),
        Column(gettext("事项"), 24),
        Column(gettext("谁决定"), 10),
        Column(gettext("状态"), 14),
        Column(gettext("理由"), 50),
        Column(gettext("提出日期"), 12),
    ]
    rows = [
        [
            one["unit"] or me().unit.name,
            one["number"],
            one["name"],
            one["what"],
            one["tier"],
            one["state"],
            gettext("；").join(one["reasons"]),
            civil(one["when"]).date().isoformat(),
        ]
        for one in every_row(place, year)
    ]
    at = civil(now).strftime("%Y-%m-%d %H:%M")
    notes = [gettext("单位：%(unit)s", unit=me().unit.name), gettext("导出时间：%(at)s", at=at)]
    if note := place.note(year):
        notes.append(gettext(note))
    title = gettext("%(year)s 年度结果运用", year=year)
    return workbook([Sheet(gettext("结果运用"), title, notes, columns, rows)])
