"""What waits in this room for whoever is signed in: on the desk, on a member's first page, in the header."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.outcomes.desk import DESK
from shared.kit.web import db, me, now
from shared.outcomes.waiting import counts, oldest


def waiting_outcomes() -> int:
    """The number beside the room in the header."""
    return sum(counts(db(), DESK, me(), now()).values())


def desk_things() -> list[dict[str, Any]]:
    """Outcomes to confirm and to decide; none for a member, whose own page tells it."""
    found = counts(db(), DESK, me(), now()) if me().may("outcome.see") else {}
    titles = {
        "confirm": gettext("%(count)s 项结果运用等您确认"),
        "decide": gettext("%(count)s 项结果运用等您决定"),
        "follow_up": gettext("%(count)s 项结果运用期满，等您评估"),
    }
    return [
        {
            "title": title % {"count": many},
            "detail": _why(what),
            "href": url_for("outcomes.page", state=what, year=oldest(db(), DESK, me(), what, now())),
            "action": gettext("去办理"),
            "main": True,
        }
        for what, title in titles.items()
        if (many := sum(number for (one, _sort), number in found.items() if one == what))
    ]


def _why(what: str) -> str:
    if me().unit.is_general:
        return str(gettext("支部没有第二人可以办，提请上级办理"))
    if what == "follow_up":
        return str(gettext("期限已满，评估见效没有"))
    return str(gettext("决定和确认由两个人分别办理"))


def to_state() -> int:
    """On how many proposals the signed-in member is to be heard and has not written himself."""
    found = counts(db(), DESK, me(), now()) if me().may("outcome.see") else {}
    return sum(many for (what, _sort), many in found.items() if what == "state")


def to_sign() -> int:
    """How many decisions about the signed-in member wait for a signature."""
    found = counts(db(), DESK, me(), now()) if me().may("outcome.see") else {}
    return sum(many for (what, _sort), many in found.items() if what == "sign")
