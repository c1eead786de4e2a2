"""Who got which grade: by township, by branch, and member by member."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.county.grades import listing
from services.county.grades.listing import NONE, Asked
from services.county.years.actions import years
from services.county.years.books import stored_book
from services.county.years.models import MemberYear
from shared.kit.errors import Absent
from shared.kit.i18n import named
from shared.kit.units import Unit
from shared.kit.web import db, me
from shared.overview.pages import asked_places, turning

NAME_LENGTH = 64


def chosen_year() -> MemberYear:
    """The year of the address, else the newest with grades, else the newest. Raises Absent for none."""
    known = years(db())
    asked = request.args.get("year")
    if not asked:
        graded = listing.graded_years(db())
        known = [one for one in known if one.year in graded] or known
    for one in known:
        if not asked or asked == str(one.year):
            return one
    raise Absent


def grade_names(year: MemberYear) -> dict[str, str]:
    """Grades of the year's rulebook, best first, in the reader's language; last those without one."""
    book = stored_book(db(), year.rulebooks["appraisal"]).parsed
    return {**{one.code: named(one) for one in book.grades}, NONE: gettext("不定格次")}


def by_code(found: Mapping[str | None, int]) -> dict[str, int]:
    """Counts with the word that asks for those without a grade."""
    return {grade or NONE: many for grade, many in found.items()}


def tree_page() -> dict[str, Any]:
    """A unit's counts, and those of what lies one level below; each number leads to its members."""
    year, root = chosen_year(), _unit(request.args.get("unit", "")) or me().unit
    counted = listing.by_unit(db(), year.year)
    below = db().scalars(select(Unit).where(Unit.parent_id == root.id).order_by(Unit.path)).all()
    tree = _by_parent(counted, below)
    rows = [_row(one, tree[one.id], year.year) for one in below if tree[one.id]]
    whole = listing.together(tree.values())
    return {
        "heading": {
            "title": gettext("格次"),
            "note": gettext(
                "%(unit)s · %(year)s 年度 · 乡镇审定，申诉成立的按改定的算", unit=root.name, year=year.year
            ),
        },
        "crumb": _up(root, year.year),
        "rows": rows,
        "whole": by_code(whole),
        "grades": grade_names(year),
        "total": sum(whole.values()),
        "ungraded": len(below) - len(rows) if root.level == "township" else None,
        "years": _other_years(year.year),
        "members_href": _members(year.year, "" if root.level == "county" else str(root.id)),
        "href": lambda unit_id, grade: _members(year.year, str(unit_id), grade),
        **_noted(year),
    }


def _by_parent(
    counted: Mapping[UUID, Mapping[str | None, int]], below: Sequence[Unit]
) -> dict[UUID, dict[str | None, int]]:
    """Counts of each of these units: of a branch its own, of a township all its branches'."""
    mine = {one.id for one in below}
    parents: dict[UUID, UUID | None] = {}
    if any(one.level != "branch" for one in below):
        parents = {row.id: row.parent_id for row in db().execute(select(Unit.id, Unit.parent_id))}
    found: dict[UUID, list[Mapping[str | None, int]]] = {one: [] for one in mine}
    for unit_id, counts in counted.items():
        owner = unit_id if unit_id in mine else parents.get(unit_id)
        if owner in found:
            found[owner].append(counts)
    return {unit_id: listing.together(many) for unit_id, many in found.items()}


def _row(unit: Unit, counts: Mapping[str | None, int], year: int) -> dict[str, Any]:
    deeper = unit.level != "branch"
    return {
        "id": unit.id,
        "name": unit.name,
        "counts": by_code(counts),
        "total": sum(counts.values()),
        "href": url_for("grades.page", unit=unit.id, year=year) if deeper else _members(year, str(unit.id)),
    }


def _up(root: Unit, year: int) -> dict[str, str] | None:
    if root.id == me().unit.id or root.parent_id is None:
        return None
    return {"label": gettext("格次"), "href": url_for("grades.page", year=year)}


def _members(year: int, unit: str = "", grade: str = "") -> str:
    asked: dict[str, Any] = {"year": year, "unit": unit or None, "grade": grade or None}
    return url_for("grades.members", **asked)


def _other_years(year: int) -> list[dict[str, Any]]:
    return [
        {"label": one.year, "href": url_for("grades.page", year=one.year)}
        for one in years(db())
        if one.year != year
    ]


def _noted(year: MemberYear) -> dict[str, str]:
    return {"synthetic_note": gettext(year.synthetic_note)} if year.synthetic_note else {}


