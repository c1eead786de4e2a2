"""Invented view models of the township portal's pages, one function for each template."""

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
    rows,
    steps,
    tallies,
)

BACK = {"label": "村级申报核实", "href": "#content"}
CONTEST = {"title": "2026 年村级组织分档竞赛"}
REASONS = ("两项高于邻村范围", "没有疑点", "集体经营性收入比去年多 71%", "缺会议记录")
# state, colour, label, note, how many, whether they can be chosen, the word on their buttons
STATES = (
    ("county_returned", "red", "县里退回", "先处理，改好后重新核实、批准", 1, False, "处理"),
    ("ready", "green", "待受理、待核实", "离上报县里还有 10 天", 7, True, "核实"),
    ("sent_back", "amber", "退回中", "等村里改好重新报来", 4, False, "查看"),
    ("approved", "", "已上报县里", "", 5, False, "查看"),
)


def township_returns() -> dict[str, Any]:
    """A township's returns in four states."""
    return {
        "contest": CONTEST,
        "heading": {
            "title": "村级申报核实",
            "note": "2026 年 · 17 个村居 · 10 月 30 日前报县里",
            "export_href": "#content",
        },
        "closed": "",
        "tallies": tallies(),
        "progress": {
            "done": 5,
            "total": 17,
            "detail": "还有 8 个待核实、0 个待批准",
            "href": "#content",
            "action": "接着核实",
        },
        "limit": 50,
        "groups": [_group(*state) for state in STATES],
        "chips": chips()[:2],
        "search": {"name": "q", "label": "村名", "value": ""},
        "bulk": {
            "buttons": [{"label": label, "action": "/decide"} for label in ("核实并上报", "受理", "退回…")],
            "note": "按填报数核实，批准前可以收回",
        },
    }


def _group(
    key: str, colour: str, label: str, note: str, count: int, chosen: bool, action: str
) -> dict[str, Any]:
    return {
        "key": key,
        "colour": colour,
        "label": label,
        "count": f"{count} 个",
        "note": note,
        "select": chosen,
        "select_label": "选中没有疑点的 5 个",
        "rows": [_row(key, n, row, chosen, action) for n, row in enumerate(rows(count))],
    }


def _row(key: str, n: int, row: dict[str, Any], chosen: bool, action: str) -> dict[str, Any]:
    offline = key == "sent_back" and n == 3
    return dict(
        row,
        id=f"{key}{n}",
        version=f"{key}-1-{n}",
        doubts=(0, 0, 2, 0)[n % 4],
        change=row["change"] if n else None,
        change_label=f"+{row['change']}%",
        change_name="集体经营性收入",
        why=REASONS[(n + 1) % 4],
        who="赵海燕 受理",
        when=MOMENT,
        sync="离线 2 天" if offline else f"{n * 4 + 3} 分钟前",
        offline=offline,
        selectable=chosen and n % 4 != 2,
        checked=chosen and n % 4 != 2,
        group=key,
        action={"label": action, "href": "#content"},
    )


