"""What waits in this room for whoever is signed in: on the desk, on a member's first page, in the header."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.outcomes.desk import DESK
from shared.kit.web import db, me
from shared.outcomes.waiting import counts


def waiting_outcomes() -> int:
    """The number beside the room in the header."""
    return sum(counts(db(), DESK, me()).values())


def desk_things() -> list[dict[str, Any]]:
    """Outcomes to confirm and to decide; none for a member, whose own page tells it."""
    found = counts(db(), DESK, me()) if me().may("outcome.see") else {}
    titles = {
        "confirm": gettext("%(count)s 项结果运用等您确认"),
        "decide": gettext("%(count)s 项结果运用等您决定"),
    }
    return [
        {
            "title": title % {"count": many},
            "detail": gettext("支部没有第二人可以办，提请上级办理")
            if me().unit.is_general
            else gettext("决定和确认由两个人分别办理"),
            "href": url_for("outcomes.page", state=what),
            "action": gettext("去办理"),
            "main": True,
        }
        for what, title in titles.items()
        if (many := sum(number for (one, _sort), number in found.items() if one == what))
    ]


def to_sign() -> int:
    """How many decisions about the signed-in member wait for a signature."""
    found = counts(db(), DESK, me()) if me().may("outcome.see") else {}
    return sum(many for (what, _sort), many in found.items() if what == "sign")
