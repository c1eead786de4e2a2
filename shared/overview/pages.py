"""The overview's pages: the tree from county to member, every table also as Excel."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.units import Unit, with_members
from shared.kit.web import db, me, now
from shared.overview.figures import Figures, Posted, months_due, together
from shared.overview.reader import (
    MembersPage,
    Place,
    Reader,
    members_by_branch,
    members_page,
    outcomes_by_branch,
    place_of,
)

NAMED = 8
# Up to so many members are asked for by id; beyond it everybody in scope is summed at once.
MOST_NAMED = 500


def chosen_year(reader: Reader) -> int:
    """The year of the address, else the newest. Raises Absent for one that was not opened."""
    asked = request.args.get("year")
    for one in reader.years():
        if asked in (None, str(one)):
            return one
    raise Absent


def all_figures(reader: Reader, year: int) -> dict[UUID, Figures]:
    """Figures of every open branch in scope, also of those that have sent nothing."""
    due = months_due(year, civil(now()).date(), reader.late_until(year))
    found, members = reader.figures(year, due), members_by_branch(db(), reader.roster)
    outcomes = outcomes_by_branch(db(), reader.cases, year)
    open_branches = select(Unit.id).where(with_members(), Unit.closed_on.is_(None))
    made = {}
    for unit_id in {*db().scalars(open_branches), *found}:
        one = found.get(unit_id, Figures())
        proposed, acted = outcomes.get(unit_id, (0, 0))
        counted = replace(one, members=members.get(unit_id, 0), outcomes=proposed, acted=acted)
        made[unit_id] = replace(counted, branches=1, due=max(due, one.closed))
    return made


def tree_page(reader: Reader, root: Unit) -> dict[str, Any]:
    """A unit with what lies one level below it, each row leading down."""
    year = chosen_year(reader)
    figures = all_figures(reader, year)
    below = db().scalars(select(Unit).where(Unit.parent_id == root.id).order_by(Unit.path)).all()
    rows = [
        _row(reader, one, _of(figures, one), year)
        for one in below
        if one.level != "branch" or one.id in figures
    ]
    whole = _of(figures, root)
    return {
        "heading": _heading(root, year),
        "crumb": _crumb(root, year),
        "rows": rows,
        "whole": whole,
        "tallies": _tallies(whole),
        "categories": [(code, name) for code, name in reader.categories(year)],
        "unseen": _unseen(figures, root),
        **_noted(reader, year),
        "limit": reader.limit(year),
        "years": _years(reader, year),
        "members_href": url_for("overview.members", year=year),
        "export_href": url_for("overview.export_unit", unit_id=root.id, year=year),
        "year": year,
    }


def _of(figures: dict[UUID, Figures], unit: Unit) -> Figures:
    if unit.level == "branch":
        return figures.get(unit.id, Figures())
    query = select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True), with_members())
    return together(figures[one] for one in db().scalars(query) if one in figures)


def _noted(reader: Reader, year: int) -> dict[str, str]:
    """The banner over figures that are not real."""
    note = reader.note(year)
    return {"synthetic_note": gettext(note)} if note else {}


def _unseen(figures: dict[UUID, Figures], root: Unit) -> dict[str, Any]:
    """Branches below of which nobody above has looked at anything: how many, and the first by name."""
    query = select(Unit.id, Unit.name).where(Unit.path.startswith(root.path, autoescape=True), with_members())
    found = [
        row.name
        for row in db().execute(query.order_by(Unit.path))
        if row.id in figures and figures[row.id].due and not figures[row.id].seen
    ]
    return {"count": len(found), "names": found[:NAMED], "more": len(found) > NAMED}


def _row(reader: Reader, unit: Unit, found: Figures, year: int) -> dict[str, Any]:
    return {
        "name": unit.name,
        "code": unit.code,
        "figures": found,
        "href": url_for("overview.unit", unit_id=unit.id, year=year),
    }


def _heading(root: Unit, year: int) -> dict[str, str]:
    note = gettext("%(unit)s · %(year)s 年", unit=root.name, year=year)
    return {"title": gettext("总览"), "note": note}


def _crumb(root: Unit, year: int) -> dict[str, str] | None:
    """The way up, as far as the asker's own unit."""
    if root.id == me().unit.id:
        return None
    parent = db().get(Unit, root.parent_id) if root.parent_id else None
    if parent is None:
        return None
    return {"label": parent.name, "href": url_for("overview.unit", unit_id=parent.id, year=year)}


