"""The ranking's page: the whole list for the branch; for a member the upper half and their own place."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.branch.ranking.actions import newest, objections, obstacle
from services.branch.ranking.models import PERIODS, Ranking, RankingLine, RankingShown
from services.branch.ranking.placing import missing_month, placed
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.i18n import N_
from shared.kit.web import db, me, now
from shared.sync.asked_year import year

NAMES = {
    "q1": N_("第一季度"),
    "q2": N_("第二季度"),
    "q3": N_("第三季度"),
    "q4": N_("第四季度"),
    "year": N_("全年"),
}


def chosen_period() -> str:
    """The period of the address, else the quarter before the present one. Raises Absent."""
    asked = request.args.get("period", "")
    if asked and asked not in PERIODS:
        raise Absent
    today = civil(now()).date()
    here = (today.month - 1) // 3 if today.year == year().year else 4
    return asked or PERIODS[max(here - 1, 0)]


def ranking_page(errors: Sequence[dict[str, str]] = (), words: str = "") -> dict[str, Any]:
    """What branch/ranking.html is given."""
    here, period = year(), chosen_period()
    up = newest(db(), village().id, here.year, period)
    branch = me().may("points.see")
    today = civil(now()).date()
    over = up is not None and (up.closed_at is not None or today > up.until)
    return {
        "heading": {
            "title": gettext("积分排名"),
            "note": gettext("%(year)s 年 %(period)s", year=here.year, period=gettext(NAMES[period])),
        },
        "periods": [
            {
                "label": gettext(words_of),
                "count": None,
                "href": url_for("ranking.page", year=here.year, period=key),
                "active": key == period,
            }
            for key, words_of in NAMES.items()
        ],
        "allowed": here.opened.ranked,
        "up": up,
        "over": over,
        "whole": branch,
        # Others' places are shown for the days of the publicity; afterwards a member sees his own.
        "rows": _whole(period) if branch else [] if over else _upper(up),
        "mine": _mine(up),
        "objections": objections(db(), up.id) if up else [],
        "start": _start(period, up) if me().may("ranking.publish") else None,
        "close": _close(up) if me().may("ranking.publish") else None,
        "may_object": bool(me().person_id and up and up.closed_at is None and today <= up.until),
        "errors": list(errors),
        "words": words,
    }


def _whole(period: str) -> list[dict[str, Any]]:
    if not year().opened.ranked:
        return []
    found = placed(db(), village().id, year().year, period)
    return [
        {"place": one.place, "name": one.member.name, "note": one.member.number, "total": one.total}
        for one in found
    ]


def _upper(up: Ranking | None) -> list[dict[str, Any]]:
    if up is None:
        return []
    found = db().scalars(
        select(RankingShown).where(RankingShown.ranking_id == up.id).order_by(RankingShown.row)
    )
    return [{"place": one.place, "name": one.name, "note": "", "total": one.total} for one in found]


def _mine(up: Ranking | None) -> RankingLine | None:
    person = me().person_id
    return db().get(RankingLine, (up.id, person)) if up and person else None


def _start(period: str, up: Ranking | None) -> dict[str, Any] | None:
    if up is not None and up.closed_at is None:
        return None
    missing = missing_month(db(), village().id, year().year, period)
    reason = gettext("%(month)s 月还没有结账，结完再公示。", month=missing) if missing else ""
    if not year().opened.ranked:
        reason = gettext("县里这一年没有准许支部内排名。")
    return {
        "action": url_for("ranking.start", year=year().year, period=period),
        "reason": reason,
        "days": year().appraisal.publicity_days,
    }


def _close(up: Ranking | None) -> dict[str, Any] | None:
    if up is None or up.closed_at is not None:
        return None
    found = obstacle(db(), up, civil(now()).date())
    reason = gettext(found.message) % found.values if found else ""
    href = url_for("ranking.close", ranking_id=up.id, year=up.year, period=up.period)
    return {"action": href, "reason": reason}
