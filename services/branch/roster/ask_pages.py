"""What the pages show of changes that wait for a second person."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import format_date, gettext

from services.branch.colleagues import has_colleague
from services.branch.roster import words
from services.branch.roster.asks import CONFIRMS, asked_oneself, asks_about, may_decide, open_asks, stale
from services.branch.roster.models import RosterAsk
from services.branch.transfers.pages import waiting_transfers
from services.branch.village import village
from shared.kit.i18n import N_
from shared.kit.web import db, me

KINDS = {
    "edit": N_("修改信息"),
    "leave": N_("移出名册"),
    "back": N_("恢复到名册"),
    "enter": N_("录入党员"),
}
STATES = {
    "open": (N_("等确认"), "amber"),
    "confirmed": (N_("已确认"), "green"),
    "declined": (N_("没有同意"), "red"),
    "withdrawn": (N_("已撤回"), ""),
}
LABELS = {
    "number": N_("编号"),
    "name": N_("姓名"),
    "status": N_("状态"),
    "field": N_("领域"),
    "post": N_("职务"),
    "party_group": N_("党小组"),
    "roles": N_("身份"),
    "exempt": N_("免除硬性要求"),
    "floating": N_("流动党员"),
    "joined_on": N_("入党日期"),
    "since": N_("到本支部日期"),
    "until": N_("从哪天起不在本支部"),
    "left_why": N_("离开的原因"),
}
_NAMED = {"status": words.STATUSES, "field": words.FIELDS, "left_why": words.REASONS}
_DAYS = ("joined_on", "since", "until")


def value_words(name: str, value: Any) -> str:
    """One value of a member as people read it; a dash where there is none."""
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if name == "roles":
        return gettext("、").join(gettext(words.ROLES[one]) for one in value) or "—"
    if not value:
        return "—"
    if name in _DAYS:
        day = value if isinstance(value, date) else date.fromisoformat(value)
        return str(format_date(day, gettext("y 年 M 月 d 日")))
    return gettext(_NAMED[name][value]) if name in _NAMED else str(value)


def ask_row(ask: RosterAsk) -> dict[str, Any]:
    """One ask: what becomes what, why, who asked, who decided, and what the asker of the page may do."""
    label, colour = STATES[ask.state]
    own, is_open = asked_oneself(db(), me(), ask), ask.state == "open"
    return {
        "id": ask.id,
        "name": ask.name,
        "number": ask.number,
        "kind": gettext(KINDS[ask.kind]),
        "year": ask.year,
        "state": gettext(label),
        "colour": colour,
        "changes": [(gettext(LABELS[name]), _change(ask, name)) for name in LABELS if name in ask.said],
        "reason": ask.reason,
        "who": ask.asked_by,
        "when": ask.asked_at,
        "decided_by": ask.decided_by,
        "decided_at": ask.decided_at,
        "answer": ask.answer,
        "open": is_open,
        "stale": is_open and stale(db(), ask),
        "own": own,
        "may": is_open and may_decide(db(), me(), ask),
        "alone": is_open and own and not has_colleague(db(), village(), me(), CONFIRMS),
        "href": None if ask.kind == "enter" and ask.state != "confirmed" else _member(ask.member_id),
    }


def _member(member_id: UUID) -> str:
    return url_for("roster.member", member_id=member_id)


def _change(ask: RosterAsk, name: str) -> str:
    before, after = ask.said[name]
    if ask.kind == "enter":
        return value_words(name, after)
    return gettext("%(before)s → %(after)s", before=value_words(name, before), after=value_words(name, after))


def about(member_id: UUID) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is asked about a member and waits, and what was decided."""
    rows = [ask_row(one) for one in asks_about(db(), village().id, member_id)]
    return [one for one in rows if one["open"]], [one for one in rows if not one["open"]]


def asks_page() -> dict[str, Any]:
    """All that waits for a second person: first what waits for who looks."""
    rows = [ask_row(one) for one in open_asks(db(), village().id)]
    return {
        "heading": {
            "title": gettext("等确认的名册改动"),
            "note": gettext("%(unit)s，%(count)s 条", unit=village().name, count=len(rows)),
        },
        "rows": sorted(rows, key=lambda one: not one["may"]),
    }


def waiting() -> list[RosterAsk]:
    """What the asker may confirm."""
    if not me().may(CONFIRMS) or village().is_general:
        return []
    return [one for one in open_asks(db(), village().id) if may_decide(db(), me(), one)]


def waiting_roster() -> int:
    """The number beside the roster in the header: transfers, and changes to be confirmed."""
    return waiting_transfers() + len(waiting())


def desk_things() -> list[dict[str, Any]]:
    """The same on the desk."""
    found = waiting()
    if not found:
        return []
    names = gettext("、").join(dict.fromkeys(one.name for one in found[:5]))
    return [
        {
            "title": gettext("有 %(count)s 条名册改动等您确认", count=len(found)),
            "detail": gettext("%(names)s；关系到年度评议，由两个人办", names=names),
            "href": url_for("roster_asks.page"),
            "action": gettext("去确认"),
            "main": True,
        }
    ]
