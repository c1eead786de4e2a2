"""Invented view models of the contest's pages; each function fills one template's documented inputs."""

from datetime import timedelta
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
    chart,
    chips,
    rows,
    steps,
    tallies,
)


def trial(ties: bool = True) -> dict[str, Any]:
    """The county's third trial run."""
    tied = [
        ("a", "史集村", "李口镇", "党的建设 26.80", "二档"),
        ("b", "葛庄村", "穿城镇", "党的建设 26.35", "一档"),
    ]
    why = {
        "id": "v2",
        "name": "周岗村",
        "plain": "93.85 分，高出一档线 5.45 分。",
        "rest": "去年三档第 151 名，升两档主要靠集体经营性收入（多 21.4 万元）"
        "和党员积分参与率（多 18 个百分点）；核实改了 4 项，合计少 1.55 分。",
        "parts": breakdown(),
        "span": 11,
    }
    changes = [("same", "持平"), ("same", "持平"), ("up", "↑2档"), ("up", "↑1档"), ("down", "↓1档")]
    listed = [
        {
            "id": f"v{n}",
            "rank": n + 1,
            "tied": n == 8,
            "name": VILLAGES[n % 10],
            "township": TOWNSHIPS[n % 6],
            "scores": [2860 - n * 7, 2890 - n * 5, 2370 - n * 9, 1410 - n * 3],
            "total": 9530 - n * 24,
            "tier": None if n == 8 else TIERS[0],
            "change": dict(zip(("direction", "label"), changes[n % 5], strict=True)),
            "why_href": f"/why/v{n}",
            "why": why if n == 2 else None,
        }
        for n in range(20)
    ]
    return {
        "contest": {
            "title": "村级组织分档竞赛 2026",
            "run": 3,
            "run_at": MOMENT,
            "seats_note": "各档村数按规则第 2 版：24、110、85、24",
        },
        "steps": steps(),
        "ties": [
            {
                "id": "1",
                "version": 1,
                "score": 8840,
                "tier_name": "一档",
                "seats": 1,
                "action": "/decide",
                "villages": [
                    dict(
                        zip(("id", "name", "township", "strongest", "last_year"), village, strict=True),
                        score=8840,
                    )
                    for village in tied
                ],
            }
        ]
        if ties
        else [],
        "objections": [
            {
                "title": "异议：王集镇桃渡村，经营性收入少算 4.4 万元",
                "detail": "村里 11 月 19 日提出 · 农业农村局已核，等您定",
                "href": "#content",
            },
            {
                "title": "异议：新袁镇高塘村，矛盾化解漏记 2 件",
                "detail": "镇里 11 月 20 日提出 · 司法局 24 日前答复",
                "href": "#content",
            },
        ],
        "chart": chart(tied=ties),
        "changes": {
            "up": 5,
            "down": 4,
            "note": "1 村连降两档；因改数 7 处、采纳异议 2 件",
            "href": "#content",
            "count": 9,
        },
        "townships": [{"value": "", "label": "全部 13 个"}, {"value": "1", "label": "李口镇"}],
        "chips": chips(),
        "categories": [{"name": name, "most": most} for name, most in CATEGORIES],
        "rows": listed,
        "pages": Pages,
        "actions": {
            "export_href": "#content",
            "recompute_action": "/recompute",
            "next_action": "/publish",
            "next_label": "进入公示",
            "blocked": "还有 1 处并列未裁定" if ties else None,
            "note": "异议不挡公示，锁定前办结",
        },
        "why": why,
        "back": {"label": "试算", "href": "#content"},
    }


def township_returns() -> dict[str, Any]:
    """A township's returns in their four states."""
    reasons = ("两项高于邻村范围", "数据齐全，没有疑点", "比去年多 41%，要看佐证", "缺会议记录")
    states = (
        ("sent_back", "red", "县里退回", "改好后重新上报", 1, False, "处理"),
        ("ready", "green", "可以核实", "", 7, True, "核实"),
        ("waiting", "amber", "等村里补正", "11 月 14 日前补完", 4, False, "催办"),
        ("done", "", "已核实上报", "县里 11 月 16 日汇总", 5, False, "查看"),
    )
    groups = []
    for key, colour, label, note, count, selectable, action in states:
        listed = [
            dict(
                row,
                id=f"{key}{n}",
                filed="12/12" if key != "waiting" else "11/12",
                doubts=(0, 0, 2, 0)[n % 4],
                change_label=f"{row['change']}%",
                why=reasons[(n + 1) % 4] if key != "done" else "县里已收",
                sync="离线 2 天" if key == "waiting" and n == 3 else f"{n * 4 + 3} 分钟前",
                offline=key == "waiting" and n == 3,
                selectable=selectable and n % 4 != 2,
                checked=selectable and n % 4 != 2,
                action={"label": action, "href": "#content"},
            )
            for n, row in enumerate(rows(count))
        ]
        groups.append(
            {
                "key": key,
                "colour": colour,
                "label": label,
                "count": f"{count} 个",
                "note": note,
                "select": selectable,
                "select_label": "选中没有疑点的 5 个",
                "rows": listed,
            }
        )
    return {
        "heading": {
            "title": "村级申报核实",
            "note": "2026 年 · 17 个村居 · 11 月 15 日前报县里",
            "export_href": "#content",
        },
        "tallies": tallies(),
        "progress": {
            "done": 5,
            "total": 17,
            "detail": "还有 7 个可以核实",
            "href": "#content",
            "action": "接着核实",
        },
        "limit": 30,
        "groups": groups,
        "bulk": {"action": "/verify", "note": "县里收前可撤回"},
    }


def township_return(error: bool = False) -> dict[str, Any]:
    """One village's return beside last year and the neighbours."""
    lines = [
        {
            "code": code,
            "name": name,
            "unit": unit,
            "filed": filed,
            "last_year": ("52.6", "18.0", "40", None)[n % 4],
            "median": verified,
            "low": "38.0",
            "high": "66.5",
            "beyond": "高于邻村范围" if n in (0, 1) else "",
            "check": "比去年多 41%" if n == 0 else "",
            "corrected": "71.4" if n == 0 else "",
            "reason": "",
            "error": "改了数，请写理由" if error and n == 0 else "",
            "evidence": {"label": f"{n % 3 + 1} 份", "href": "#content"} if n % 4 else None,
        }
        for n, (code, name, unit, filed, verified, _score, _most) in enumerate(INDICATORS)
    ]
    return {
        "village": {"name": "周岗村", "person": "葛明", "township": "裴圩镇"},
        "year": 2026,
        "back": {"label": "村级申报核实", "href": "#content"},
        "state": {"label": "可以核实", "colour": "green", "detail": "第 2 次申报，葛明 11 月 11 日上报"},
        "editable": True,
        "action": "/verdict",
        "version": 3,
        "parts": [
            {"name": name, "lines": lines[n * 3 : n * 3 + 3]} for n, (name, _most) in enumerate(CATEGORIES)
        ],
        "history": [
            {"text": "退回：三会一课缺 9 月会议记录", "who": "赵海燕", "when": MOMENT - timedelta(days=10)},
            {"text": "第 1 次申报", "who": "葛明", "when": MOMENT - timedelta(days=12)},
        ],
        "errors": [{"field": "collective_income", "message": "集体经营性收入：改了数，请写理由"}]
        if error
        else [],
    }
