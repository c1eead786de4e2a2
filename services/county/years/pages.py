"""Years of points and their rulebooks as pages show them: tables people can read."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from services.county.rulebooks.pages import certainty
from services.county.years import wording
from services.county.years.actions import years
from services.county.years.books import NEEDED, Book, heading, in_force, stored_book, versions
from services.county.years.models import MemberYear
from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.i18n import in_english, named
from shared.kit.web import db, me, now
from shared.rules.outcomes import Rule
from shared.rules.outcomes import Rulebook as Outcomes
from shared.rules.points.scheme_values import ORGANISATIONS, Category, Item, Scheme


def opened_year(year: int) -> MemberYear:
    """A year the county has opened; raises Absent."""
    found = db().get(MemberYear, year)
    if found is None:
        raise Absent
    return found


def openable() -> list[int]:
    """Years that may be opened now: this one and the next, unless they are."""
    here = civil(now()).year
    known = {one.year for one in years(db())}
    return [one for one in (here, here + 1) if one not in known]


def years_page() -> dict[str, Any]:
    """The list of years, and the county's own versions."""
    opened = years(db())
    return {
        "years": [_year_row(one) for one in opened],
        "openable": openable() if me().may("year.open") else [],
        "versions": [_version_row(one, opened) for one in versions(db())],
    }


def _year_row(one: MemberYear) -> dict[str, Any]:
    return {
        "year": one.year,
        "state": gettext(wording.STATES[one.state]),
        "ranked": gettext("可以排名") if one.ranked else gettext("不排名"),
        "books": len(one.rulebooks),
        "who": one.opened_by,
        "when": one.opened_at,
        "href": url_for("years.page", year=one.year),
    }


def _version_row(stored: Any, opened: Sequence[MemberYear]) -> dict[str, Any]:
    used = [one.year for one in opened if one.rulebooks.get(stored.kind) == stored.hash]
    return {
        "name": stored.name,
        "hash": stored.hash[:8],
        "kind": wording.kind_name(stored.kind),
        "effective": stored.effective_from,
        "used": gettext("、").join(str(one) for one in sorted(used)),
        "first": first_year(stored.effective_from, opened),
        "who": stored.added_by,
        "when": stored.added_at,
        "href": url_for("years.book", digest=stored.hash),
    }


def first_year(effective: date, opened: Sequence[MemberYear]) -> int:
    """The first year a version can bind: in force on its first day, and not opened yet."""
    first = effective.year if (effective.month, effective.day) == (1, 1) else effective.year + 1
    known = {one.year for one in opened}
    while first in known:
        first += 1
    return first


def year_page(year: int) -> dict[str, Any]:
    """One opened year with the rulebooks it pinned."""
    one = opened_year(year)
    books = [stored_book(db(), digest) for digest in one.rulebooks.values()]
    return {
        "one": one,
        "state": gettext(wording.STATES[one.state]),
        "books": [book_row(book, "") for book in books],
        **({"synthetic_note": gettext(one.synthetic_note)} if one.synthetic_note else {}),
    }


def form_page(
    year: int, errors: Sequence[dict[str, str]] = (), typed: dict[str, str] | None = None
) -> dict[str, Any]:
    """What opening `year` would pin, and the form."""
    books = in_force(db(), year)
    return {
        "year": year,
        "books": [book_row(book, NEEDED[book.key]) for book in books],
        "typed": typed or {},
        "errors": list(errors),
    }


def book_row(book: Book, shipped: str) -> dict[str, Any]:
    """One rulebook of a list; `shipped`: the name of the shipped text it is, where it is not stored."""
    top = heading(book.parsed)
    stored = book.stored is not None
    return {
        "kind": wording.kind_name(book.key),
        "name": named(top),
        "effective": top.effective_from,
        "source": certainty(top.certainty),
        "from": gettext("县里存有") if stored else gettext("平台自带"),
        "hash": book.parsed.hash[:8],
        "href": url_for("years.book", digest=book.parsed.hash)
        if stored
        else url_for("years.shipped", name=shipped),
        "json": url_for("years.book_text", digest=book.parsed.hash)
        if stored
        else url_for("years.shipped_text", name=shipped),
    }


