"""The statements' pages put together: the list of a month, sending back, one branch's year."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext

from services.township.contacts import last_heard
from services.township.statements import wording
from services.township.statements.listing import Listing
from services.township.statements.reading import (
    BranchMonth,
    branch_months,
    first_undecided,
    months_of,
    undecided,
    waiting,
)
from services.township.statements.reviewing import REASON_LENGTH
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.sync.asked_year import year, years
from shared.sync.years import MemberYear

Errors = Sequence[Mapping[str, str]]
MONTHS = range(1, 13)


def chosen_month(here: MemberYear) -> int:
    """The month of the address; else the first that waits here, else the last that is over."""
    asked = request.args.get("month")
    if asked is not None:
        if not (asked.isascii() and asked.isdigit() and int(asked[:4]) in MONTHS):
            raise Absent
        return int(asked)
    today = civil(now()).date()
    past = [month for month in MONTHS if wording.over(here, month, today)]
    return first_undecided(db(), here.year) or (past[-1] if past else 1)


def filters() -> tuple[str, str]:
    """State and words of a name, from the address."""
    state = request.args.get("state", "")
    return state if state in wording.STATES else "", request.args.get("q", "").strip()


def listing(here: MemberYear, month: int, ticked: Collection[UUID] = ()) -> Listing:
    """The month's rows with all that their lines say."""
    rows = branch_months(db(), here.year, month)
    heard = last_heard(db(), [row.branch.id for row in rows])
    return Listing(here, month, rows, heard, me(), now(), civil(now()).date(), ticked)


def list_page(errors: Errors = (), ticked: Collection[UUID] = ()) -> str:
    """The list under the address's filters; an empty page before the county has opened a year."""
    if not years():
        return render_template("township/statements.html", heading=None)
    here = year()
    month = chosen_month(here)
    made, (state, search) = listing(here, month, ticked), filters()
    groups = made.groups(state, search)
    selectable = any(row["selectable"] for group in groups for row in group["rows"])
    return render_template(
        "township/statements.html",
        heading=_heading(here, month, state, search, len(made.rows)),
        tallies=made.tallies(),
        spot=made.spot(),
        limit=wording.limit_of(here),
        groups=groups,
        months=_months(here, month),
        years=_years(here),
        search={"name": "q", "label": gettext("支部"), "value": search},
        keep=[("year", here.year)] + ([("state", state)] if state else []),
        back_to_all=url_for("statements.listing", year=here.year, month=month) if state else "",
        bulk=_bulk(here, month) if selectable else None,
        errors=errors,
        **note_of(here),
    )


def note_of(here: MemberYear) -> dict[str, str]:
    """What the county says of the figures' origin, where it says anything."""
    note = here.opened.synthetic_note
    return {"synthetic_note": gettext(note)} if note else {}


def _heading(here: MemberYear, month: int, state: str, search: str, count: int) -> dict[str, str]:
    return {
        "title": gettext("积分月报"),
        "note": gettext(
            "%(year)s 年 %(month)s 月 · %(count)s 个支部", year=here.year, month=month, count=count
        ),
        "export_href": url_for(
            "statements.export", year=here.year, month=month, state=state or None, q=search or None
        ),
    }


def _months(here: MemberYear, month: int) -> dict[str, Any]:
    """The month to look at, each with how many of its statements wait here."""
    waiting = undecided(db(), here.year)
    options = [
        {
            "value": one,
            "label": gettext("%(month)s 月（%(count)s 份待办）", month=one, count=waiting[one])
            if one in waiting
            else gettext("%(month)s 月", month=one),
            "selected": one == month,
        }
        for one in MONTHS
    ]
    return {"name": "month", "label": gettext("月份"), "options": options}


def _years(here: MemberYear) -> list[dict[str, Any]]:
    return [
        {"label": one.year, "href": url_for("statements.listing", year=one.year)}
        for one in years()
        if one.year != here.year
    ]


