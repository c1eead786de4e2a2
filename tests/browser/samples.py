"""Invented figures for looking at templates without a server; names of people and figures are made up."""

from datetime import UTC, datetime
from typing import Any

from shared.kit.charts import arranged

MOMENT = datetime(2026, 11, 21, 8, 40, tzinfo=UTC)
VILLAGES = (
    "桃园社区",
    "双闸村",
    "周岗村",
    "南渡村",
    "河口村",
    "东闸村",
    "新桥村",
    "仓集村",
    "石庄村",
    "丁湖村",
)
TOWNSHIPS = ("众兴街道", "卢集镇", "裴圩镇", "临河镇", "李口镇", "穿城镇")
TIERS = tuple({"number": n, "name": name} for n, name in enumerate(("一档", "二档", "三档", "四档"), start=1))
CATEGORIES = (("经济发展", 3000), ("党的建设", 3000), ("社会事业", 2500), ("人文环境", 1500))
LINES = (9530, 8845, 7915, 6830, 5500)
STEPS = ("规则", "收集", "核实", "试算", "公示", "锁定发布")
INDICATORS = (
    ("collective_income", "集体经营性收入", "万元", "74.0", "71.4", 1160, 1200),
    ("income_growth", "收入增幅", "%", "46.2", "42.8", 730, 800),
    ("households_helped", "带动农户增收", "户", "63", "63", 920, 1000),
    ("meetings_held", "三会一课完成率", "%", "100.0", "97.5", 975, 1000),
    ("members_taking_part", "党员积分参与率", "%", "95.0", "95.0", 950, 1000),
    ("branch_stars", "支部星级", "星", "5", "5", 950, 1000),
    ("medical_cover", "医保缴纳率", "%", "98.2", "98.2", 760, 800),
    ("disputes_settled", "矛盾化解率", "%", "96.0", "90.0", 810, 900),
    ("services_done", "为民服务办结率", "%", "99.1", "99.1", 750, 800),
    ("living_environment", "人居环境评分", "百分制", "92", "92", 550, 600),
    ("civilised_households", "文明户占比", "%", "46.0", "46.0", 460, 500),
    ("voluntary_service", "志愿服务", "场", "37", "37", 370, 400),
)


def steps(current: int = 4) -> list[dict[str, Any]]:
    """The contest's stages with `current` (1-based) under way."""
    notes = ("", "243/243", "16/16", "第 3 次", "", "")
    state = lambda n: "done" if n < current else "current" if n == current else "todo"  # noqa: E731
    return [
        {"label": label, "note": notes[n - 1] if n <= current else "", "state": state(n), "href": ""}
        for n, label in enumerate(STEPS, start=1)
    ]


def breakdown() -> list[dict[str, Any]]:
    """Four parts of three indicators, four of them corrected."""
    lines = [
        {
            "name": name,
            "unit": unit,
            "filed": filed,
            "verified": verified,
            "changed": filed != verified,
            "by": "农业农村局 陈亮 11-12" if filed != verified else "",
            "reason": "",
            "score": score,
            "most": most,
        }
        for _code, name, unit, filed, verified, score, most in INDICATORS
    ]
    return [
        {
            "name": name,
            "score": sum(line["score"] for line in lines[n * 3 : n * 3 + 3]),
            "lines": lines[n * 3 : n * 3 + 3],
        }
        for n, (name, _most) in enumerate(CATEGORIES)
    ]


def chart(count: int = 243, tied: bool = True, empty_last: bool = False) -> dict[str, Any]:
    """Scores falling from 95 to 55 with the shipped proportions; two tied at the first line."""
    seats = _seats(count)
    if empty_last:
        seats = [*seats[:2], seats[2] + seats[3], 0]
    ends = [sum(seats[: n + 1]) for n in range(4)]
    points = []
    for n in range(count):
        tier = next(t for t, end in enumerate(ends, start=1) if n < end)
        top, bottom = LINES[tier - 1], LINES[tier]
        inside = n - (ends[tier - 2] if tier > 1 else 0)
        undecided = tied and n in (ends[0] - 1, ends[0])
        score = 8840 if undecided else top - (top - bottom) * inside // seats[tier - 1] - (n * 7919 % 17)
        points.append({"score": score, "tier": None if undecided else tier})
    points.sort(key=lambda point: -point["score"])
    labels = ("一档线", "二档线", "三档线")
    cuts = [
        {
            "label": label,
            "score": points[min(end, count) - 1]["score"] if end else None,
            "note": "（并列 2 村）" if tied and label == "一档线" else "",
            "after": end,
        }
        for label, end in zip(labels, ends, strict=False)
        if count
    ]
    drawn = {
        "summary": f"{count} 个村居总分从 95.30 到 55.00；一档线 88.40，两村并列待定；"
        "二档线 79.15；三档线 68.30",
        "points": points,
        "tiers": [
            dict(tier, count=seat, label=f"{tier['name']} {seat} 村")
            for tier, seat in zip(TIERS, seats, strict=True)
        ],
        "cuts": cuts,
        "floor": 5000,
        "ceiling": 10000,
        "step": 1000,
        "noun": "村",
    }
    return arranged(drawn)