def book_page(book: Book, shipped: str) -> dict[str, Any]:
    """One rulebook as tables."""
    top, opened = heading(book.parsed), years(db())
    origin = {"from": book.parsed.hash} if book.stored else {"shipped": shipped}
    made: dict[str, Any] = {
        "row": book_row(book, shipped),
        "source": top.source,
        "hash": book.parsed.hash,
        "used": [one.year for one in opened if book.parsed.hash in one.rulebooks.values()],
        "first": first_year(top.effective_from, opened),
        "copy_href": url_for("years.new_book", **origin),
        "kind": "points" if isinstance(book.parsed, Scheme) else book.key,
        "book": book.parsed,
    }
    if isinstance(book.parsed, Scheme):
        made |= scheme_tables(book.parsed)
    if isinstance(book.parsed, Outcomes):
        made["mechanisms"] = {key: gettext(words) for key, words in wording.MECHANISMS.items()}
        made["tiers"] = {key: gettext(words) for key, words in wording.TIERS.items()}
        made["conditions"] = _conditions
    return made


def _conditions(rule: Rule) -> list[str]:
    """What holds for a decision under this rule besides its clause."""
    said = [
        gettext("先听本人意见") if rule.heard_first else "",
        gettext("可以公开") if rule.public else gettext("不公开"),
        gettext("容错可以免") if rule.shieldable else "",
    ]
    return [one for one in said if one]


def scheme_tables(scheme: Scheme) -> dict[str, Any]:
    """A points scheme: facts, and items by category."""
    return {
        "facts": [
            (gettext("每月标准分"), scheme.standard, gettext("豁免党员另计")),
            (gettext("豁免党员每月标准分"), scheme.standard_exempt, ""),
            (gettext("每月封顶"), scheme.month_cap, ""),
            (gettext("参会封顶（每月）"), scheme.attendance_cap, ""),
        ],
        "days": [
            (gettext("补报期限"), gettext("当月结束后 %(days)s 天", days=scheme.late_days)),
            (gettext("相近申报提示"), gettext("前后 %(days)s 天内", days=scheme.near_days)),
            (gettext("扣分说明期限"), gettext("%(days)s 天", days=scheme.reply_days)),
        ],
        "categories": [
            {
                "name": named(one),
                "cap": _cap(one),
                "items": [_item(item, one, scheme) for item in scheme.items if item.category == one.code],
            }
            for one in scheme.categories
        ],
    }


def _cap(one: Category) -> str:
    if one.cap is None:
        return gettext("扣分不封顶") if one.sign < 0 else gettext("不另封顶")
    points = _points(one.cap)
    if one.period == "year":
        return gettext("全年最多 %(points)s 分", points=points)
    return gettext("每月最多 %(points)s 分", points=points)


def _points(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")


def _item(item: Item, category: Category, scheme: Scheme) -> dict[str, Any]:
    sign = "-" if category.sign < 0 else ""
    points = f"{sign}{_points(item.points)}"
    if item.ranged:
        points = gettext("%(least)s 到 %(most)s", least=points, most=f"{sign}{_points(item.most)}")
    marks = [
        gettext("刚性要求，豁免党员不计") if item.hard else "",
        gettext("参会") if item.attendance else "",
    ]
    return {
        "name": named(item),
        "unit": item.unit_en if in_english() and item.unit_en else item.unit,
        "points": points,
        "cap": _points(item.cap) if item.cap is not None else "—",
        "by": _by(item, scheme),
        "evidence": gettext(wording.EVIDENCE[item.evidence]),
        "marks": [one for one in marks if one],
    }


def _by(item: Item, scheme: Scheme) -> str:
    if scheme.field == ORGANISATIONS:
        return gettext("党组织申报") if item.by == "member" else gettext("上级登记")
    who = gettext("本人或代报") if item.by == "member" else gettext("支部登记")
    roles = gettext("、").join(wording.role_name(role) for role in item.roles)
    return gettext("%(who)s（限%(roles)s）", who=who, roles=roles) if roles else who
