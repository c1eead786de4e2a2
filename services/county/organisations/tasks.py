"""What waits for whom among organisations' classes at the county."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.county.organisations.pages import sayable, to_decide
from services.county.organisations.reviews import reviews
from services.county.years.actions import years
from shared.kit.web import db, me


def _counts() -> tuple[int, int]:
    """Classings and requests for review that the asker can say the next word on, of the newest year."""
    opened = years(db())
    if not opened or not me().may("organisation.see"):
        return 0, 0
    year = opened[0].year
    mine = sum(sayable(one) for one in to_decide(db(), year))
    asked = [one.state for one in reviews(db(), year)]
    open_ = asked.count("open") if me().may("appeal.decide") else 0
    return mine, open_ + (asked.count("decided") if me().may("appeal.confirm") else 0)


def waiting_classes() -> int:
    """The number beside the classes in the header."""
    return sum(_counts())


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room, as county.desk.waiting takes it."""
    classings, asked = _counts()
    found = []
    if classings:
        title = gettext("%(count)s 份党组织定级等办理", count=classings)
        found.append(_thing(title, url_for("classes.classings")))
    if asked:
        title = gettext("%(count)s 份类别复核等办理", count=asked)
        found.append(_thing(title, url_for("classes.reviews_list")))
    return found


def _thing(title: str, href: str) -> dict[str, Any]:
    return {"title": title, "detail": "", "href": href, "action": gettext("办理"), "urgency": 2}
