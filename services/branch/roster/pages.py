"""What the pages of the roster show."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from services.branch.roster import words
from services.branch.roster.ask_pages import about, value_words
from services.branch.roster.asks import KEEPS, may_change, open_asks
from services.branch.roster.counting import (
    ARRIVED,
    COUNTING,
    HIMSELF,
    SHOWN,
    back_only_from,
    ended_years,
    himself,
    unconfirmed,
)
from services.branch.roster.models import MOVED, REASONS, Member
from services.branch.roster.reading import PAGE, counts, group_names, listed, next_number
from services.branch.transfers.pages import waiting_transfers
from services.branch.transfers.reading import records
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.web import db, me, now


def roster_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One view of the roster. Raises Absent for a view that is none."""
    view, search = request.args.get("view", "active"), request.args.get("q", "").replace("\0", "").strip()
    if view not in words.VIEWS:
        raise Absent
    current = max(1, request.args.get("page", 1, type=int))
    names = group_names(db(), village().id)
    group = chosen_group(names)
    found, many = listed(db(), village().id, view, search, current, group=group)
    by_view = counts(db(), village().id, list(words.VIEWS))
    return {
        "heading": {
            "title": gettext("党员名册"),
            "note": gettext("%(unit)s，在册 %(count)s 人", unit=village().name, count=by_view["active"]),
        },
        "view": view,
        "search": search,
        "chips": [_chip(name, label, view, search, group, by_view) for name, label in words.VIEWS.items()],
        "group": group,
        "groups": [group_select(names, group)] if names else [],
        "rows": [row(one) for one in found],
        "asks": len(open_asks(db(), village().id)),
        "everybody": sum(by_view[one] for one in ("active", "left")),
        "pages": _pages(current, many, view, search, group),
        "editing": me().may("roster.edit"),
        "moving": waiting_transfers(),
        "errors": list(errors),
    }


def chosen_group(names: Sequence[str]) -> str:
    """The Party group of the address, or '' for everybody. Raises Absent for one that is none."""
    group = request.args.get("group", "")
    if group and group not in names:
        raise Absent
    return group


def group_select(names: Sequence[str], chosen: str) -> dict[str, Any]:
    """The choice of a Party group, as ui/form.html filters take it."""
    every = [{"value": "", "label": gettext("全部"), "selected": not chosen}]
    options = [{"value": one, "label": one, "selected": one == chosen} for one in names]
    return {"name": "group", "label": gettext("党小组"), "options": every + options}


def _chip(
    name: str, label: str, view: str, search: str, group: str, found: Mapping[str, int]
) -> dict[str, Any]:
    shown = None if name == "active" else name
    href = url_for("roster.page", view=shown, q=search or None, group=group or None)
    return {"label": gettext(label), "count": found[name], "href": href, "active": name == view}


