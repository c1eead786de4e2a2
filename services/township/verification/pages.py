"""The rooms' pages put together from what was read: the list, one return, sending back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import format_date, gettext

from services.township import current
from services.township.contacts import last_heard
from services.township.verification import detail
from services.township.verification.comparing import Comparison
from services.township.verification.history import history
from services.township.verification.listing import GROUPS, Listing, counted, label, limit
from services.township.verification.reading import ReturnRow, last_years
from services.township.verification.schemas import REASON_LENGTH
from shared.kit.clock import civil
from shared.kit.web import db, me, now
from shared.sync.contests import OpenContest

Errors = Sequence[Mapping[str, str]]


def comparison(contest: OpenContest) -> Comparison:
    """This contest's returns beside last year's figures."""
    return Comparison(contest.rulebook, current.returns(), last_years(db(), contest.opened.year))


def filters() -> tuple[str, str]:
    """State group and words of a name, from the address."""
    state = request.args.get("state", "")
    return state if state in dict(GROUPS) else "", request.args.get("q", "").strip()


def shown(state: str, search: str) -> list[ReturnRow]:
    """The rows that pass the filters, in the order of work."""
    return [
        row
        for key, states in GROUPS
        for row in current.returns()
        if row.state in states and state in ("", key) and search in row.village.name
    ]


def filters_in_words(state: str, search: str) -> str:
    """The filters as an export's head says them."""
    return " · ".join(word for word in (state and label(state), search) if word)


def list_page(errors: Errors = (), ticked: Collection[UUID] = ()) -> str:
    """The list under the address's filters."""
    contest = current.contest()
    if contest is None:
        return render_template("township/returns.html", contest=None)
    villages = [row.village.id for row in current.returns()]
    listing = Listing(
        contest,
        current.returns(),
        comparison(contest),
        last_heard(db(), villages),
        me(),
        now(),
        civil(now()).date(),
        ticked,
    )
    state, search = filters()
    groups = listing.groups(state, search)
    bulk = any(row["selectable"] for group in groups for row in group["rows"])
    return render_template(
        "township/returns.html",
        contest=contest,
        heading=_heading(contest, state, search),
        closed=_closed(contest),
        tallies=listing.tallies(),
        progress=_progress(),
        limit=limit(),
        groups=groups,
        chips=_chips(state, search),
        search={"name": "q", "label": gettext("村名"), "value": search},
        keep=[("state", state)] if state else [],
        bulk=_bulk() if bulk else None,
        errors=errors,
    )


def _heading(contest: OpenContest, state: str, search: str) -> dict[str, str]:
    until = format_date(contest.course.verifying_until, gettext("M 月 d 日"))
    return {
        "title": gettext("村级申报核实"),
        "note": gettext(
            "%(year)s 年 · %(count)s 个村居 · %(until)s前报县里",
            year=contest.opened.year,
            count=len(current.returns()),
            until=until,
        ),
        "export_href": url_for("verification.export", state=state or None, q=search or None),
    }


def _closed(contest: OpenContest) -> str:
    if contest.course.may_verify():
        return ""
    return gettext("县里已结束核实，申报表不能再改。确有错误的，请在公示期内提出异议。")


def _progress() -> dict[str, Any]:
    counts = counted(current.returns())
    waiting = next(
        (r for r in current.returns() if r.state in ("county_returned", "received", "accepted")), None
    )
    return {
        "done": counts["approved"],
        "total": len(current.returns()),
        "detail": gettext(
            "还有 %(waiting)s 个待核实、%(verified)s 个待批准",
            waiting=counts["waiting"] + counts["county_returned"],
            verified=counts["verified"],
        ),
        "href": url_for("verification.page", village_id=waiting.village.id)
        if waiting and me().may("return.verify")
        else "",
        "action": gettext("接着核实"),
    }


def _chips(state: str, search: str) -> list[dict[str, Any]]:
    """The tallies lead to each state; once there, the way back to all."""
    if not state:
        return []
    every = ("", gettext("全部"), len(current.returns()))
    chips = [every, (state, label(state), counted(current.returns())[state])]
    return [
        {
            "label": words,
            "count": count,
            "active": key == state,
            "href": url_for("verification.listing", state=key or None, q=search or None),
        }
        for key, words, count in chips
    ]


def _bulk() -> dict[str, Any]:
    """The bar's buttons for what this person may do, the first one filled."""
    offered = [
        ("approve", "rollup.approve", gettext("批准上报")),
        ("verify", "return.verify", gettext("核实")),
        ("accept", "return.accept", gettext("受理")),
        ("send_back", "return.send_back", gettext("退回…")),
    ]
    buttons = [
        {"label": words, "action": url_for(f"verification.{what}_some")}
        for what, permission, words in offered
        if me().may(permission)
    ]
    organiser = me().may("return.verify")
    note = gettext("按填报数核实，批准前可以收回") if organiser else gettext("批准后锁定并报县里")
    return {"buttons": buttons, "note": note}


def send_back_page(rows: Sequence[ReturnRow], errors: Errors = (), reason: str = "") -> str:
    """Sending a selection back: one reason for all, asked before anything is done."""
    return render_template(
        "township/send_back.html",
        villages=[{"name": row.village.name, "value": f"{row.village.id}:{row.token}"} for row in rows],
        action=url_for("verification.send_back_some"),
        back={"label": gettext("村级申报核实"), "href": url_for("verification.listing")},
        reason=reason,
        errors=errors,
        longest=REASON_LENGTH,
    )


def return_page(
    contest: OpenContest,
    row: ReturnRow,
    *,
    errors: Errors = (),
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    barred_events: Mapping[str, str] | None = None,
    send_back_reason: str = "",
) -> str:
    """One village's return; what was typed comes back with its problems."""
    table = list(current.returns())
    compared = comparison(contest)
    place = next(number for number, one in enumerate(table) if one.village.id == row.village.id)
    around = (table[place - 1] if place else None, table[place + 1] if place + 1 < len(table) else None)
    told = history(db(), contest.id, row.village.id)
    return render_template(
        "township/return.html",
        **detail.page_values(me(), row, contest, compared, told, around),
        parts=detail.parts(contest.rulebook, compared, row, typed, problems) if row.received else [],
        vetoes=detail.vetoes(contest.rulebook, row, typed, barred_events) if row.received else [],
        send_back_reason=send_back_reason,
        errors=errors,
    )