def _tallies(whole: Figures) -> list[dict[str, Any]]:
    late = whole.due - whole.approved
    figures = (
        ("", gettext("支部"), whole.branches, gettext("个"), ""),
        ("", gettext("党员"), whole.members, gettext("人"), ""),
        (
            "green",
            gettext("已批准"),
            whole.approved,
            gettext("份"),
            gettext("应有 %(count)s 份", count=whole.due),
        ),
        ("amber" if late else "", gettext("还没批准的月报"), late, gettext("份"), ""),
    )
    return [
        {"colour": colour, "label": label, "count": count, "unit": unit, "note": note}
        for colour, label, count, unit, note in figures
    ]


def _years(reader: Reader, year: int) -> list[dict[str, Any]]:
    others = [one for one in reader.years() if one != year]
    return [{"label": one, "href": url_for("overview.page", year=one)} for one in others]


def branch_page(reader: Reader, branch: Unit) -> dict[str, Any]:
    """A branch: its figures, its months, its members."""
    year = chosen_year(reader)
    rows = (
        db()
        .scalars(
            select(reader.roster).where(reader.roster.unit_id == branch.id).order_by(reader.roster.number)
        )
        .all()
    )
    found = all_figures(reader, year).get(branch.id, Figures())
    return {
        "heading": {"title": branch.name, "note": gettext("%(year)s 年总览", year=year)},
        "crumb": _crumb(branch, year),
        **_noted(reader, year),
        "figures": found,
        "tallies": _tallies(found),
        "limit": reader.limit(year),
        "months": [
            {
                "label": gettext("%(month)s 月", month=one.month),
                "row": one,
                "href": reader.statement_href(one.statement_id),
            }
            for one in reader.months(branch.id, year)
        ],
        "members": member_rows(reader, rows, year),
        "categories": reader.categories(year),
        "export_href": url_for("overview.export_unit", unit_id=branch.id, year=year),
        "year": year,
    }


def member_rows(reader: Reader, members: Sequence[Any], year: int) -> list[dict[str, Any]]:
    """Members with their points of the year by category, whichever branch posted them."""
    sums = reader.sums([one.member_id for one in members] if len(members) <= MOST_NAMED else None, year)
    names = _unit_names({one.unit_id for one in members})
    return [
        {
            "name": one.name,
            "number": one.number,
            "branch": names.get(one.unit_id, ""),
            "left": one.until is not None,
            "exempt": one.exempt,
            "categories": sums.get(one.member_id, {}),
            "total": sum(sums.get(one.member_id, {}).values()),
            "href": url_for("overview.member", member_id=one.member_id, year=year),
        }
        for one in members
    ]


def _unit_names(units: set[UUID]) -> dict[UUID, str]:
    return {one.id: one.name for one in db().scalars(select(Unit).where(Unit.id.in_(units)))}


def members_list(reader: Reader) -> dict[str, Any]:
    """All members in scope, a page at a time."""
    year = chosen_year(reader)
    name = request.args.get("q", "").strip()
    found = _asked_page(reader, name)
    turn: dict[str, Any] = {"year": year, "q": name or None}
    return {
        "heading": {"title": gettext("党员积分"), "note": gettext("%(year)s 年", year=year)},
        "crumb": {"label": gettext("总览"), "href": url_for("overview.page", year=year)},
        **_noted(reader, year),
        "rows": member_rows(reader, found.rows, year),
        "categories": reader.categories(year),
        "search": {"name": "q", "label": gettext("姓名"), "value": name},
        "keep": [("year", year)],
        "turns": turning("overview.members", found, turn),
        "export_href": url_for("overview.export_members", **turn),
    }


