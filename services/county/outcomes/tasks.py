"""What waits in this room for whoever is signed in: on the desk, and in the header."""

from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.county.outcomes.desk import READING
from shared.kit.accounts import SignedIn
from shared.kit.i18n import N_
from shared.kit.web import db, me, now
from shared.outcomes.waiting import counts, oldest

# By what must be done and sort of case; the smaller number is the more urgent.
TITLES = {
    ("confirm", "appeal"): (N_("%(count)s 件申诉等您确认"), 0),
    ("confirm", "tolerance"): (N_("%(count)s 件容错申请等您确认"), 0),
    ("confirm", "outcome"): (N_("%(count)s 项结果运用等您确认"), 1),
    ("decide", "appeal"): (N_("%(count)s 件申诉等您办理"), 1),
    ("decide", "tolerance"): (N_("%(count)s 件容错申请等您办理"), 1),
    ("follow_up", "outcome"): (N_("%(count)s 项结果运用期满，等您评估"), 1),
    ("decide", "outcome"): (N_("%(count)s 项结果运用等您决定"), 2),
}


def waiting_outcomes() -> int:
    """The number beside the room in the header; none where the database is away (error pages)."""
    try:
        return sum(counts(db(), READING, me(), now()).values())
    except SQLAlchemyError:
        return 0


def desk_things(session: Session, user: SignedIn) -> list[dict[str, Any]]:
    """Outcomes, applications and appeals that wait for this person."""
    if not user.may("outcome.see"):
        return []
    found = counts(session, READING, user, now())
    return [
        {
            "title": gettext(title, count=found[what, sort]),
            "detail": gettext("期限已满，评估见效没有")
            if what == "follow_up"
            else gettext("决定和确认由两个人分别办理"),
            "href": url_for(
                "outcomes.page",
                state=what,
                what="" if sort == "outcome" else sort,
                year=oldest(session, READING, user, what, now()),
            ),
            "urgency": urgency,
        }
        for (what, sort), (title, urgency) in TITLES.items()
        if (what, sort) in found
    ]
