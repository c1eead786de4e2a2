"""A trial or a published edition as an Excel file."""

from datetime import datetime
from typing import Any

from flask_babel import format_datetime, gettext

from services.county.contest.listing import Table, Wanted, category_points, selected, tier_name
from services.county.contest.models import TrialLine
from services.county.contest.trial_page import since
from shared.kit.excel import Column, Sheet, workbook
from shared.kit.i18n import named


def trial_file(table: Table, wanted: Wanted, county: str, heading: str, now: datetime) -> bytes:
    """The villages the filters ask for; the filters are told above the table."""
    found = selected(table, wanted)
    notes = [
        gettext("单位：%(unit)s", unit=county),
        gettext("导出时间：%(at)s", at=format_datetime(now, "yyyy-MM-dd HH:mm")),
        gettext("筛选：%(filters)s；共 %(count)s 个村", filters=_filters(table, wanted), count=len(found)),
        *([table.contest.synthetic_note] if table.contest.synthetic_note else []),
    ]
    sheet = Sheet(heading, f"{table.contest.title} · {heading}", notes, _columns(table), _rows(table, found))
    return workbook([sheet])


def _filters(table: Table, wanted: Wanted) -> str:
    told = []
    if wanted.group:
        told.append(wanted.group)
    if wanted.township:
        told.append(table.townships.get(wanted.township, ""))
    if wanted.tier is not None:
        tier = tier_name(table.rulebook, wanted.tier)
        told.append(named(tier) if tier else gettext("待定或不参评"))
    if wanted.changed:
        told.append(gettext("有变动"))
    return gettext("、").join(told) or gettext("无")


def _columns(table: Table) -> list[Column]:
    return [
        Column(gettext("名次"), 6, "whole"),
        Column(gettext("村居代码"), 14),
        Column(gettext("村居"), 16),
        Column(gettext("乡镇"), 14),
        *(Column(named(category), 10, "score") for category in table.rulebook.categories),
        Column(gettext("总分"), 8, "score"),
        Column(gettext("档次"), 8),
        Column(gettext("与上年"), 8),
        *(Column(f"{named(one)}", 10) for one in table.rulebook.indicators),
        Column(gettext("为什么"), 50),
    ]


def _rows(table: Table, found: list[TrialLine]) -> list[list[Any]]:
    return [_row(table, line) for line in found]


def _row(table: Table, line: TrialLine) -> list[Any]:
    tier = tier_name(table.rulebook, line.tier)
    values = line.values or {}
    return [
        line.rank,
        line.village_code,
        line.village_name,
        table.townships.get(line.township_id, ""),
        *category_points(line, table.rulebook),
        line.score,
        named(tier) if tier else gettext("不参评") if line.excluded else gettext("待定"),
        since(table.former.get(line.unit_id), line.tier)["label"],
        *(values.get(one.code, "") for one in table.rulebook.indicators),
        line.reason,
    ]