def _seats(count: int) -> list[int]:
    if count == 243:
        return [24, 110, 85, 24]
    first, second, third = count // 10, count * 45 // 100, count * 35 // 100
    return [first, second, third, count - first - second - third]


def rows(count: int) -> list[dict[str, Any]]:
    """Villages as any list shows them; every third over the limit."""
    return [
        {
            "id": f"v{n}",
            "version": 1,
            "name": VILLAGES[n % 10],
            "person": ("陈立新", "胡桂芳", "李广平")[n % 3],
            "township": TOWNSHIPS[n % 6],
            "selectable": n % 5 != 4,
            "checked": n < 2,
            "amount": 12,
            "change": (24, 8, 41, 16)[n % 4],
            "total": 9530 - n * 20,
            "tier": TIERS[n // 13] if n != 4 else None,
            "who_when": "陈立新 11 月 11 日上报",
        }
        for n in range(count)
    ]


class Pages:
    """A pagination in the middle of many pages."""

    current, last, total = 2, 5, 243

    @staticmethod
    def href(page: int) -> str:
        """The address of `page`."""
        return f"?page={page}"


def styleguide() -> dict[str, Any]:
    """Everything the style guide shows."""
    return {
        "steps": steps(),
        "errors": [
            {"field": "name", "message": "请填手机号或工号"},
            {"field": "veto", "message": "请选有没有一票否决事项"},
        ],
        "thing": {
            "title": "异议：王集镇桃渡村，经营性收入少算 4.4 万元",
            "detail": "村里 11 月 19 日提出 · 农业农村局已核，等您定",
            "href": "#content",
        },
        "tallies": tallies(),
        "tiers": TIERS,
        "moment": MOMENT,
        "facts": [("名次", "第 3 名"), ("总分", "93.85"), ("与上年", "升两档")],
        "select": {
            "name": "township",
            "label": "乡镇",
            "options": [{"value": "", "label": "全部 13 个"}, {"value": "1", "label": "李口镇"}],
        },
        "chips": chips(),
        "search": {"name": "q", "label": "村名", "placeholder": "输入村名"},
        "rows": rows(50),
        "pages": Pages,
        "charts": [
            chart(0, False),
            *(chart(count, False) for count in (1, 3, 10, 50)),
            *(chart(count, False, empty_last=True) for count in (9, 200)),
            chart(),
        ],
        "answers": [
            {"label": "集体经营性收入", "value": "74.0 万元", "href": "#f-income"},
            {"label": "有没有一票否决事项", "value": "否", "href": "#f-veto"},
        ],
        "parts": breakdown(),
    }


def tallies() -> list[dict[str, Any]]:
    """Four states of a township's returns."""
    return [
        {"colour": "red", "label": "县里退回", "count": 1, "unit": "个", "note": "先处理"},
        {"colour": "green", "label": "可以核实", "count": 7, "unit": "个", "note": "5 个没有疑点"},
        {"colour": "amber", "label": "等村里补正", "count": 4, "unit": "个", "note": "1 个离线 2 天"},
        {"colour": "", "label": "已核实上报", "count": 5, "unit": "个", "note": "县里已收"},
    ]


def chips() -> list[dict[str, Any]]:
    """Filter chips of a trial."""
    counts = (("全部", 243), ("一档", 24), ("二档", 110), ("三档", 85), ("四档", 24), ("有变动", 9))
    return [
        {"label": label, "count": count, "href": "#content", "active": n == 0}
        for n, (label, count) in enumerate(counts)
    ]
