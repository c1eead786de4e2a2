"""The overview's tables as Excel files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook
from shared.overview.figures import Figures

Categories = Sequence[tuple[str, str]]


def _notes(unit: str, now: datetime) -> list[str]:
    at = civil(now).strftime("%Y-%m-%d %H:%M")
    return [gettext("单位：%(unit)s", unit=unit), gettext("导出时间：%(at)s", at=at)]


def tree_file(page: dict[str, Any], unit: str, now: datetime) -> bytes:
    """The rows below one unit."""
    categories: Categories = page["categories"]
    hollow = page["whole"].commitments > 0
    columns = [
        Column(gettext("单位代码"), 16),
        Column(gettext("单位"), 18),
        *(Column(title, 11, "whole") for title in _counted()),
        Column(gettext("积分"), 12, "score"),
        *(Column(name, 12, "score") for _code, name in categories),
        *(Column(title, 13, "whole") for title in _shares(hollow)),
        Column(gettext("人均申报"), 10, "score"),
        Column(gettext("每条申报步数"), 10, "score"),
    ]
    rows = [[one["code"], one["name"], *_values(one["figures"], categories, hollow)] for one in page["rows"]]
    title = f"{page['heading']['title']} · {page['heading']['note']}"
    return workbook([Sheet(gettext("总览"), title, _notes(unit, now), columns, rows)])


def _counted() -> list[str]:
    return [
        gettext("支部"),
        gettext("党员"),
        gettext("应报"),
        gettext("已结账"),
        gettext("已批准"),
        gettext("申报"),
    ]


def _shares(hollow: bool) -> list[str]:
    titles = [
        gettext("参会占比（百分数）"),
        gettext("退回占比（百分数）"),
        gettext("代报占比（百分数）"),
        gettext("审核覆盖（百分数）"),
        gettext("结果运用覆盖（百分数）"),
    ]
    return [*titles, gettext("空承诺占比（百分数）")] if hollow else titles


def _values(one: Figures, categories: Categories, hollow: bool) -> list[Any]:
    shares = [one.attendance_share, one.returned_share, one.proxy_share, one.coverage, one.outcomes_share]
    return [
        *(one.branches, one.members, one.due, one.closed, one.approved, one.claims),
        one.total,
        *(one.categories.get(code, 0) for code, _name in categories),
        *shares,
        *([one.hollow_share] if hollow else []),
        one.per_member,
        one.steps,
    ]


def members_file(
    rows: Sequence[Sequence[Any]], categories: Categories, title: str, unit: str, now: datetime
) -> bytes:
    """Members with their points; rows as `pages.every_member` gives them."""
    columns = [
        Column(gettext("支部"), 18),
        Column(gettext("编号"), 10),
        Column(gettext("党员"), 14),
        *(Column(name, 12, "score") for _code, name in categories),
        Column(gettext("合计"), 12, "score"),
    ]
    return workbook([Sheet(gettext("党员积分"), title, _notes(unit, now), columns, rows)])


def branch_members(page: dict[str, Any]) -> list[list[Any]]:
    """The members of a branch's page as rows of a file."""
    codes = [code for code, _name in page["categories"]]
    return [
        [
            *(one["branch"], one["number"], one["name"]),
            *(one["categories"].get(code, 0) for code in codes),
            one["total"],
        ]
        for one in page["members"]
    ]


def member_file(page: dict[str, Any], unit: str, now: datetime) -> bytes:
    """One member's postings."""
    columns = [
        Column(gettext("月报"), 10),
        Column(gettext("第几次上报"), 10, "whole"),
        Column(gettext("做的月份"), 10),
        Column(gettext("类别"), 16),
        Column(gettext("积分"), 10, "score"),
        Column(gettext("性质"), 10),
        Column(gettext("支部"), 18),
        Column(gettext("谁批准，何时"), 28),
    ]
    rows = [
        [
            *(
                one["month"],
                one["part"],
                one["done"],
                one["category"],
                one["points"],
                one["kind"],
                one["branch"],
            ),
            f"{one['by']} {civil(one['at']).strftime('%Y-%m-%d %H:%M')}",
        ]
        for one in page["rows"]
    ]
    title = f"{page['heading']['title']} · {page['heading']['note']}"
    return workbook([Sheet(gettext("党员积分"), title, _notes(unit, now), columns, rows)])
