"""Invented view models of the contest's pages; each function fills one template's documented inputs."""

from typing import Any

from tests.browser.samples import (
    CATEGORIES,
    MOMENT,
    TIERS,
    TOWNSHIPS,
    VILLAGES,
    Pages,
    breakdown,
    chart,
    chips,
    steps,
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
        "may_decide": True,
        "groups": [],
        "keep": [],
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
            "version": 1,
            "blocked": "还有 1 处并列未裁定" if ties else None,
            "note": "异议不挡公示，锁定前办结",
        },
        "why": why,
        "back": {"label": "试算", "href": "#content"},
    }
