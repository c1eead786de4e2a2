"""How a filing stands with the tiers above, in words."""

from typing import Any

from flask_babel import gettext

from services.branch.appraisal.state import newest_filing
from services.branch.generals.submitting import word_on
from services.branch.generals.wording import AT_BRANCH, nobody
from services.branch.village import village
from shared.kit.i18n import N_
from shared.kit.web import db

VERDICTS = {
    "": (N_("已上报，等乡镇受理"), ""),
    "accepted": (N_("乡镇已受理"), ""),
    "returned": (N_("乡镇已退回"), "red"),
    "confirmed": (N_("乡镇已审定"), "green"),
}


def verdict_of(of_year: int) -> dict[str, Any] | None:
    """The newest filing of the year: who said what last, the general branch or the township; None before."""
    found = newest_filing(db(), village().id, of_year)
    if found is None:
        return None
    filing, verdict = found
    words, colour = VERDICTS[verdict.verdict if verdict else ""]
    standing = word_on(db(), filing.id)
    said = verdict
    if verdict is None and standing is not None:
        words, colour = AT_BRANCH[standing.state]
        said = standing.said
    return {
        "words": gettext(words),
        "colour": colour,
        "reason": said.reason if said else "",
        "who": said.by if said else filing.by,
        "when": said.at if said else filing.at,
        "nobody": nobody(db(), village()) if standing and standing.state == "waiting" else "",
    }
