"""From a JSON document to a `Scheme`: every field checked, every error with its path.

The caps are nested (item in category in month, attendance inside one category), because only then is the
total of a month independent of the order of its claims, and never lowered by one claim more.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shared.rules.canonical import digest
from shared.rules.document import DocumentError, Section
from shared.rules.rulebook import CERTAINTIES

from .scheme_values import EVIDENCE, FIELDS, KINDS, ORGANISATIONS, Category, Item, Scheme

_TOP = [
    *["schema_version", "kind", "field", "name", "source", "certainty", "effective_from"],
    *["categories", "items", "attendance_cap", "month_cap"],
    *["late_days", "near_days", "reply_days", "standard", "standard_exempt"],
]
_MOST = 1000_00


def parse_scheme(document: Any) -> Scheme:
    """Check a points scheme and freeze it; DocumentError at the first thing wrong."""
    top = Section.of(document, "")
    top.only(_TOP, ("name_en", "note"))
    top.whole("schema_version", 1, 1)
    top.choice("kind", ["points"])
    categories = _categories(top)
    items = _items(top, {one.code: one for one in categories})
    _check_attendance(top, items)
    return Scheme(
        name=top.text("name"),
        name_en=top.optional_text("name_en"),
        field=top.choice("field", (*FIELDS, ORGANISATIONS)),
        source=top.text("source"),
        certainty=top.choice("certainty", CERTAINTIES),
        effective_from=_date(top, "effective_from"),
        categories=categories,
        items=items,
        attendance_cap=points_of(top, "attendance_cap"),
        month_cap=points_of(top, "month_cap"),
        late_days=top.whole("late_days", 0, 62),
        near_days=top.whole("near_days", 0, 31),
        reply_days=top.whole("reply_days", 1, 31),
        standard=points_of(top, "standard"),
        standard_exempt=points_of(top, "standard_exempt"),
        hash=digest(document),
    )


def points_of(section: Section, key: str, least: int = 0) -> int:
    """Points with at most two decimals as integer hundredths, from `least` to 1000 points."""
    points = section.number(key) * 100
    if points != points.to_integral_value() or not least <= points <= _MOST:
        low, high = Decimal(least) / 100, Decimal(_MOST) / 100
        raise DocumentError(
            section.at(key),
            f"请填 {low:f} 到 {high:f} 的分数，最多两位小数",
            f"must be points from {low:f} to {high:f} with at most two decimals",
        )
    return int(points)


def _date(section: Section, key: str) -> date:
    try:
        return date.fromisoformat(section.text(key))
    except ValueError:
        raise DocumentError(
            section.at(key), "请填日期，如 2026-01-01", "must be a date such as 2026-01-01"
        ) from None


def _categories(top: Section) -> tuple[Category, ...]:
    made: list[Category] = []
    for section in top.sections("categories"):
        section.only(["code", "name", "kind"], ["name_en", "month_cap", "year_cap"])
        made.append(_category(section))
        _unique(section, [one.code for one in made[:-1]], made[-1].code)
    return tuple(made)


def _category(section: Section) -> Category:
    caps = {"month_cap", "year_cap"} & set(section.value)
    if len(caps) == 2:
        raise DocumentError(
            section.at("year_cap"),
            "每月封顶和全年封顶只能写一个",
            "give either month_cap or year_cap: caps must be nested",
        )
    key = caps.pop() if caps else ""
    return Category(
        code=section.code("code"),
        name=section.text("name"),
        name_en=section.optional_text("name_en"),
        kind=section.choice("kind", KINDS),
        period="year" if key == "year_cap" else "month",
        cap=points_of(section, key, 1) if key else None,
    )


def _unique(section: Section, taken: Sequence[str], code: str) -> None:
    if code in taken:
        raise DocumentError(
            section.at("code"), f"“{code}”重复，请换一个", f"'{code}' is used twice: choose another"
        )


def _items(top: Section, categories: dict[str, Category]) -> tuple[Item, ...]:
    made: list[Item] = []
    for section in top.sections("items"):
        section.only(
            ["code", "name", "category", "unit", "points", "evidence", "by"],
            ["name_en", "unit_en", "most", "cap", "roles", "hard", "attendance"],
        )
        made.append(_item(section, categories))
        _unique(section, [one.code for one in made[:-1]], made[-1].code)
    for code in categories:
        if all(item.category != code for item in made):
            raise DocumentError("categories", f"“{code}”下没有积分项", f"'{code}' has no item: add one")
    return tuple(made)


def _item(section: Section, categories: dict[str, Category]) -> Item:
    points = points_of(section, "points", 1)
    most = points_of(section, "most", 1) if "most" in section.value else points
    if most < points:
        raise DocumentError(section.at("most"), "不能小于 points", "must not be below points")
    return Item(
        code=section.code("code"),
        name=section.text("name"),
        name_en=section.optional_text("name_en"),
        category=section.choice("category", sorted(categories)),
        unit=section.text("unit"),
        unit_en=section.optional_text("unit_en"),
        points=points,
        most=most,
        cap=points_of(section, "cap", 1) if "cap" in section.value else None,
        roles=_roles(section),
        evidence=section.choice("evidence", EVIDENCE),
        by=section.choice("by", ["member", "branch"]),
        hard=_flag(section, "hard"),
        attendance=_flag(section, "attendance"),
    )


def _roles(section: Section) -> tuple[str, ...]:
    if "roles" not in section.value:
        return ()
    roles = section.items("roles")
    if not roles or not all(isinstance(role, str) and role for role in roles):
        raise DocumentError(
            section.at("roles"), "请列出可申报的身份，不限就删去", "must list roles; remove it for everyone"
        )
    return tuple(roles)


def _flag(section: Section, key: str) -> bool:
    value = section.value.get(key, False)
    if not isinstance(value, bool):
        raise DocumentError(section.at(key), "只能是 true 或 false", "must be true or false")
    return value


def _check_attendance(top: Section, items: Sequence[Item]) -> None:
    if len({item.category for item in items if item.attendance}) > 1:
        raise DocumentError(
            top.at("items"),
            "参会类积分项只能放在同一个类别里",
            "items marked attendance must stand in one category: caps must be nested",
        )
