"""Months of points in the reader's words: where they stand, who did what last, what to look at."""

from datetime import date, datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from services.township.statements.reading import BranchMonth, Part
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.statements import StatementClosed
from shared.kit.accounts import SignedIn
from shared.kit.days import day_words, moment_words
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.kit.web import db
from shared.rules.points.scheme_values import Scheme
from shared.sync.years import MemberYear

# State → (label, colour), in the order of work.
STATES = {
    "received": (_("待受理"), "green"),
    "accepted": (_("待批准"), "green"),
    "sent_back": (_("退回中"), "amber"),
    "missing": (_("支部未结账"), "amber"),
    "approved": (_("已报县里"), ""),
}
CUTS = {
    "item": _("单项封顶"),
    "category": _("类别封顶"),
    "attendance": _("参会封顶"),
    "month": _("当月封顶"),
}


def over(year: MemberYear, month: int, today: date) -> bool:
    """Whether the branch could close the month."""
    return year.closes_from(month) <= today


def attendance_limit(schemes: list[Scheme]) -> int:
    """Percent: the schemes' cap on attendance against what a month is expected to bring; the widest."""
    return max((one.attendance_cap * 100 // max(one.standard, 1) for one in schemes), default=100)


def limit_of(year: MemberYear, part: Part | None = None) -> int:
    """The limit for one statement's schemes, or for the whole year's."""
    hashes = part.body.schemes if part and part.body.schemes else list(year.schemes)
    return attendance_limit([year.schemes[one] for one in hashes if one in year.schemes])


def last_word(row: BranchMonth) -> tuple[str, str, datetime | None]:
    """The last thing that happened to a month: who, what, when."""
    part = row.last
    if part is None:
        return "", "", None
    review = part.review
    if review is None:
        return part.received.closed_by, gettext("结账上报"), part.received.closed_at
    words = {
        "accepted": (review.accepted_by, gettext("已受理"), review.accepted_at),
        "sent_back": (review.sent_back_by, gettext("已退回"), review.sent_back_at),
        "approved": (review.approved_by, gettext("已批准"), review.approved_at),
    }
    return words[review.state]


def doubts(row: BranchMonth, limit: int) -> list[str]:
    """Why to look again, the gravest first."""
    part = row.last
    if part is None:
        return []
    found = []
    if part.received.differences:
        found.append(gettext("重算有 %(count)s 人与入账不符", count=len(part.received.differences)))
    if row.attendance is not None and row.attendance > limit:
        found.append(gettext("参会积分占 %(share)s%%，超过 %(limit)s%%", share=row.attendance, limit=limit))
    return found


def why(who: SignedIn, row: BranchMonth, limit: int) -> str:
    """What one must know of this row before opening it."""
    part = row.last
    if part is None:
        return "" if row.members else gettext("支部还没有报来党员名册")
    if row.state == "sent_back" and part.review:
        return part.review.reason
    if row.state == "approved":
        return gettext("分 %(count)s 次上报", count=len(row.parts)) if len(row.parts) > 1 else ""
    found = doubts(row, limit)
    if row.state == "accepted" and who.may("statement.approve"):
        found = [*filter(None, [barred(who, row)]), *found]
    if part.unseen:
        found.append(gettext("抽查还有 %(count)s 条没看", count=part.unseen))
    if len(row.parts) > 1:
        found.append(gettext("退回后第 %(part)s 次上报", part=part.received.part))
    if not found:
        return gettext("重算一致，没有疑点")
    rest = gettext("，另有 %(count)s 项", count=len(found) - 1) if len(found) > 1 else ""
    return found[0] + rest


def waiting_since(year: MemberYear, month: int, today: date) -> str:
    """How long branches could have closed the month."""
    start = year.closes_from(month)
    day = day_words(start)
    if start > today:
        return gettext("%(day)s起可以结账", day=day)
    return gettext("%(day)s起可以结账，已过 %(days)s 天", day=day, days=(today - start).days)


def endorsed(body: StatementClosed | AppraisalFiled) -> str:
    """Which general branch endorsed it, who did and when; '' where the branch stands under none."""
    if not body.endorsed_by:
        return ""
    general = db().get(Unit, body.general_id) if body.general_id else None
    when = moment_words(datetime.fromisoformat(body.endorsed_at))
    return " ".join([*([general.name] if general else []), body.endorsed_by, when])


def barred(who: SignedIn, row: BranchMonth) -> str:
    """Why this person cannot approve an accepted month now, or ''."""
    part = row.last
    if part is None or part.review is None:
        return gettext("受理以后才能批准")
    if part.received.differences:
        return gettext("重算与入账不符，不能批准，请退回")
    if same_person(db(), who, part.review.accepted_by_id, part.review.accepted_by):
        return gettext("您本人受理的，要请另一位同志批准")
    if row.behind:
        return gettext("请先办完 %(month)s 月的月报", month=row.behind)
    return ""
