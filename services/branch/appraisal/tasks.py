"""What of a settled year waits on the branch's desk."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.appraisal.settling import asked
from services.branch.village import village
from services.branch.years import years
from shared.kit.web import db, me


def desk_things() -> list[dict[str, Any]]:
    """Years that the county asks to have settled anew, with whom and why."""
    if not me().may("appraisal.hold"):
        return []
    found = []
    for one in years():
        waiting = asked(db(), village().id, one.year)
        if waiting.waiting:
            said = [
                gettext("%(name)s 的年度以%(where)s的评议为准", name=name, where=where)
                for name, where in waiting.elsewhere
            ]
            said += [ask.reason for ask in waiting.again]
            found.append(
                {
                    "title": gettext("县里请重新办结 %(year)s 年度", year=one.year),
                    "detail": gettext("；").join(said),
                    "href": url_for("appraisal.page", year=one.year),
                    "action": gettext("去办"),
                    "main": True,
                }
            )
    return found
