"""The county's table of classes: every unit of a year, filtered, counted, a page at a time or as Excel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.county.organisations.models import ClassedUnit
from services.county.organisations.room import ROOM, member_year
from services.county.organisations.standing import UnitClass, classes
from services.county.years.actions import years
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.excel import Column, Sheet, workbook
from shared.kit.i18n import named
from shared.kit.units import Unit, with_members
from shared.kit.web import carried, db, me, now
from shared.organisations.pages import note_of
from shared.organisations.place import reported_by
from shared.organisations.why import grade_of
from shared.organisations.year_end import UnitYear, unit_years
from shared.rules.appraisal import Rulebook

ON_A_PAGE = 50
UNCLASSED = "unclassed"
RECTIFYING = ("owed", "late", "closed")


@dataclass(frozen=True)
class Line:
    """One unit of the table; `one` None while it has no class."""

    unit: Unit
    pool: str
    one: UnitClass | None
    owed: date | None
    words: UnitYear

    @property
    def code(self) -> str:
        """Its class, or that it has none."""
        return self.one.grade if self.one else UNCLASSED

    def rectifying(self, today: date) -> str:
        """'' nothing owed, 'owed', 'late' or 'closed'."""
        if self.owed is None:
            return ""
        if self.words.rectification == "closed":
            return "closed"
        return "late" if self.owed < today else "owed"


def chosen_year() -> int:
    """The year of the address, else the newest that is reported on. Raises Absent for one not opened."""
    known = [one.year for one in years(db())]
    asked = request.args.get("year") or str(reported_by(known) or max(known, default=""))
    for one in known:
        if asked == str(one):
            return one
    raise Absent


def lines(year: int) -> list[Line]:
    """Every branch with members, and committees once they have a class; the best total first."""
    found, rulebook = classes(db(), year), member_year(db(), year).appraisal_organisations
    known = {one.id: one for one in db().scalars(select(Unit))}
    subjects = set(db().scalars(select(Unit.id).where(with_members(), Unit.closed_on.is_(None))))
    said = unit_years(db(), ROOM.said, year)
    made = [
        Line(
            known[unit],
            known[known[unit].parent_id].name if known[unit].parent_id in known else "",  # type: ignore[index]
            found.get(unit),
            found[unit].owed(rulebook) if unit in found else None,
            said.get(unit, UnitYear()),
        )
        for unit in subjects | set(found)
    ]
    return sorted(made, key=lambda line: (-(line.one.total if line.one else -(10**9)), line.unit.path))


def filtered(every: Sequence[Line], today: date) -> list[Line]:
    """Those that pass what the address asks for."""
    asked = {name: request.args.get(name, "") for name in ("grade", "pool", "rectify", "level")}
    name = request.args.get("q", "").strip()
    return [
        line
        for line in every
        if (not asked["grade"] or line.code == asked["grade"])
        and (not asked["pool"] or str(line.unit.parent_id) == asked["pool"])
        and (not asked["rectify"] or line.rectifying(today) == asked["rectify"])
        and (not asked["level"] or line.unit.level == asked["level"])
        and name in line.unit.name
    ]


def table_page() -> dict[str, Any]:
    """The table with counts by class, filters, a page of rows."""
    year = chosen_year()
    here, every, today = member_year(db(), year), lines(year), civil(now()).date()
    rulebook, found = here.appraisal_organisations, filtered(every, today)
    last = max(1, -(-len(found) // ON_A_PAGE))
    current = min(last, max(1, int(_asked("page") or 1)) if _asked("page").isdecimal() else 1)
    shown = found[(current - 1) * ON_A_PAGE : current * ON_A_PAGE]
    return {
        "heading": {
            "title": gettext("党组织类别"),
            "note": gettext("%(unit)s，%(year)s 年", unit=me().unit.name, year=year),
        },
        "year": year,
        "years": [_year(one.year, year) for one in years(db())],
        "chips": _chips(rulebook, every),
        "selects": _selects(every, today),
        "search": {"name": "q", "label": gettext("名称"), "value": _asked("q")},
        "keep": [("year", year), *([("grade", _asked("grade"))] if _asked("grade") else [])],
        "count": len(found),
        "rows": [row(line, rulebook, today) for line in shown],
        "pages": {"current": current, "last": last, "href": lambda page: _to(page=page), "total": len(found)},
        "export_href": url_for("classes.export", **{**carried(), "year": year}),
        **note_of(here),
    }


def _asked(name: str) -> str:
    return request.args.get(name, "")


def _to(**change: Any) -> str:
    """This table with something of its address changed."""
    kept = {name: value for name, value in carried("page").items() if value}
    return url_for("classes.page", **{**kept, **change})


def _year(year: int, shown: int) -> dict[str, Any]:
    return {
        "label": year,
        "count": None,
        "href": url_for("classes.page", year=year),
        "active": year == shown,
    }


def _counts(every: Sequence[Line]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for line in every:
        found[line.code] = found.get(line.code, 0) + 1
    return found


def _chips(rulebook: Rulebook, every: Sequence[Line]) -> list[dict[str, Any]]:
    counts, asked = _counts(every), _asked("grade")
    codes = [("", gettext("全部")), *((one.code, named(one)) for one in rulebook.grades)]
    return [
        {
            "label": label,
            "count": counts.get(code, 0) if code else len(every),
            "href": _to(grade=code) if code else _to(grade=None),
            "active": asked == code,
        }
        for code, label in [*codes, (UNCLASSED, gettext("还没有类别"))]
    ]


def _selects(every: Sequence[Line], today: date) -> list[dict[str, Any]]:
    pools = {str(line.unit.parent_id): line for line in every if line.unit.level == "branch"}
    ordered = sorted(pools.items(), key=lambda pair: pair[1].unit.path)
    rectifying = {
        "": gettext("全部"),
        "owed": gettext("整改中"),
        "late": gettext("整改过期"),
        "closed": gettext("已销号"),
    }
    levels = {"": gettext("全部"), "branch": gettext("支部"), "township": gettext("党委")}
    return [
        _select("pool", gettext("上级"), {"": gettext("全部"), **{key: one.pool for key, one in ordered}}),
        _select("level", gettext("层级"), levels),
        _select("rectify", gettext("整改"), rectifying),
    ]


def _select(name: str, label: str, options: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [
            {"value": value, "label": words, "selected": value == _asked(name)}
            for value, words in options.items()
        ],
    }


def row(line: Line, rulebook: Rulebook, today: date) -> dict[str, Any]:
    """One unit as the table shows it."""
    one = line.one
    return {
        "name": line.unit.name,
        "pool": line.pool,
        "href": url_for("classes.unit", unit_id=line.unit.id, year=one.row.year) if one else "",
        "grade": grade_of(rulebook, one.grade) if one else None,
        "total": one.total if one else None,
        "base": one.row.base if one else None,
        "earned": one.row.months + one.row.bonus - one.row.deductions if one else None,
        "appraisal": one.row.appraisal if one else None,
        "rank": one.row.rank if one else None,
        "reviewed": bool(one and one.review),
        "owed": line.owed,
        "rectifying": line.rectifying(today),
    }


def export_file(at: datetime) -> tuple[str, bytes]:
    """The filtered table as Excel, and its year."""
    year, today = chosen_year(), civil(at).date()
    rulebook = member_year(db(), year).appraisal_organisations
    every = filtered(lines(year), today)
    words = {"": "", "owed": gettext("整改中"), "late": gettext("整改过期"), "closed": gettext("已销号")}
    columns = [
        Column(gettext("单位代码"), 16),
        Column(gettext("上级"), 20),
        Column(gettext("党组织"), 24),
        Column(gettext("类别"), 10),
        Column(gettext("年度总分"), 12, "score"),
        Column(gettext("基础分"), 12, "score"),
        Column(gettext("评议得分"), 12, "score"),
        Column(gettext("加分"), 12, "score"),
        Column(gettext("扣分"), 12, "score"),
        Column(gettext("排名"), 8, "whole"),
        Column(gettext("整改"), 12),
        Column(gettext("整改期限"), 14),
    ]
    rows = [_excel(line, rulebook, words[line.rectifying(today)]) for line in every]
    notes = [
        gettext("单位：%(unit)s", unit=me().unit.name),
        gettext("导出时间：%(at)s", at=civil(at).strftime("%Y-%m-%d %H:%M")),
    ]
    title = gettext("%(year)s 年党组织类别", year=year)
    return str(year), workbook([Sheet(gettext("党组织类别"), title, notes, columns, rows)])


def _excel(line: Line, rulebook: Rulebook, rectifying: str) -> list[Any]:
    one = line.one
    head = [line.unit.code, line.pool, line.unit.name]
    if one is None:
        return [*head, gettext("还没有类别"), *([None] * 6), rectifying, ""]
    found: ClassedUnit = one.row
    points = [one.total, found.base, found.appraisal, found.bonus, found.deductions]
    grade = grade_of(rulebook, one.grade)["name"]
    return [*head, grade, *points, found.rank, rectifying, line.owed.isoformat() if line.owed else ""]


def line_of(year: int, unit_id: UUID) -> Line:
    """One classed unit. Raises Absent."""
    found = next((one for one in lines(year) if one.unit.id == unit_id and one.one), None)
    if found is None:
        raise Absent
    return found
