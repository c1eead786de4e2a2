"""The announced result as an Excel file."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext

from services.township.results.reading import PROPOSALS, Result
from shared.contracts.documents import ResultRow
from shared.kit.clock import civil
from shared.kit.excel import Column, Sheet, workbook


def result_file(result: Result, rows: Sequence[ResultRow], unit: str, filters: str, now: datetime) -> bytes:
    """One row per village; the tiers' proposals on a sheet of their own, labelled as such."""
    state = result.state()
    notes = [
        gettext("单位：%(unit)s", unit=unit),
        gettext("导出时间：%(at)s", at=civil(now).strftime("%Y-%m-%d %H:%M")),
        gettext("筛选：%(filters)s", filters=filters or gettext("全部")),
        f"{state['label']} {state['note']}",
        *([gettext(result.announced.synthetic_note)] if result.announced.synthetic_note else []),
    ]
    columns = [
        Column(gettext("村居代码"), 16),
        Column(gettext("村居"), 16),
        Column(gettext("乡镇"), 14),
        Column(gettext("名次"), 8, "whole"),
        *(Column(one["name"], 12, "score") for one in result.categories()),
        Column(gettext("总分"), 10, "score"),
        Column(gettext("档次"), 10),
    ]
    body = [
        [
            row["code"],
            row["name"],
            row["township"],
            row["rank"],
            *row["scores"],
            row["total"],
            _tier(row),
        ]
        for row in result.rows(rows)
    ]
    title = f"{result.contest.opened.title} · {gettext('竞赛结果')}"
    return workbook([Sheet(gettext("竞赛结果"), title, notes, columns, body), _proposals(result)])


def _tier(row: dict[str, object]) -> str:
    if row["excluded"]:
        return gettext("未参加排名")
    tier = row["tier"]
    return str(tier["name"]) if isinstance(tier, dict) else gettext("待定")


def _proposals(result: Result) -> Sheet:
    said = [
        [one["tier"]["name"], *(proposal["text"] for proposal in one["proposals"])]
        + [""] * (len(PROPOSALS) - len(one["proposals"]))
        for one in result.meanings()
    ]
    columns = [
        Column(gettext("档次"), 10),
        Column(gettext("待遇"), 40),
        Column(gettext("选拔任用"), 40),
        Column(gettext("评先荐优"), 40),
    ]
    note = gettext("这些是建议，由组织研究决定，不自动生效；比例只用于村，不用于人。")
    return Sheet(gettext("建议"), gettext("各档对村干部的建议"), [note], columns, said)
