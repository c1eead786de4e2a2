"""What of points waits at the branch in every unclosed year: claims to decide, a month to close."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.points.closing import next_month
from services.branch.points.reading import counts
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.web import db, me, now
from shared.sync.asked_year import unclosed


def waiting_by_year() -> dict[int, int]:
    """How many claims wait for a decision, by year; oldest year first, years without any left out."""
    found = {one.year: counts(db(), me().unit.id, one.year).get("waiting", 0) for one in reversed(unclosed())}
    return {year: many for year, many in found.items() if many}


def waiting_claims() -> int:
    """The number beside the points in the header."""
    return sum(waiting_by_year().values())


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room."""
    claims = _claims() if me().may("claim.review") else []
    return claims + (_months() if me().may("month.close") and not village().is_general else [])


def _claims() -> list[dict[str, Any]]:
    return [
        {
            "title": gettext("%(year)s 年度有 %(count)s 条申报等审核", year=year, count=many),
            "detail": gettext("审核以后才计入积分"),
            "href": url_for("points.review", year=year),
            "action": gettext("去审核"),
            "main": True,
        }
        for year, many in waiting_by_year().items()
    ]


def _months() -> list[dict[str, Any]]:
    found = []
    for one in reversed(unclosed()):
        first = next_month(db(), village().id, one.year)
        today = civil(now()).date()
        due = [month for month in range(first, 13) if one.closes_from(month) <= today]
        if due:
            title = gettext("%(year)s 年 %(month)s 月该结账了", year=one.year, month=first)
            detail = gettext("结账以后报乡镇审核")
            if len(due) > 1:
                title = gettext(
                    "%(year)s 年 %(first)s 至 %(last)s 月该结账了，共 %(count)s 个月",
                    **{"year": one.year, "first": first, "last": due[-1], "count": len(due)},
                )
                detail = gettext("按月依次结，先结 %(month)s 月；结账以后报乡镇审核", month=first)
            found.append(
                {
                    "title": title,
                    "detail": detail,
                    "href": url_for("points.month", month=first, year=one.year),
                    "action": gettext("去结账"),
                    "main": True,
                }
            )
    return found
