"""Invented view models of the branch portal's pages; each function fills one template's documented inputs."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from tests.browser.samples import (
    CATEGORIES,
    INDICATORS,
    MOMENT,
    TIERS,
    TOWNSHIPS,
    VILLAGES,
    Pages,
    breakdown,
    chips,
    steps,
)

YESNO = [{"value": "是", "label": "是"}, {"value": "否", "label": "否"}]
BACK = {"label": "工作台", "href": "#content"}


def branch_return(errors: bool = False) -> dict[str, Any]:
    """The return form half filled in."""
    fields = [
        {
            "code": code,
            "label": name,
            "unit": unit,
            "hint": ("按“三资”账年度报表填", "按两年报表对比", "")[n % 3],
            "value": "7O" if errors and n == 0 else filed if n < 9 else "",
            "last_year": ("52.6", "18.0", "40", None)[n % 4],
            "kind": "yesno" if n == 11 else "number",
            "options": YESNO,
            "was_code": f"was-{code}",
            "was": filed,
            "error": "集体经营性收入要填数字，“7O”里有字母 O" if errors and n == 0 else "",
            "check": "比去年多 2 倍，请核对" if n == 1 else "",
        }
        for n, (code, name, unit, filed, _verified, _score, _most) in enumerate(INDICATORS)
    ]
    return {
        "year": 2026,
        "village": "周岗村",
        "due": MOMENT,
        "in_time": True,
        "history_href": "#content",
        "note": "收入已按三资账核对",
        "back": {"label": "工作台", "href": "#content"},
        "sent_back": {"reason": "三会一课缺 9 月会议记录，请补", "who": "裴圩镇 赵海燕", "when": MOMENT},
        "check_action": "/check",
        "autosave_action": "/autosave",
        "version": 2,
        "saved_at": MOMENT,
        "errors": [{"field": "collective_income", "message": fields[0]["error"]}] if errors else [],
        "parts": [
            {"name": name, "fields": fields[n * 3 : n * 3 + 3]} for n, (name, _most) in enumerate(CATEGORIES)
        ],
        "filled": 9,
        "total": 12,
    }


def branch_check(may_file: bool = True) -> dict[str, Any]:
    """All twelve answers before they are filed, or before somebody else files them."""
    answers = [
        {
            "label": name,
            "value": f"{filed} {unit}",
            "href": f"#f-{code}",
            "check": "比去年多 2 倍" if n == 1 else "",
        }
        for n, (code, name, unit, filed, *_rest) in enumerate(INDICATORS)
    ]
    return {
        "year": 2026,
        "village": "周岗村",
        "version": 2,
        "submit_action": "/submit",
        "may_file": may_file,
        "changed": "" if may_file else "另一位同志刚刚改过，没有提交。请按最新的数再看一遍。",
        "note": "",
        "note_href": "#content",
        "back": {"label": "回去改", "href": "#content"},
        "checks": 1,
        "parts": [
            {"name": name, "rows": answers[n * 3 : n * 3 + 3]} for n, (name, _most) in enumerate(CATEGORIES)
        ],
    }


def branch_done() -> dict[str, Any]:
    """The confirmation of a filed return."""
    return {
        "year": 2026,
        "village": "周岗村",
        "reference": "SB2026-5EA1-D7F7",
        "filed_at": MOMENT,
        "filed_by": "葛明",
        "next_steps": [
            "镇里受理前，可以在“村级申报”里撤回来改",
            "镇里逐项核实；有疑问会退回，并写明原因",
            "县里排出名次后公示，公示期内可以提出异议",
        ],
        "desk_href": "#content",
        "history_href": "#content",
        "sync": {"label": "还有 1 条正在送往镇里", "ok": True},
    }


def branch_history() -> dict[str, Any]:
    """A verified return with a correction, sent back once before."""
    change = {"verified": "71.4", "filed": "74.0", "by": "赵海燕", "reason": "按三资账核定"}
    lines = [
        {
            "name": name,
            "unit": unit,
            "filed": filed,
            "verified": filed if n else "71.4",
            "change": change if n == 0 else None,
        }
        for n, (_code, name, unit, filed, *_rest) in enumerate(INDICATORS)
    ]
    corrected = {**change, "name": "集体经营性收入", "unit": "万元"}
    return {
        "year": 2026,
        "village": "周岗村",
        "back": BACK,
        "state": {"label": "镇里已核实，等批准上报", "colour": "amber"},
        "facts": {"reference": "SB2026-5EA1-D7F7", "attempt": 2, "by": "葛明", "at": MOMENT},
        "sent_back": None,
        "closed": "",
        "write": "",
        "withdraw": {"action": "", "blocked": "镇里赵海燕已受理，要改请镇里退回"},
        "note": "",
        "parts": [
            {"name": name, "lines": lines[n * 3 : n * 3 + 3]} for n, (name, _most) in enumerate(CATEGORIES)
        ],
        "events": [
            {"text": "镇里核实完毕", "who": "赵海燕", "when": MOMENT, "changes": [corrected]},
            {"text": "第 2 次上报", "who": "葛明", "when": MOMENT - timedelta(days=2), "changes": []},
            {
                "text": "镇里退回：三会一课缺 9 月会议记录",
                "who": "赵海燕",
                "when": MOMENT - timedelta(days=3),
                "changes": [],
            },
        ],
        "sync": {
            "label": "本村报出的都已送到镇里",
            "detail": "最近一次收到上级消息：11 月 21 日 16:40",
            "ok": True,
        },
    }


def branch_desk(contest: bool = True) -> dict[str, Any]:
    """The secretary's desk, with a return sent back or before the first contest."""
    heading = {"title": "工作台", "note": "周岗村党支部"}
    waits = {
        "label": "还有 1 条正在送往镇里",
        "detail": "从 11 月 20 日 09:00 等到现在，可能断网了",
        "ok": False,
    }
    if not contest:
        return {"heading": heading, "contest": None, "sync": waits}
    return {
        "heading": heading,
        "contest": "2026 年村级组织分档竞赛",
        "waiting": [
            {
                "title": "2026 年村级申报被镇里退回",
                "detail": "三会一课缺 9 月会议记录 赵海燕 · 11 月 14 日 09:00",
                "href": "#content",
                "action": "去改",
                "main": True,
            },
        ],
        "elsewhere": [],
        "stages": steps(3),
        "recent": [{"text": "镇里退回了申报：缺 9 月会议记录", "when": MOMENT}],
        "sync": waits,
    }