def _bulk(here: MemberYear, month: int) -> dict[str, Any]:
    """The bar's buttons for what this person may do, the first one filled."""
    offered = [
        ("approve", "statement.approve", gettext("批准并报县里")),
        ("accept", "statement.accept", gettext("受理")),
        ("send_back", "statement.send_back", gettext("退回补正…")),
    ]
    buttons = [
        {"label": words, "action": url_for(f"statements.{what}", year=here.year, month=month)}
        for what, permission, words in offered
        if me().may(permission)
    ]
    approver = me().may("statement.approve")
    note = gettext("批准后锁定并报县里") if approver else gettext("受理后由另一位同志批准")
    return {"buttons": buttons, "note": note}


def send_back_page(rows: Sequence[tuple[BranchMonth, str]], errors: Errors = (), reason: str = "") -> str:
    """Sending a selection back, asked before anything is done: one reason for all. `rows` with tokens."""
    first = rows[0][0].parts[-1].received
    return render_template(
        "township/statements_reason.html",
        branches=[
            {
                "name": gettext("%(branch)s %(month)s 月", branch=row.branch.name, month=first.month),
                "value": token,
            }
            for row, token in rows
        ],
        action=url_for("statements.send_back", year=first.year, month=first.month),
        back={
            "label": gettext("积分月报"),
            "href": url_for("statements.listing", year=first.year, month=first.month),
        },
        reason=reason,
        errors=errors,
        longest=REASON_LENGTH,
    )


def branch_page(branch_id: UUID) -> str:
    """One branch's year, month by month."""
    here = year()
    found = months_of(db(), branch_id, here.year)
    name = db().get_one(Unit, branch_id).name
    today = civil(now()).date()
    return render_template(
        "township/statements_branch.html",
        heading={
            "title": name,
            "note": gettext("%(year)s 年各月积分月报", year=here.year),
        },
        crumb={"label": gettext("积分月报"), "href": url_for("statements.listing", year=here.year)},
        limit=wording.limit_of(here),
        rows=[_month_row(here, month, found.get(month)) for month in MONTHS],
        due=[month for month in MONTHS if month not in found and wording.over(here, month, today)],
        total=sum(row.total for row in found.values()),
        **note_of(here),
    )


def _month_row(here: MemberYear, month: int, row: BranchMonth | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "label": gettext("%(month)s 月", month=month),
        "members": None,
        "total": None,
        "share": None,
        "state": "—",
        "colour": "",
        "who": "",
        "when": None,
        "href": "",
    }
    if row is None or row.last is None:
        if wording.over(here, month, civil(now()).date()):
            made |= {"state": gettext("支部未结账"), "colour": "amber"}
        return made
    label, colour = wording.STATES[row.state]
    who, what, when = wording.last_word(row)
    return made | {
        "members": row.last.received.members,
        "total": row.total,
        "share": row.attendance,
        "state": str(label),
        "colour": colour,
        "who": f"{who} {what}",
        "when": when,
        "href": url_for("statements.page", statement_id=row.last.received.id),
    }


def waiting_count() -> int:
    """The number beside the statements in the header: those that wait for the asker."""
    found = waiting(db(), me())
    count = found.received if me().may("statement.accept") else 0
    return count + (found.accepted - found.own if me().may("statement.approve") else 0)


def desk_things() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What the desk says of statements: what waits for the asker, and what waits for somebody else."""
    found, own, others = waiting(db(), me()), [], []
    href = url_for("statements.listing")
    if found.received:
        title = gettext("%(count)s 份积分月报待受理", count=found.received)
        mine = me().may("statement.accept")
        thing = {
            "title": title,
            "detail": "",
            "href": href,
            "action": gettext("受理") if mine else gettext("查看"),
        }
        (own if mine else others).append(thing)
    ready = found.accepted - found.own
    if ready and me().may("statement.approve"):
        title = gettext("%(count)s 份积分月报等您批准", count=ready)
        own.append({"title": title, "detail": "", "href": href, "action": gettext("批准")})
    stuck = found.own if me().may("statement.approve") else found.accepted
    if stuck:
        title = gettext("%(count)s 份积分月报已受理，等另一位同志批准", count=stuck)
        others.append({"title": title, "detail": "", "href": href, "action": gettext("查看")})
    return own, others
