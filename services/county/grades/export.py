"""Grades as an Excel file, as the filters of the address leave them."""

from datetime import datetime
from typing import Any

from flask_babel import gettext

from services.county.grades import listing
from services.county.grades.listing import NONE, Asked
from services.county.grades.pages import grade_names, unit_names
from services.county.years.models import MemberYear
from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook
from shared.kit.units import Unit
from shared.kit.web import db, me


def grades_file(year: MemberYear, asked: Asked, unit: Unit | None, now: datetime) -> tuple[bytes, int]:
    """The file, and how many members are in it."""
    names = grade_names(year)
    rows = list(_rows(asked, names))
    columns = [
        Column(gettext("乡镇"), 16),
        Column(gettext("支部"), 20),
        Column(gettext("编号"), 10),
        Column(gettext("姓名"), 14),
        Column(gettext("格次"), 12),
        Column(gettext("原定格次"), 12),
        Column(gettext("总分"), 10, "score"),
        Column(gettext("基础分"), 10, "score"),
        Column(gettext("评议得分"), 10, "score"),
        Column(gettext("名次"), 8, "whole"),
        Column(gettext("豁免"), 8),
        Column(gettext("审定人"), 12),
        Column(gettext("审定日期"), 12),
    ]
    at = civil(now).strftime("%Y-%m-%d %H:%M")
    notes = [gettext("单位：%(unit)s", unit=unit.name if unit else me().unit.name)]
    if asked.grade:
        notes.append(gettext("格次：%(grade)s", grade=names[asked.grade]))
    if asked.name:
        notes.append(gettext("姓名含“%(name)s”", name=asked.name))
    notes.append(gettext("导出时间：%(at)s", at=at))
    if year.synthetic_note:
        notes.append(gettext(year.synthetic_note))
    title = gettext("%(year)s 年度党员格次", year=year.year)
    return workbook([Sheet(gettext("格次"), title, notes, columns, rows)]), len(rows)


def _rows(asked: Asked, names: dict[str, str]) -> list[list[Any]]:
    found = list(listing.every_one(db(), asked))
    units = unit_names({row.unit_id for row in found})
    yes = gettext("是")
    days = {moment: civil(moment).date().isoformat() for moment in {row.confirmed_at for row in found}}
    return [
        [
            *(units[row.unit_id][1], units[row.unit_id][0], row.number, row.name),
            names.get(row.grade or NONE, row.grade),
            names.get(row.graded or NONE, row.graded) if row.graded != row.grade else None,
            *(row.total, row.base, row.appraisal, row.rank),
            yes if row.exempt else None,
            row.confirmed_by,
            days[row.confirmed_at],
        ]
        for row in found
    ]