def township_return(error: bool = False, closed: bool = False) -> dict[str, Any]:
    """One village's return beside last year and the neighbours."""
    lines = [_line(n, *indicator[:5], error) for n, indicator in enumerate(INDICATORS)]
    return {
        "village": {"id": "v1", "name": "周岗村"},
        "year": 2026,
        "back": BACK,
        "before": {"label": "双闸村", "href": "#content"},
        "after": {"label": "南渡村", "href": "#content"},
        "attempt": 2,
        "note": "志愿服务含两场联办活动。",
        "state": {"label": "待核实", "colour": "green", "who": "赵海燕 受理", "when": MOMENT},
        "reason": "",
        "by_county": {"reason": "收入与农经系统不符", "by": "组织科", "at": MOMENT} if closed else None,
        "editable": not closed,
        "why_not": "周岗村的申报表已由赵海燕批准上报县里，已经锁定。确需更正的，请县里退回。"
        if closed
        else "",
        "version": "accepted-2-3",
        "possible": {"reopen": "已经锁定，确需更正的，请县里退回。"} if closed else POSSIBLE,
        "actions": dict.fromkeys(("accept", "verify", "reopen", "send_back", "approve"), "/decide"),
        "parts": [
            {"name": name, "lines": lines[n * 3 : n * 3 + 3]} for n, (name, _most) in enumerate(CATEGORIES)
        ],
        "vetoes": [
            {
                "event": "safety_accident",
                "name": "重大安全责任事故",
                "best": "四档",
                "found": error,
                "ground": "",
                "error": "认定一票否决事项要写明依据" if error else "",
            }
        ],
        "history": [
            {
                "text": "退回村里：三会一课缺 9 月会议记录",
                "who": "赵海燕",
                "when": MOMENT - timedelta(days=10),
            },
            {"text": "第 1 次申报", "who": "葛明", "when": MOMENT - timedelta(days=12)},
        ],
        "errors": [{"field": "collective_income", "message": "集体经营性收入：改了数字要写明依据"}]
        if error
        else [],
    }


LOCKED = "周岗村的申报表已由赵海燕批准上报县里，已经锁定。确需更正的，请县里退回。"
POSSIBLE = {"accept": "", "verify": "", "send_back": ""}


def _line(n: int, code: str, name: str, unit: str, filed: str, verified: str, error: bool) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "unit": unit,
        "yes_no": n == 11,
        "filed": filed,
        "last_year": ("52.6", "18.0", "40", None)[n % 4],
        "change": ("+41%", "+3%", "-7%", "")[n % 4],
        "median": verified,
        "low": "38.0",
        "high": "66.5",
        "doubts": ["比去年多 71%", "比邻村最高的还高 12%"] if n == 0 else [],
        "corrected": "71.4" if n == 0 else "",
        "reason": "",
        "error": "改了数字要写明依据" if error and n == 0 else "",
    }


def township_desk(alarm: bool = False) -> dict[str, Any]:
    """What waits for an organiser."""
    return {
        "heading": {"title": "工作台", "note": CONTEST["title"]},
        "alarms": ["临河镇没有能批准上报的人（党委书记岗位空缺或账号停用）。3 个已核实的村停在这里。"]
        if alarm
        else [],
        "waiting": [
            {**thing("县里退回：桃园村", "收入与农经系统不符", "处理"), "main": True},
            thing("6 个村的申报表待受理", "大圩村、黄滩村等 6 个", "受理、核实"),
        ],
        "elsewhere": [thing("3 个村已核实，等党委书记批准", "南渡村、河口村", "查看")],
        "progress": {"done": 2, "total": 16, "detail": "还有 9 个待核实、3 个待批准"},
        "stages": steps(3),
        "sync": {"ok": not alarm, "label": "同步正常", "details": ["报县里的都已送到，各村都联系得上"]},
    }


def thing(title: str, detail: str, action: str) -> dict[str, Any]:
    """One waiting thing."""
    return {"title": title, "detail": detail, "href": "#content", "action": action}


def township_send_back(error: bool = False) -> dict[str, Any]:
    """One reason for three returns."""
    return {
        "villages": [{"name": name, "value": f"{name}:1"} for name in VILLAGES[:3]],
        "action": "/send-back",
        "back": BACK,
        "reason": "",
        "longest": 500,
        "errors": [{"field": "reason", "message": "退回要写明理由，支部才知道怎么改。"}] if error else [],
    }


def township_objections() -> dict[str, Any]:
    """One answered, one not."""
    answer = {"upheld": False, "text": "经核对台账，维持原结果。", "by": "组织科", "at": MOMENT}
    one = {"village": "周岗村", "text": "志愿服务少计 3 场。", "by": "葛明", "tier": "支部", "at": MOMENT}
    return {
        "contest": CONTEST,
        "until": MOMENT.date(),
        "may_raise": True,
        "why_not": "公示已于 11 月 10 日结束",
        "raise_href": "#content",
        "objections": [{**one, "answer": None}, {**one, "answer": answer}],
    }


