"""Months of points as Excel files: the list as filtered, and one statement with its claims."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext

from services.township.statements import wording
from services.township.statements.listing import Listing
from services.township.statements.reading import BranchMonth
from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook


def _notes(unit: str, now: datetime, *more: str) -> list[str]:
    at = civil(now).strftime("%Y-%m-%d %H:%M")
    lines = [gettext("单位：%(unit)s", unit=unit), gettext("导出时间：%(at)s", at=at), *more]
    return [line for line in lines if line]


def _moment(when: datetime | None) -> str:
    return civil(when).strftime("%Y-%m-%d %H:%M") if when else ""


def month_file(made: Listing, rows: Sequence[BranchMonth], filters: str, note: str) -> bytes:
    """One row per branch."""
    columns = [
        Column(gettext("支部代码"), 16),
        Column(gettext("支部"), 18),
        Column(gettext("状态"), 14),
        Column(gettext("党员"), 8, "whole"),
        Column(gettext("积分"), 10, "score"),
        Column(gettext("参会占比（百分数）"), 12, "whole"),
        Column(gettext("抽查"), 10),
        Column(gettext("为什么"), 36),
        Column(gettext("谁，何时"), 30),
    ]
    title = gettext("%(year)s 年 %(month)s 月积分月报", year=made.year.year, month=made.month)
    notes = _notes(
        made.who.unit.name, made.now, gettext("筛选：%(filters)s", filters=filters or gettext("全部")), note
    )
    return workbook([Sheet(gettext("积分月报"), title, notes, columns, [_row(made, one) for one in rows])])


def _row(made: Listing, row: BranchMonth) -> list[Any]:
    line = made.line(row)
    return [
        row.branch.code,
        row.branch.name,
        str(wording.STATES[row.state][0]),
        line["members"],
        line["total"],
        line["share"],
        f"{line['looked']}/{line['drawn']}" if row.last else "",
        line["why"],
        f"{line['who']} {_moment(line['when'])}".strip(),
    ]


def statement_file(page: dict[str, Any], unit: str, now: datetime) -> bytes:
    """One statement: a sheet of its members, one of its claims."""
    title = f"{page['heading']['title']} · {page['heading']['note']}"
    notes = _notes(unit, now, page.get("synthetic_note", ""))
    members = [
        Column(gettext("编号"), 10),
        Column(gettext("党员"), 14),
        *(Column(name, 12, "score") for _code, name in page["categories"]),
        Column(gettext("其中补记、冲减"), 12, "score"),
        Column(gettext("入账"), 10, "score"),
        Column(gettext("重算"), 10, "score"),
    ]
    lines = [
        [
            one["number"],
            one["name"],
            *(one["categories"].get(code) for code, _name in page["categories"]),
            one["late"] or None,
            one["total"],
            one["counted"],
        ]
        for one in page["lines"]
    ]
    claims = [
        Column(gettext("申报号"), 10, "whole"),
        Column(gettext("党员"), 14),
        Column(gettext("做了什么"), 26),
        Column(gettext("日期"), 12),
        Column(gettext("审定分"), 10, "score"),
        Column(gettext("计入"), 10, "score"),
        Column(gettext("封顶"), 12),
        Column(gettext("抽查"), 18),
    ]
    rows = [
        [
            one["claim"],
            one["name"],
            one["item"],
            one["day"].isoformat(),
            one["asked"],
            one["points"],
            one["cut"] if one["alive"] else gettext("已冲销"),
            _looked(one),
        ]
        for one in page["claims"]
    ]
    return workbook(
        [
            Sheet(gettext("按党员"), title, notes, members, lines),
            Sheet(gettext("申报"), title, notes, claims, rows),
        ]
    )


def _looked(claim: dict[str, Any]) -> str:
    if not claim["drawn"]:
        return ""
    if not claim["looked_by"]:
        return gettext("没看")
    return f"{claim['looked_by']} {_moment(claim['looked_at'])}"
