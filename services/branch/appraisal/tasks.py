"""What of a settled year waits on the branch's desk."""

from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from services.branch.appraisal.settling import asked
from services.branch.appraisal.state import box_at, left_out, steps_of
from services.branch.village import village
from shared.kit.i18n import N_
from shared.kit.web import db, me
from shared.sync.asked_year import years


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
            settled = "next_base" in steps_of(db(), village().id, one.year)
            title = (
                gettext("县里请重新办结 %(year)s 年度", year=one.year)
                if settled
                else gettext("%(year)s 年度有党员以别的支部的评议为准", year=one.year)
            )
            found.append(
                {
                    "title": title,
                    "detail": gettext("；").join(said),
                    "href": url_for("appraisal.page", year=one.year),
                    "action": gettext("去办"),
                    "main": True,
                }
            )
    return found + _left_out(session=db())


_SHORT = {
    "open": N_("%(names)s 年底在本支部名册里，票上没有。请作废票箱、重新开箱"),
    "counted": N_("%(names)s 年底在本支部名册里，票上没有，票箱已经计票。请核对名册，向乡镇说明情况"),
}


def _left_out(session: Session) -> list[dict[str, Any]]:
    """Ballots without somebody who was a member on New Year's Eve: opened anew, or explained."""
    found = []
    for one in years():
        names = left_out(session, village().id, one) if one.closed is None else []
        if names:
            found.append(
                {
                    "title": gettext("%(year)s 年度测评票上少了人", year=one.year),
                    "detail": gettext(_SHORT[box_at(session, village().id, one, "members_ballot")])
                    % {"names": gettext("、").join(names)},
                    "href": url_for("ballots.page", year=one.year),
                    "action": gettext("去办"),
                    "main": True,
                }
            )
    return found
