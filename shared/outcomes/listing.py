"""The list of cases with its filters, and as Excel."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import Select, func, select

from shared.kit.i18n import in_english, named
from shared.kit.units import Unit
from shared.kit.web import db, me
from shared.outcomes import wording
from shared.outcomes.keeping import may_speak
from shared.outcomes.pages import Errors, chosen_year, note_of
from shared.outcomes.place import Place
from shared.rules.outcomes import Rulebook

PAGE = 50
WAITING = ("open", "decided")
STATES = ("open", "decided", "in_force", "dropped", "undone", "withdrawn")


def list_page(place: Place, errors: Errors = ()) -> dict[str, Any]:
    """Cases of a year, those that wait first."""
    year = chosen_year(place)
    rulebook = place.rulebook(year)
    state = _state()
    query, counts = _of_state(_narrowed(place, year), place, state), _counts(place, year)
    asked = request.args.get("page", "1")
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
    total = db().scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db().execute(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    return {
        "year": year,
        "heading": _heading(place, year),
        "personal": me().scope.person is not None,
        "rows": [case_row(place, rulebook, *row) for row in rows],
        "chips": [
            _chip(one, state, counts) for one in STATES if counts.get(one) or one in ("open", "decided")
        ],
        "selects": _selects(place, rulebook, year),
        "search": None
        if me().scope.person
        else {"name": "name", "label": gettext("姓名"), "value": request.args.get("name", "")},
        "keep": [("year", year), ("state", state)],
        "pages": {
            "current": page,
            "last": -(-total // PAGE) or 1,
            "href": lambda number: _here(page=str(number)),
        },
        "total": total,
        "state": state,
        "drawing": place.drawing(year) if me().may("outcome.decide") else None,
        "asks": place.asks(year),
        "errors": list(errors),
        **note_of(place, year),
    }


def every_row(place: Place, year: int) -> list[dict[str, Any]]:
    """All rows that the address asks for, for a file."""
    query = _of_state(_narrowed(place, year), place, _state())
    rulebook = place.rulebook(year)
    return [case_row(place, rulebook, *row) for row in db().execute(query)]


def _state() -> str:
    """A state, or '' for all; those that wait unless the address says otherwise, all for a member."""
    return request.args.get("state", "" if me().scope.person else "open")


def _of_state(query: Select[Any], place: Place, state: str) -> Select[Any]:
    return query.where(place.reading.cases.state == state) if state in STATES else query


def _heading(place: Place, year: int) -> dict[str, str]:
    if me().scope.person:
        return {"title": gettext("我的结果和申诉"), "note": gettext("%(year)s 年度", year=year)}
    note = gettext(
        "%(unit)s · %(year)s 年度；规则只提建议，一人决定、另一人确认", unit=me().unit.name, year=year
    )
    return {"title": gettext("结果运用"), "note": note}


def _narrowed(place: Place, year: int) -> Select[Any]:
    cases, roster = place.reading.cases, place.roster
    query = (
        select(cases, roster.name, roster.number, Unit.name)
        .join(Unit, Unit.id == cases.unit_id)
        .outerjoin(
            roster, (getattr(roster, place.roster_key) == cases.member_id) & (roster.unit_id == cases.unit_id)
        )
        .where(cases.year == year)
        .order_by(Unit.path, roster.number, cases.opened_at, cases.id)
    )
    if tier := request.args.get("tier", ""):
        query = query.where(cases.tier == tier)
    if what := request.args.get("what", ""):
        query = query.where(cases.sort == what if what in wording.SORTS else cases.code == what)
    if name := request.args.get("name", "").strip():
        query = query.where(roster.name.contains(name, autoescape=True))
    return query


def _counts(place: Place, year: int) -> dict[str, int]:
    found = _narrowed(place, year).subquery()
    query = select(found.c.state, func.count()).group_by(found.c.state)
    return {row[0]: row[1] for row in db().execute(query)}


def _here(**changed: str) -> str:
    """This list with something changed; what is empty is left out."""
    kept = {**request.args.to_dict(), **changed}
    given: dict[str, Any] = {key: value for key, value in kept.items() if value}
    return url_for("outcomes.page", **given)


def _chip(code: str, state: str, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "label": wording.state("outcome", code)[0],
        "count": counts.get(code, 0),
        "href": _here(state=code, page=""),
        "active": code == state,
    }


def _selects(place: Place, rulebook: Rulebook, year: int) -> list[dict[str, Any]]:
    """Which outcome, decided by which tier; a member has few, and needs neither."""
    if me().scope.person:
        return []
    what, tier = request.args.get("what", ""), request.args.get("tier", "")
    codes = db().scalars(
        select(place.reading.cases.code)
        .where(place.reading.cases.year == year, place.reading.cases.sort == "outcome")
        .distinct()
    )
    known = set(codes)
    options = [{"value": "", "label": gettext("全部事项"), "selected": not what}]
    options += [
        {"value": one.code, "label": named(one), "selected": what == one.code}
        for one in rulebook.rules
        if one.code in known
    ]
    options += [
        {"value": sort, "label": gettext(wording.SORTS[sort]), "selected": what == sort}
        for sort in ("tolerance", "appeal")
    ]
    tiers = [{"value": "", "label": gettext("各级"), "selected": not tier}]
    tiers += [
        {"value": one, "label": gettext(words), "selected": tier == one}
        for one, words in wording.TIERS.items()
    ]
    return [
        {"name": "what", "label": gettext("事项"), "options": options},
        {"name": "tier", "label": gettext("谁决定"), "options": tiers},
    ]


def case_row(
    place: Place, rulebook: Rulebook, case: Any, name: str | None, number: str, unit: str
) -> dict[str, Any]:
    """One case as its row shows it."""
    words, colour = wording.state(case.sort, case.state)
    may = [
        kind
        for kind in ("decided", "confirmed")
        if me().may(wording.PERMISSION[case.sort, kind]) and may_speak(place.reading.tier, case.tier, kind)
    ]
    fits = {"open": "decided", "decided": "confirmed"}.get(case.state)
    return {
        "id": case.id,
        "version": case.version,
        "name": name or gettext("（已转出）"),
        "number": number or "",
        "unit": unit,
        "what": wording.case_name(rulebook, case),
        "reasons": [english if in_english() else text for text, english in case.reasons] or [case.text],
        "tier": gettext(wording.TIERS[case.tier]),
        "state": words,
        "colour": colour,
        "when": case.opened_at,
        "href": url_for("outcomes.one", case_id=case.id),
        "selectable": fits in may and case.sort == "outcome" and case.member_id != me().person_id,
    }
