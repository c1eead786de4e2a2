"""What both tiers' pages of branches as subjects show: an entry's row, a unit's year, the entry form."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from flask import request
from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.days import day_words
from shared.kit.i18n import in_english, named
from shared.kit.web import now
from shared.organisations import wording
from shared.organisations.ledger import Standing, YearOfUnit, doubts, year_of_unit
from shared.rules.points.claims import worth
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Line
from shared.sync.years import MemberYear


def year_page(here: MemberYear, rows: Sequence[Standing]) -> dict[str, Any]:
    """One unit's year: what counts by category, and every entry with what it gave and what cut it."""
    year = year_of_unit(rows)
    return {
        "total": year.total,
        "categories": _categories(here.organisations, year) if here.organisations else [],
        "rows": [row(one, rows, year.lines.get(str(one.entry.id))) for one in reversed(rows)],
        **note_of(here),
    }


def note_of(here: MemberYear) -> dict[str, str]:
    """What the county says of figures that are not real."""
    note = here.opened.synthetic_note
    return {"synthetic_note": gettext(note)} if note else {}


def _categories(scheme: Scheme, year: YearOfUnit) -> list[dict[str, Any]]:
    return [
        {"name": named(one), "points": year.categories.get(one.code, 0), "cap": one.cap, "period": one.period}
        for one in scheme.categories
    ]


def row(one: Standing, others: Sequence[Standing], line: Line | None = None) -> dict[str, Any]:
    """An entry as a row; `line` is what it gave in the year."""
    entry, item, decision = one.entry, one.item, one.decision
    words, colour = (wording.DEDUCTIONS if one.deduction else wording.STATES)[one.state]
    sign = -1 if one.deduction else 1
    asked = worth(item, entry.times) if item else 0
    return {
        "id": entry.id,
        "version": one.version,
        "item": named(item) if item else entry.item,
        "times": _times(one),
        "day": say_day(entry.day),
        "what": entry.what,
        "witness": entry.witness,
        "by": entry.by,
        "at": entry.at,
        "above": entry.above,
        "asked": sign * asked,
        "range": _range(one),
        "given": line.points if line else None,
        "cut": gettext(wording.CUTS[line.cut]) if line and line.cut else "",
        "state": gettext(words),
        "code": one.state,
        "colour": colour,
        "who": decision.by if decision else entry.by,
        "when": decision.at if decision else entry.at,
        "reason": decision.text if decision else "",
        "reply": one.reply.text if one.reply else "",
        "heard_by": say_day(one.heard_by) if entry.above else "",
        "fault": gettext(wording.FAULTS.get(entry.fault, wording.FAULT)) if entry.fault else "",
        "doubts": [] if one.state != "waiting" else _doubted(doubts(one, others)),
    }


def _times(one: Standing) -> str:
    if one.item is None or one.entry.times == 1:
        return ""
    unit = one.item.unit_en if in_english() and one.item.unit_en else one.item.unit
    return f"{one.entry.times} {unit}"


def _range(one: Standing) -> dict[str, int] | None:
    if one.item is None or not one.item.ranged:
        return None
    return {"least": one.item.points * one.entry.times, "most": one.item.most * one.entry.times}


def _doubted(found: Iterable[Any]) -> list[str]:
    """Each doubt in words, once a day: a hundred like entries of one day are one thing to look at."""
    told = {(one.code, one.values["day"]): one for one in found}
    return [_doubt(one) for one in told.values()]


def _doubt(found: Any) -> str:
    return str(gettext(wording.DOUBTS[found.code], day=say_day(found.values["day"])))


def say_day(value: date) -> str:
    """'10 月 16 日', with the year where it is another, in the reader's language."""
    return day_words(value)


def entry_form(here: MemberYear, errors: Sequence[dict[str, str]], *, above: bool) -> dict[str, Any]:
    """The form, as typed where it comes back; items that this tier may enter, by category."""
    typed, today = request.form, civil(now()).date()
    scheme = here.organisations
    groups = []
    for category in scheme.categories if scheme else ():
        options = [
            {
                "value": item.code,
                "label": named(item),
                "points": item.points * category.sign,
                "most": item.most * category.sign if item.ranged else None,
                "selected": item.code == typed.get("item", request.args.get("item")),
            }
            for item in (scheme.items if scheme else ())
            if item.category == category.code and (item.by == "branch") == above
        ]
        if options:
            groups.append({"label": named(category), "options": options})
    return {
        "id": typed.get("id") or str(uuid4()),
        "groups": groups,
        "typed": {name: typed.get(name, "") for name in ("what", "witness")},
        "day": typed.get("day") or today.isoformat(),
        "times": typed.get("times") or "1",
        "errors": list(errors),
        "above": above,
        "late_days": scheme.late_days if scheme else 0,
        **note_of(here),
    }
