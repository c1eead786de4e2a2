"""What waits for whom among organisations' classes at the county."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.county.organisations.classing import PLACE
from services.county.organisations.pages import sayable, to_decide
from services.county.organisations.reviews import reviews
from shared.kit.web import db, me
from shared.organisations import deciding_pages
from shared.organisations.place import at_work


def _counts() -> Sequence[tuple[int, int, int]]:
    """By year under way: classings and requests for review that the asker can say the next word on."""
    if not me().may("organisation.see"):
        return []
    return [_of_year(one.year) for one in at_work(PLACE.years())]


def _of_year(year: int) -> tuple[int, int, int]:
    mine = sum(sayable(one) for one in to_decide(db(), year))
    asked = [one.state for one in reviews(db(), year)]
    open_ = asked.count("open") if me().may("appeal.decide") else 0
    return year, mine, open_ + (asked.count("decided") if me().may("appeal.confirm") else 0)


def waiting_classes() -> int:
    """The number beside the classes in the header."""
    return sum(classings + asked for _year, classings, asked in _counts()) + _of_committees()


def _of_committees() -> int:
    if not me().may("organisation.see"):
        return 0
    return deciding_pages.waiting_entries(PLACE) + deciding_pages.waiting_classing(PLACE)


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room, as county.desk.waiting takes it."""
    found = []
    for year, classings, asked in _counts():
        detail = gettext("%(year)s 年", year=year)
        if classings:
            title = gettext("%(count)s 份党组织定级等办理", count=classings)
            found.append(_thing(title, detail, url_for("classes.classings", year=year)))
        if asked:
            title = gettext("%(count)s 份类别复核等办理", count=asked)
            found.append(_thing(title, detail, url_for("classes.reviews_list", year=year)))
    if me().may("organisation.see"):
        # What committees filed and reported is the county's to decide.
        found += [{**thing, "urgency": 2} for thing in deciding_pages.desk_things(PLACE)]
    return found


def _thing(title: str, detail: str, href: str) -> dict[str, Any]:
    return {"title": title, "detail": detail, "href": href, "action": gettext("办理"), "urgency": 2}
