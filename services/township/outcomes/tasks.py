"""Cases that branches have handed up and that wait for whoever is signed in: on the desk, in the header."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.township.outcomes.desk import DESK
from shared.kit.web import db, me, now
from shared.outcomes.waiting import counts, oldest


def waiting_outcomes() -> int:
    """The number beside the room in the header."""
    return sum(counts(db(), DESK, me(), now()).values())


def desk_things() -> list[dict[str, Any]]:
    """Outcomes to confirm and to decide for branches that have nobody who may."""
    found = counts(db(), DESK, me(), now()) if me().may("outcome.see") else {}
    titles = {
        "confirm": gettext("%(count)s 项结果运用等您确认"),
        "decide": gettext("%(count)s 项结果运用等您决定"),
        "follow_up": gettext("%(count)s 项结果运用期满，等您评估"),
    }
    return [
        {
            "title": title % {"count": many},
            "detail": gettext("支部没有第二人可以办，提请上级办理"),
            "href": url_for("outcomes.page", state=what, year=oldest(db(), DESK, me(), what, now())),
            "action": gettext("去办理"),
            "main": True,
        }
        for what, title in titles.items()
        if (many := sum(number for (one, _sort), number in found.items() if one == what))
    ]
