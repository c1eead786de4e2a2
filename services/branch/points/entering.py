"""The form with which the branch files claims for its members (代报), one or a whole meeting at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from flask import request
from flask_babel import gettext

from services.branch.points.pages import points_words
from services.branch.roster.reading import members
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.i18n import named
from shared.kit.web import db, now
from shared.rules.points.scheme_values import Scheme
from shared.sync.asked_year import year


def entry_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The form, as typed where it comes back."""
    today = civil(now()).date()
    typed = request.form
    ticked = set(typed.getlist("members"))
    roster = members(db(), village().id, today)
    return {
        "heading": {"title": gettext("代报和登记"), "note": village().name},
        "id": typed.get("id") or str(uuid4()),
        "groups": item_options(
            [year().by_field[one] for one in {member.field for member in roster}], typed.get("item")
        ),
        "members": [
            {
                "id": one.id,
                "name": one.name,
                "number": one.number,
                "exempt": one.exempt,
                "ticked": str(one.id) in ticked,
            }
            for one in roster
        ],
        "typed": {name: typed.get(name, "") for name in ("what", "witness")},
        "day": typed.get("day") or likely_day().isoformat(),
        "times": typed.get("times") or "1",
        "errors": list(errors),
    }


def likely_day() -> date:
    """Today, or the last day of the year asked for once that is over."""
    return min(civil(now()).date(), date(year().year, 12, 31))


def item_options(schemes: Sequence[Scheme], chosen: str | None, *, own: bool = False) -> list[dict[str, Any]]:
    """Items by category as options; `own` leaves out what only the branch may enter."""
    found: dict[str, dict[str, Any]] = {}
    for scheme in schemes:
        for item in scheme.items:
            if own and item.by == "branch":
                continue
            category = scheme.category[item.category]
            group = found.setdefault(category.code, {"label": named(category), "options": {}})
            group["options"][item.code] = {
                "value": item.code,
                "label": named(item),
                "points": item.points if category.sign > 0 else -item.points,
                "most": item.most,
                "unit": points_words(item, 2).partition(" ")[2],
                "selected": item.code == chosen,
            }
    return [{"label": one["label"], "options": list(one["options"].values())} for one in found.values()]
