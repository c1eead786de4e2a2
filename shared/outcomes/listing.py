"""The list of cases with its filters, and as Excel."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import Select, func, select

from shared.kit.i18n import in_english, named
from shared.kit.units import Unit
from shared.kit.web import carried, db, me, now
from shared.outcomes import wording
from shared.outcomes.batches import MOST, batches_of
from shared.outcomes.desk import rule_of
from shared.outcomes.notices import documents
from shared.outcomes.pages import Errors, chosen_year, note_of
from shared.outcomes.place import Place
from shared.outcomes.voice import UNTOLD, Voice, voice
from shared.outcomes.waiting import MINE, counts, may_ever, waits_for
from shared.rules.outcomes import Rulebook

PAGE = 50
# What may be done about many at once in a list narrowed so.
BULK = {"decide": "decide", "open": "decide", "confirm": "confirm", "decided": "confirm"}
STATES = ("open", "decided", "in_force", "dropped", "undone", "withdrawn")


def list_page(place: Place, errors: Errors = ()) -> dict[str, Any]:
    """Cases of a year, those that wait first."""
    year = chosen_year(place)
    rulebook = place.rulebook(year)
    mine = _mine(place, year)
    state = _state(mine)
    query = _of_state(_narrowed(place, year), place, state)
    asked = request.args.get("page", "1")
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
    total = db().scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db().execute(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    speaker = voice(db(), place.reading, me())
    made = [case_row(speaker, rulebook, *row) for row in rows]
    _ask_to_sign(place, made)
    bulk = BULK.get(state) if any(row["selectable"] for row in made) else None
    return {
        "year": year,
        "heading": _heading(place, year),
        "personal": me().scope.person is not None,
        "rows": made,
        "chips": _chips(place, year, state, mine),
        "selects": _selects(place, rulebook, year),
        "search": None
        if me().scope.person
        else {"name": "name", "label": gettext("姓名"), "value": request.args.get("name", "")},
        "keep": [("state", state)] if len(place.years()) > 1 else [("year", year), ("state", state)],
        "pages": {
            "current": page,
            "last": -(-total // PAGE) or 1,
            "href": lambda number: _here(page=str(number)),
        },
        "total": total,
        "state": state,
        "export_href": url_for("outcomes.export", **carried("year", "state"), year=year, state=state),
        "many_href": url_for("outcomes.many", **carried("state"), state=state),
        "bulk": bulk,
        "drawing": place.drawing(year) if me().may("outcome.decide") else None,
        "asks": place.asks(year),
        "brought": place.brought(year),
        "prints": _prints(place, year) if state == "in_force" else None,
        "errors": list(errors),
        **note_of(place, year),
    }


def _printable(place: Place, year: int) -> Select[Any]:
    """Cases in force, as the address narrows them, of which this tier sends a notice."""
    cases = place.reading.cases
    query = _of_state(_narrowed(place, year), place, "in_force")
    return query.where(
        cases.tier == place.reading.tier,
        cases.sort != "appeal",
        cases.code.in_(documents(place.rulebook(year))),
    )


def printed(place: Place, year: int) -> list[Any]:
    """The cases whose notices the list's address asks for, in the list's order; one more than may be made."""
    return list(db().scalars(_printable(place, year).limit(MOST + 1)))


def _prints(place: Place, year: int) -> dict[str, Any] | None:
    """How many notices the list has, and the batches that are kept; None where there is neither."""
    if place.batches is None or me().scope.person:
        return None
    many = db().scalar(select(func.count()).select_from(_printable(place, year).subquery())) or 0
    kept = batches_of(db(), voice(db(), place.reading, me()), place.batches, year, now())
    asked: dict[str, Any] = {**carried(), "year": year}
    if not many and not kept:
        return None
    return {
        "many": many,
        "most": MOST,
        "href": url_for("outcomes.ask_notices", **asked),
        "kept": [
            {
                "href": url_for("outcomes.notices", batch_id=one.id),
                "by": one.asked_by,
                "at": one.asked_at,
                "total": one.total,
            }
            for one in kept
        ],
    }


def filters_said(place: Place, year: int) -> list[str]:
    """What the address narrows the list to, in words."""
    said = [
        option["label"]
        for one in _selects(place, place.rulebook(year), year)
        for option in one["options"]
        if option["selected"] and option["value"]
    ]
    name = request.args.get("name", "").strip()
    return [*said, *([gettext("姓名含“%(name)s”", name=name)] if name else [])]


def _ask_to_sign(place: Place, rows: list[dict[str, Any]]) -> None:
    """Mark what waits for a member, to be heard on or to sign; the first of it is the one to begin with."""
    if me().scope.person is None:
        return
    cases = place.reading.cases
    for what in ("state", "sign"):
        waiting = waits_for(db(), place.reading, me(), what, now())
        found = set(db().scalars(select(cases.id).where(waiting)))
        for row in rows:
            row[f"to_{what}"] = row["id"] in found
    rows.sort(key=lambda row: not (row["to_sign"] or row["to_state"]))
    for row in rows[:1]:
        row["first_to_sign"] = row["to_sign"] or row["to_state"]


def every_row(place: Place, year: int) -> list[dict[str, Any]]:
    """All rows that the address asks for, for a file; what came along last."""
    query = _of_state(_narrowed(place, year), place, request.args.get("state", ""))
    rulebook, speaker = place.rulebook(year), voice(db(), place.reading, me())
    came = [dict(row) for group in place.brought(year) for row in group["rows"]]
    return [*(case_row(speaker, rulebook, *row) for row in db().execute(query)), *came]


def _mine(place: Place, year: int) -> dict[str, int]:
    """What waits for the asker, in the order in which it is shown."""
    found = dict.fromkeys((what for what in MINE if may_ever(place.reading, me(), what)), 0)
    for (what, _sort), many in counts(db(), place.reading, me(), now(), year).items():
        found[what] += many
    return found


def _state(mine: dict[str, int]) -> str:
    """What the address narrows the list to, else to what waits for the asker; a member sees all."""
    if "state" in request.args or me().scope.person:
        return request.args.get("state") or "all"
    return next((what for what, many in mine.items() if many), "all")


def _of_state(query: Select[Any], place: Place, state: str) -> Select[Any]:
    if state in MINE:
        return query.where(waits_for(db(), place.reading, me(), state, now()))
    return query.where(place.reading.cases.state == state) if state in STATES else query


def _heading(place: Place, year: int) -> dict[str, str]:
    if me().scope.person:
        return {"title": gettext("我的结果和申诉"), "note": gettext("%(year)s 年度", year=year)}
    note = gettext(
        "%(unit)s · %(year)s 年度；规则只提建议，一人决定、另一人确认", unit=me().unit.name, year=year
    )
    return {"title": gettext("结果运用"), "note": note}


def _narrowed(place: Place, year: int) -> Select[Any]:
    cases, words, roster = place.reading.cases, place.reading.words, place.roster
    heard = (
        select(words.id)
        .where(words.case_id == cases.id, words.kind.in_(("heard", "stated")))
        .correlate(cases)
    )
    query = (
        select(cases, roster.name, roster.number, Unit.name, heard.exists().label("heard"))
        .join(Unit, Unit.id == cases.unit_id)
        .outerjoin(
            roster, (getattr(roster, place.roster_key) == cases.member_id) & (roster.unit_id == cases.unit_id)
        )
        .where(cases.year == year, voice(db(), place.reading, me()).readable())
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
    kept = {**carried(), **changed}
    given: dict[str, Any] = {key: value for key, value in kept.items() if value}
    return url_for("outcomes.page", **given)


def _chips(place: Place, year: int, state: str, mine: dict[str, int]) -> list[dict[str, Any]]:
    """What waits for the asker, then everything, then by state."""
    known = _counts(place, year)
    # Months pass before anything is to be looked at again: until then nobody needs to read of it.
    shown = {what: many for what, many in mine.items() if many or what != "follow_up"}
    asked = [(what, gettext(wording.MINE[what]), many) for what, many in shown.items()]
    asked += [("all", gettext("全部"), sum(known.values()))]
    asked += [(one, wording.state("outcome", one)[0], known[one]) for one in STATES if known.get(one)]
    return [
        {"label": label, "count": many, "href": _here(state=one, page=""), "active": one == state}
        for one, label, many in asked
    ]


def _selects(place: Place, rulebook: Rulebook, year: int) -> list[dict[str, Any]]:
    """Which outcome, decided by which tier; a member has few, and needs neither."""
    if me().scope.person:
        return []
    what, tier = request.args.get("what", ""), request.args.get("tier", "")
    codes = db().scalars(
        select(place.reading.cases.code)
        .where(
            place.reading.cases.year == year,
            place.reading.cases.sort == "outcome",
            voice(db(), place.reading, me()).readable(),
        )
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
    found = [
        {"name": "what", "label": gettext("事项"), "options": options},
        {"name": "tier", "label": gettext("谁决定"), "options": tiers},
    ]
    years = [{"value": one, "label": str(one), "selected": one == year} for one in place.years()]
    return [{"name": "year", "label": gettext("年度"), "options": years}, *found] if len(years) > 1 else found


def case_row(
    speaker: Voice, rulebook: Rulebook, case: Any, name: str | None, number: str, unit: str, heard: bool
) -> dict[str, Any]:
    """One case as its row shows it."""
    words, colour = wording.state(case.sort, case.state)
    may = [kind for kind in ("decided", "confirmed") if speaker.may(case, kind)]
    rule = rule_of(rulebook, case)
    fits = {"open": "decided", "decided": "confirmed"}.get(case.state, "")
    return {
        "id": case.id,
        "version": case.version,
        "name": name or gettext("（已转出）"),
        "number": number or "",
        # In a branch's own list it would be the same on every row.
        "unit": unit if case.unit_id != me().unit.id else "",
        "what": wording.case_name(rulebook, case),
        "reasons": [english if in_english() else text for text, english in case.reasons] or [case.text],
        "tier": gettext(wording.TIERS[case.tier]),
        "handed_up": gettext(wording.OFFICES[case.referred_to])
        if case.referred_to and case.state in UNTOLD
        else "",
        "state": words,
        "first": gettext("先听取本人意见")
        if rule and rule.heard_first and case.state == "open" and not heard
        else "",
        "colour": colour,
        "when": case.opened_at,
        "href": url_for("outcomes.one", case_id=case.id),
        "selectable": fits in may and case.sort == "outcome" and case.member_id != me().person_id,
    }