def _unit(asked: str) -> Unit | None:
    """A unit of the address, in scope; None for none asked for. Raises Absent."""
    if not asked:
        return None
    try:
        found = db().get(Unit, UUID(asked))
    except ValueError:
        found = None
    if found is None or not found.path.startswith(me().unit.path):
        raise Absent
    return found


def asked_for() -> tuple[MemberYear, Asked, Unit | None]:
    """The year, what the address narrows the list to, and the unit it names. Raises Absent."""
    year, unit = chosen_year(), _unit(request.args.get("unit", ""))
    grade = request.args.get("grade", "")
    if grade and grade not in grade_names(year):
        raise Absent
    units = None if unit is None or unit.level == "county" else listing.below(db(), unit)
    name = request.args.get("name", "").strip()[:NAME_LENGTH]
    return year, Asked(year.year, units, grade, name), unit


def members_page() -> dict[str, Any]:
    """Members with their grades, a page at a time."""
    year, asked, unit = asked_for()
    found = listing.page_of(db(), asked, **asked_places())
    names, counted = grade_names(year), by_code(listing.by_grade(db(), asked))
    kept: dict[str, Any] = {
        "year": year.year,
        "unit": request.args.get("unit") or None,
        "grade": asked.grade or None,
        "name": asked.name or None,
    }
    return {
        "heading": {
            "title": gettext("%(unit)s的格次", unit=unit.name) if unit else gettext("党员格次"),
            "note": gettext("%(year)s 年度", year=year.year),
        },
        "crumb": {"label": gettext("格次"), "href": url_for("grades.page", year=year.year)},
        "rows": member_rows(found.rows, names, year.year),
        "chips": _chips(names, counted, kept, asked.grade),
        "selects": _selects(unit),
        "search": {"name": "name", "label": gettext("姓名"), "value": asked.name},
        "keep": [(name, kept[name]) for name in ("year", "grade") if kept[name]],
        "total": counted.get(asked.grade, 0) if asked.grade else sum(counted.values()),
        "turns": turning("grades.members", found, kept),
        "export_href": url_for("grades.export", **kept),
        **_noted(year),
    }


def member_rows(rows: Sequence[Any], names: Mapping[str, str], year: int) -> list[dict[str, Any]]:
    """Rows of the list as the page shows them."""
    units = unit_names({row.unit_id for row in rows})
    return [
        {
            "name": row.name,
            "number": row.number,
            "branch": units[row.unit_id][0],
            "township": units[row.unit_id][1],
            "grade": names.get(row.grade or NONE, row.grade),
            "graded": names.get(row.graded or NONE, row.graded) if row.graded != row.grade else "",
            "total": row.total,
            "rank": row.rank,
            "exempt": row.exempt,
            "by": row.confirmed_by,
            "at": row.confirmed_at,
            "href": url_for("why.page", member_id=row.member_id, year=year),
        }
        for row in rows
    ]


def unit_names(units: set[UUID]) -> dict[UUID, tuple[str, str]]:
    """By branch, its name and its township's."""
    known = {row.id: row for row in db().execute(select(Unit.id, Unit.name, Unit.parent_id))}
    above = {one: known.get(known[one].parent_id) for one in units if one in known}
    return {
        one: (known[one].name, parent.name if parent else "") if one in known else ("", "")
        for one in units
        for parent in [above.get(one)]
    }


def _chips(
    names: Mapping[str, str], counted: Mapping[str, int], kept: Mapping[str, Any], chosen: str
) -> list[dict[str, Any]]:
    options = [("", gettext("全部"), sum(counted.values()))]
    options += [(code, name, counted.get(code, 0)) for code, name in names.items()]
    return [
        {
            "label": label,
            "count": many,
            "href": url_for("grades.members", **{**kept, "grade": code or None}),
            "active": code == chosen,
        }
        for code, label, many in options
    ]


def _selects(unit: Unit | None) -> list[dict[str, Any]]:
    """A township to choose, and below one its branches."""
    chosen = unit.id if unit else None
    township = unit if unit is None or unit.level != "branch" else db().get(Unit, unit.parent_id)
    query = select(Unit).where(Unit.level == "township").order_by(Unit.path)
    options = [{"value": "", "label": gettext("全部乡镇"), "selected": chosen is None}]
    for one in db().scalars(query):
        mine = township is not None and one.id == township.id
        options.append({"value": one.id, "label": one.name, "selected": one.id == chosen})
        if mine:
            # Below the chosen township its branches: one field, so that nothing can contradict itself.
            branches = select(Unit).where(Unit.parent_id == one.id).order_by(Unit.path)
            options += [
                {"value": each.id, "label": f"　{each.name}", "selected": each.id == chosen}
                for each in db().scalars(branches)
            ]
    return [{"name": "unit", "label": gettext("单位"), "options": options}]