def turning(endpoint: str, found: MembersPage, kept: dict[str, Any]) -> dict[str, str]:
    """The addresses of the pages around one, '' where there is none."""
    tokens = [Place(one.unit_id, one.number, one.member_id).token for one in found.rows]
    return {
        "first": url_for(endpoint, **kept) if found.before else "",
        "before": url_for(endpoint, before=tokens[0], **kept) if found.before and tokens else "",
        "after": url_for(endpoint, after=tokens[-1], **kept) if found.after and tokens else "",
        "last": url_for(endpoint, last=1, **kept) if found.after else "",
    }


def asked_places() -> dict[str, Any]:
    """Where the address asks a page to begin or end. Raises Absent for what is no place."""
    after, before = request.args.get("after", ""), request.args.get("before", "")
    places: dict[str, Any] = {"after": place_of(after), "before": place_of(before)}
    if (after and not places["after"]) or (before and not places["before"]):
        raise Absent
    return {**places, "last": "last" in request.args}


def _asked_page(reader: Reader, name: str) -> MembersPage:
    return members_page(db(), reader.roster, **asked_places(), name=name)


def every_member(reader: Reader, year: int) -> Iterator[list[Any]]:
    """All members that pass the search, for Excel: branch, number, name, each category, total."""
    roster = reader.roster
    columns = (roster.unit_id, roster.number, roster.name, roster.member_id)
    query = select(*columns).where(roster.until.is_(None))
    name = request.args.get("q", "").strip()
    if name:
        query = query.where(roster.name.contains(name, autoescape=True))
    rows = db().execute(query.order_by(roster.unit_id, roster.number, roster.member_id)).all()
    # No links, no objects: a county has 25,000 of them.
    sums = reader.sums([row.member_id for row in rows] if len(rows) <= MOST_NAMED else None, year)
    units = _unit_names({row.unit_id for row in rows})
    codes = [code for code, _name in reader.categories(year)]
    for row in rows:
        found = sums.get(row.member_id, {})
        points = [found.get(code, 0) for code in codes]
        yield [units.get(row.unit_id, ""), row.number, row.name, *points, sum(found.values())]


def member_page(reader: Reader, member_id: UUID) -> dict[str, Any]:
    """One member's year: every posting, and which statement it came from. Raises Absent out of scope."""
    year = chosen_year(reader)
    cards = (
        db()
        .scalars(
            select(reader.roster).where(reader.roster.member_id == member_id).order_by(reader.roster.since)
        )
        .all()
    )
    if not cards:
        raise Absent
    found = reader.postings([member_id], year)
    units = _unit_names({one.unit_id for one in (*found, *cards)})
    card, names = cards[-1], dict(reader.categories(year))
    return {
        "heading": {"title": card.name, "note": gettext("%(year)s 年积分", year=year)},
        "crumb": {"label": gettext("党员积分"), "href": url_for("overview.members", year=year)},
        "facts": _facts(card, [units.get(one.unit_id, "") for one in cards]),
        **_noted(reader, year),
        "total": sum(one.total for one in found),
        "rows": [row for one in found for row in _posting_rows(reader, one, names, units)],
        "links": [
            {
                "label": gettext("为什么是这个结果"),
                "href": url_for("why.page", member_id=member_id, year=year),
            },
            *reader.member_links(member_id),
        ],
        "export_href": url_for("overview.export_member", member_id=member_id, year=year),
    }


def _facts(card: Any, branches: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (gettext("编号"), card.number),
        (gettext("支部"), gettext(" → ").join(branches)),
        (gettext("豁免"), gettext("是") if card.exempt else gettext("否")),
    ]


def _posting_rows(
    reader: Reader, one: Posted, names: dict[str, str], units: dict[UUID, str]
) -> list[dict[str, Any]]:
    kinds = {"month": "", "late": gettext("补记"), "counter": gettext("冲减")}
    return [
        {
            "month": gettext("%(month)s 月", month=one.month),
            "part": one.part,
            "done": done,
            "category": names.get(category, category),
            "points": points,
            "kind": kinds.get(kind, kind),
            "branch": units.get(one.unit_id, ""),
            "by": one.by,
            "at": one.at,
            "href": reader.statement_href(one.statement_id),
        }
        for done, category, points, kind in one.posted
    ]
