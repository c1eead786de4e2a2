"""States, doubts and refusals in the reader's words."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from services.township.contacts import SILENT
from services.township.verification.comparing import Doubt
from services.township.verification.reading import ReturnRow
from shared.kit.days import moment_words
from shared.kit.errors import Refused
from shared.kit.i18n import in_english
from shared.rules.contest import BadValue
from shared.rules.rulebook_values import Indicator

# State → (label, colour), in the order of work; received and accepted stand in one group of the list.
STATES = {
    "county_returned": (_("县里退回"), "red"),
    "received": (_("待受理"), "green"),
    "accepted": (_("待核实"), "green"),
    "verified": (_("待批准"), "amber"),
    "sent_back": (_("退回中"), "amber"),
    "missing": (_("未报"), "amber"),
    "approved": (_("已上报县里"), ""),
}


def said(refused: Refused) -> str:
    """A refusal in the reader's language."""
    return gettext(refused.message) % refused.values


def told(problem: BadValue | str) -> str:
    """A problem of a typed figure in the reader's language."""
    if isinstance(problem, str):
        return gettext(problem)
    return str(problem) if in_english() else problem.message


def unit_of(indicator: Indicator) -> str:
    """The indicator's unit in the reader's language."""
    return indicator.unit_en if in_english() and indicator.unit_en else indicator.unit


def number(value: Decimal | None) -> str:
    """A number without needless zeros; a dash where there is none."""
    return "—" if value is None else f"{value.normalize():f}" if value else "0"


def doubt(one: Doubt) -> str:
    """Why to look again, in a few words."""
    words = {
        "more": gettext("比去年多 %(percent)s%%", percent=one.percent),
        "less": gettext("比去年少 %(percent)s%%", percent=one.percent),
        "from_zero": gettext("去年是 0"),
        "above": gettext("比邻村最高的还高 %(percent)s%%", percent=one.percent),
        "below": gettext("比邻村最低的还低 %(percent)s%%", percent=one.percent),
    }
    return words[one.kind]


def moment_of(at: datetime) -> str:
    """'10 月 20 日 18:00' in civil time, with the year where it is another, in the reader's language."""
    return moment_words(at)


def listed(words: Sequence[str]) -> str:
    """A list of words."""
    return (", " if in_english() else "、").join(words)


def heard(at: datetime | None, now: datetime) -> tuple[str, bool]:
    """When a village was last heard of, and whether that is too long ago."""
    if at is None:
        return gettext("没有联系过"), True
    gone = now - at
    minutes = max(0, int(gone.total_seconds() // 60))
    if minutes < 1:
        return gettext("刚刚"), False
    if minutes < 60:
        return gettext("%(count)s 分钟前", count=minutes), False
    if gone < SILENT:
        return gettext("%(count)s 小时前", count=minutes // 60), False
    return gettext("离线 %(count)s 天", count=gone.days), True


def last_word(row: ReturnRow) -> tuple[str, str, datetime | None]:
    """The last thing that happened to a return: who, what, when."""
    found, filed = row.verification, row.received
    if row.by_county is not None and row.state == "county_returned":
        return row.by_county.by, gettext("县里退回"), row.by_county.at
    if found is None:
        return (filed.filed_by, gettext("上报"), filed.filed_at) if filed else ("", "", None)
    words = {
        "accepted": (found.accepted_by, gettext("已受理"), found.accepted_at),
        "verified": (found.verified_by, gettext("已核实"), found.verified_at),
        "sent_back": (found.sent_back_by, gettext("已退回"), found.sent_back_at),
        "approved": (found.approved_by, gettext("已批准上报"), found.approved_at),
    }
    return words[found.state]
