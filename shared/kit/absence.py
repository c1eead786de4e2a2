"""Missing people in words: who cannot be done without, and for how long they have been missing."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.i18n import N_

NOBODY = {
    "file": N_("无人可申报"),
    "verify": N_("无人可核实"),
    "approve": N_("无人可审批"),
    "endorse": N_("无人可审核"),
    "second": N_("核实和审批只有同一个人"),
}


def absence(missing: Sequence[str], since: datetime, now: datetime) -> str:
    """'无人可审批，已 3 天'; on the first day 'since today'."""
    who = gettext("、").join(gettext(NOBODY.get(one, one)) for one in missing)
    days = (civil(now).date() - civil(since).date()).days
    if days < 1:
        return str(gettext("%(who)s，今天起", who=who))
    return str(gettext("%(who)s，已 %(days)s 天", who=who, days=days))