def township_objection() -> dict[str, Any]:
    """Objecting on a village's behalf, refused once."""
    return {
        "villages": [{"value": name, "label": name, "selected": False} for name in VILLAGES],
        "text": "",
        "until": MOMENT.date(),
        "once": "1",
        "action": "/objections",
        "back": {"label": "异议", "href": "#content"},
        "longest": 1000,
        "errors": [{"field": "text", "message": "请写明哪一项有误、依据是什么。"}],
    }


def township_results(waiting: bool = False) -> dict[str, Any]:
    """The own villages' tiers."""
    if waiting:
        return {"contest": CONTEST, "state": None}
    proposals = [
        {"title": "待遇", "text": "绩效报酬按标准发放"},
        {"title": "评先荐优", "text": "可推荐县级表彰"},
    ]
    return {
        **_table(),
        "tallies": [
            {"colour": "", "label": tier["name"], "count": 3, "unit": "个村", "note": "", "href": ""}
            for tier in TIERS
        ],
        "meanings": [{"tier": tier, "proposals": proposals} for tier in TIERS],
        "county_href": "#content",
    }


def township_county() -> dict[str, Any]:
    """The county's public table."""
    options = [{"value": name, "label": name, "selected": False} for name in TOWNSHIPS]
    return {
        **_table(),
        "total": 243,
        "townships_options": options,
        "chips": chips(),
        "search": {"name": "q", "label": "村名", "value": ""},
        "keep": [("tier", 2)],
        "pages": Pages,
        "back": {"label": "竞赛结果", "href": "#content"},
    }


def _table() -> dict[str, Any]:
    return {
        "contest": CONTEST,
        "state": {"label": "公示中", "colour": "amber", "note": "不是最终结果，公示到 11 月 10 日"},
        "correction": "两处台账更正",
        "categories": [{"name": name, "most": most} for name, most in CATEGORIES],
        "rows": [_standing(n, name) for n, name in enumerate(VILLAGES)],
        "export_href": "#content",
    }


def _standing(n: int, name: str) -> dict[str, Any]:
    return {
        "id": f"v{n}",
        "name": name,
        "township": TOWNSHIPS[n % 6],
        "rank": n + 1 if n < 9 else None,
        "tied": n in (2, 3),
        "scores": [2595, 2702, 2052, 1303] if n < 9 else [None] * 4,
        "total": 8652 - n if n < 9 else None,
        "tier": TIERS[n % 4] if n < 8 else None,
        "excluded": n == 9,
        "why_href": "#content" if n % 2 else "",
    }


def township_why() -> dict[str, Any]:
    """Why one village stands where it stands."""
    why = {
        "id": "v1",
        "name": "周岗村",
        "plain": "总分 84.58 分，第 4 名，列二档。",
        "span": 9,
        "parts": breakdown(),
    }
    return {"why": SimpleNamespace(**why), "back": {"label": "竞赛结果", "href": "#content"}}


PAGES = {
    "township-desk": ("township/desk.html", township_desk),
    "township-desk-alarm": ("township/desk.html", lambda: township_desk(alarm=True)),
    "township-returns": ("township/returns.html", township_returns),
    "township-returns-before": ("township/returns.html", lambda: {"contest": None}),
    "township-return": ("township/return.html", township_return),
    "township-return-refused": ("township/return.html", lambda: township_return(error=True)),
    "township-return-closed": ("township/return.html", lambda: township_return(closed=True)),
    "township-send-back": ("township/send_back.html", lambda: township_send_back(error=True)),
    "township-objections": ("township/objections.html", township_objections),
    "township-objection": ("township/objection.html", township_objection),
    "township-results": ("township/results.html", township_results),
    "township-results-before": ("township/results.html", lambda: township_results(waiting=True)),
    "township-county": ("township/county.html", township_county),
    "township-why": ("township/why.html", township_why),
}