def _pages(current: int, many: int, view: str, search: str, group: str) -> dict[str, Any]:
    def href(number: int) -> str:
        return url_for("roster.page", view=view, q=search or None, group=group or None, page=number)

    return {"current": current, "last": max(1, -(-many // PAGE)), "href": href, "total": many}


def row(member: Member) -> dict[str, Any]:
    """One member as lists and cards show it."""
    tags = [gettext(words.ROLES[one]) for one in member.roles]
    return {
        "id": member.id,
        "number": member.number,
        "name": member.name,
        "status": gettext(words.STATUSES[member.status]),
        "probationary": member.status == "probationary",
        "field": gettext(words.FIELDS[member.field]),
        "post": member.post,
        "party_group": member.party_group,
        "roles": tags,
        "exempt": member.exempt,
        "floating": member.floating,
        "joined_on": member.joined_on,
        "since": member.since,
        "until": member.until,
        "why": gettext(words.REASONS[member.left_why]) if member.left_why else "",
        "moved": member.left_why == MOVED,
        "version": member.version,
    }


def form_page(member: Member | None, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The form for a new member or one there is, as typed where it comes back."""
    typed = _typed(member)
    return {
        "heading": {
            "title": gettext("修改信息") if member else gettext("录入党员"),
            "note": member.name if member else village().name,
        },
        "member": member,
        "typed": typed,
        "groups": group_names(db(), village().id),
        **_kept(member),
        "statuses": _options(words.STATUSES, typed["status"]),
        "fields": _options(words.FIELDS, typed["field"]),
        "roles": [
            {"value": name, "label": gettext(label), "ticked": name in typed["roles"]}
            for name, label in words.ROLES.items()
        ],
        "errors": list(errors),
    }


def _kept(member: Member | None) -> dict[str, Any]:
    """What may not be typed over and why, and the year for whose sake changes take two people."""
    years = ended_years(db(), village(), now())
    found: dict[str, Any] = {"by_two": unconfirmed(years), "locked": {}, "why": "", "since_why": ""}
    if member is None:
        return found
    shown = next((one.year for one in years if member.id in one.shown), None)
    if himself(me(), member):
        found["why"] = gettext(HIMSELF)
    elif shown is not None:
        found["why"] = gettext(SHOWN) % {"name": member.name, "year": shown}
    names = COUNTING if found["why"] else ()
    if not names and member.id in records(db(), member.unit_id):
        names, found["since_why"] = ("since",), gettext(ARRIVED) % {"name": member.name}
    found["locked"] = {name: _locked(member, name) for name in names}
    return found


def _locked(member: Member, name: str) -> dict[str, str]:
    value = getattr(member, name)
    kept = {True: "yes", False: "no", None: ""}.get(value, value) if not isinstance(value, date) else value
    return {"shown": value_words(name, value), "value": str(kept)}


def _options(named: Mapping[str, str], chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": name, "label": gettext(label), "selected": name == chosen} for name, label in named.items()
    ]


def _typed(member: Member | None) -> dict[str, Any]:
    if request.method == "POST":
        names = ("version", "number", "name", "status", "field", "post", "party_group")
        names = (*names, *_DAYS, "reason")
        found: dict[str, Any] = {name: request.form.get(name, "") for name in names}
        ticks = {name: request.form.get(name) == "yes" for name in ("exempt", "floating")}
        return {**found, "roles": request.form.getlist("roles"), **ticks}
    if member is None:
        number = next_number(db(), village().id)
        blank = {"version": 0, "number": number, "name": "", "status": "full", "field": "rural", "post": ""}
        return {
            **blank,
            "party_group": "",
            "roles": [],
            "reason": "",
            "exempt": False,
            "floating": False,
            "joined_on": "",
            "since": today(),
        }
    names = ("version", "number", "name", "status", "field", "post", "party_group", "roles")
    names = (*names, "exempt", "floating")
    days = {name: getattr(member, name).isoformat() if getattr(member, name) else "" for name in _DAYS}
    return {name: getattr(member, name) for name in names} | days | {"reason": ""}


_DAYS = ("joined_on", "since")


def today() -> str:
    """This day, in ISO."""
    return civil(now()).date().isoformat()


def member_page(member: Member, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One member: what is kept, what can be done, what waits for a second person and what came of it."""
    waits, decided = about(member.id)
    years = ended_years(db(), village(), now())
    return {
        "heading": {
            "title": member.name,
            "note": gettext("编号 %(number)s，%(unit)s", number=member.number, unit=village().name),
        },
        "row": row(member),
        "editing": may_change(db(), me(), village(), member),
        "keeping": me().may(KEEPS),
        "own": gettext(HIMSELF) if himself(me(), member) else "",
        "asks": waits,
        "decided": decided,
        "by_two": unconfirmed(years),
        "back_from": back_only_from(years, member),
        "typed": {
            "until": request.form.get("until") or today(),
            "why": request.form.get("why", ""),
            "reason": request.form.get("reason", ""),
        },
        "reasons": [{"value": one, "label": gettext(words.REASONS[one])} for one in REASONS],
        "errors": list(errors),
    }