def branch_empty() -> dict[str, Any]:
    """A room before the first contest."""
    return {"heading": {"title": "村级申报", "note": "周岗村"}, "back": BACK}


def branch_waiting() -> dict[str, Any]:
    """The result's page before publicity."""
    years = [{"label": 2025, "href": "#content"}]
    return {"title": "2026 年竞赛结果", "village": "周岗村", "back": BACK, "years": years}


def branch_result() -> dict[str, Any]:
    """A tier under publicity, with one objection answered and one open."""
    raised = SimpleNamespace(text="志愿服务应为 40 场，见活动台账。", by="葛明", at=MOMENT)
    answer = SimpleNamespace(upheld=False, answer="经核对台账，场次一致。", by="周敏", at=MOMENT)
    return {
        "title": "2026 年竞赛结果",
        "village": "周岗村",
        "back": BACK,
        "years": [{"label": 2025, "href": "#content"}],
        "contest": {
            "announced_at": MOMENT,
            "published": False,
            "state_label": "公示中",
            "state_colour": "amber",
            "state_note": "公示到 11 月 28 日",
        },
        "result": {"tier": TIERS[0], "rank": 3, "of": 243, "total": 9385, "excluded": False},
        "scores": [
            {"name": name, "score": score, "most": most}
            for (name, most), score in zip(CATEGORIES, (2810, 2875, 2320, 1380), strict=True)
        ],
        "why": {
            "id": "mine",
            "plain": "总分 93.85 分，第 3 名，列一档，高出一档线 5.45 分。",
            "rest": "核实时改了 4 项，见下表。",
            "parts": breakdown(),
        },
        "proposals": [
            {"title": "待遇", "text": "建议村干部绩效报酬按一档标准核定"},
            {"title": "选拔任用", "text": "建议优先列为乡镇事业编制定向招聘人选"},
            {"title": "评先荐优", "text": "建议优先推荐先进基层党组织"},
        ],
        "objection": {"href": "", "blocked": "异议由支部书记提出", "until": MOMENT + timedelta(days=7)},
        "objections": [(raised, answer), (raised, None)],
        "table_href": "#content",
        "excel_href": "#content",
    }


def branch_table() -> dict[str, Any]:
    """The county's table with the asker's village in it, one to be decided and one not ranked."""
    columns = [{"label": "名次", "kind": "num"}, {"label": "村居"}, {"label": "乡镇"}]
    columns += [{"label": name, "note": f"/{most // 100}", "kind": "num"} for name, most in CATEGORIES]
    rows = [
        {
            "rank": n + 1 if n != 19 else None,
            "name": VILLAGES[n % 10],
            "township": TOWNSHIPS[n % 6],
            "group": "",
            "scores": [2860 - n * 7, 2890 - n * 5, 2370 - n * 9, 1410 - n * 3] if n != 19 else [None] * 4,
            "total": 9530 - n * 24 if n != 19 else None,
            "tier": TIERS[n // 6] if n != 8 else None,
            "excluded": n == 19,
            "mine": n == 2,
        }
        for n in range(20)
    ]
    return {
        "title": "2026 年全县结果",
        "village": "周岗村",
        "back": {"label": "竞赛结果", "href": "#content"},
        "columns": [*columns, {"label": "总分", "kind": "num"}, {"label": "档次"}],
        "categories": [{"code": name, "name": name, "most": most} for name, most in CATEGORIES],
        "grouped": False,
        "rows": rows,
        "total": 243,
        "pages": Pages,
        "select": {
            "name": "township",
            "label": "乡镇",
            "options": [{"value": "", "label": "全部 16 个"}, {"value": "李口镇", "label": "李口镇"}],
        },
        "chips": chips(),
        "search": {"name": "q", "label": "村名", "value": ""},
        "keep": [("year", 2026)],
        "mine_href": "#mine",
    }


def branch_objection() -> dict[str, Any]:
    """An objection refused for being empty."""
    return {
        "village": "周岗村",
        "back": {"label": "竞赛结果", "href": "#content"},
        "until": MOMENT + timedelta(days=7),
        "action": "/objection",
        "text": "不",
        "errors": [{"field": "text", "message": "请写明哪一项有误、应当是多少，至少 5 个字"}],
    }
