"""The distribution of scores for ui/chart.html: a bar per village, cut lines with their scores."""

from itertools import accumulate
from typing import Any

from flask_babel import gettext

from services.county.contest.listing import Table, seats
from shared.kit.charts import arranged
from shared.kit.i18n import named
from shared.rules.contest import hundredths_text

STEP = 1000


def distribution(table: Table, group: str) -> dict[str, Any]:
    """The chart of one pool; points in hundredths, highest first."""
    ranked = [line for line in table.lines if line.group == group and line.score is not None]
    points = sorted(({"score": line.score, "tier": line.tier} for line in ranked), key=_falling)
    counts = seats(table, group)
    tiers = [
        {
            "number": tier.number,
            "name": named(tier),
            "count": count,
            "label": gettext("%(tier)s %(count)s 村", tier=named(tier), count=count),
        }
        for tier, count in zip(table.rulebook.tiers, counts, strict=True)
    ]
    cuts = [_cut(table, group, tier, after) for tier, after in enumerate(accumulate(counts[:-1]), start=1)]
    lowest, highest = (points[-1]["score"], points[0]["score"]) if points else (0, 10000)
    floor = lowest // STEP * STEP
    ceiling = max(-(-highest // STEP) * STEP, floor + STEP)
    chart = {
        "summary": _summary(points, cuts),
        "points": points,
        "tiers": tiers,
        "cuts": cuts,
        "floor": floor,
        "ceiling": ceiling,
        # A wide range keeps six or seven lines.
        "step": STEP if ceiling - floor <= 6 * STEP else 2 * STEP,
        "noun": gettext("村"),
    }
    return arranged(chart)


def _falling(point: dict[str, Any]) -> tuple[int, int]:
    return -point["score"], point["tier"] or 0


def _cut(table: Table, group: str, tier: int, after: int) -> dict[str, Any]:
    tied = sum(
        len(block["villages"])
        for block in table.trial.blocks
        if block["group"] == group and block["seats"][0][0] == tier
    )
    return {
        "label": gettext("%(tier)s线", tier=named(table.rulebook.tier(tier))),
        "score": table.trial.cuts[group]["cuts"][tier - 1],
        "note": gettext("（并列 %(count)s 村）", count=tied) if tied else "",
        "after": after,
    }


def _summary(points: list[dict[str, Any]], cuts: list[dict[str, Any]]) -> str:
    if not points:
        return gettext("还没有分数")
    told = gettext(
        "%(count)s 个村居总分从 %(high)s 到 %(low)s",
        count=len(points),
        high=hundredths_text(points[0]["score"]),
        low=hundredths_text(points[-1]["score"]),
    )
    lines = [
        f"{cut['label']} {hundredths_text(cut['score'])}{cut['note']}"
        for cut in cuts
        if cut["score"] is not None
    ]
    return gettext("；").join([told, *lines])
