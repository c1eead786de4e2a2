"""The list the tier above works from: entries that wait, by unit, and every unit's year."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from shared.kit.persons import same_person
from shared.kit.web import db, me
from shared.organisations.classings import newest
from shared.organisations.gathering import units_of
from shared.organisations.ledger import Standing, standings, year_of_unit
from shared.organisations.pages import note_of, row
from shared.organisations.place import Place, at_work
from shared.organisations.year_end import unit_years
from shared.sync.years import MemberYear


def waiting_page(place: Place, errors: Sequence[dict[str, str]]) -> dict[str, Any]:
    """What waits and every unit's year, in order of the tree."""
    here, may = place.year(), me().may("organisation.review")
    units = units_of(db(), place.pool())
    found: dict[UUID, list[Standing]] = defaultdict(list)
    for one in standings(db(), place.room.entries, here.organisations, here.year, [one.id for one in units]):
        found[one.entry.unit_id].append(one)
    groups, summary = [], []
    for unit in units:
        waiting = [one for one in found[unit.id] if one.state == "waiting"]
        if waiting:
            rows = [_row(one, found[unit.id], deciding=may) for one in waiting]
            groups.append({"key": unit.code, "unit": unit.name, "rows": rows})
        summary.append(
            {
                "name": unit.name,
                "href": url_for("organisations.branch", unit_id=unit.id, year=here.year),
                "total": year_of_unit(found[unit.id]).total,
                "waiting": len(waiting),
            }
        )
    return {
        "heading": {
            "title": gettext("党组织积分"),
            "note": gettext("%(year)s 年，支部报的由乡镇审核", year=here.year),
        },
        "own": place.own_links(),
        "classing": _waiting_classing(place, here),
        "years": [_chip(place, one, here) for one in place.years()],
        "groups": groups,
        "units": summary,
        "deciding": may,
        "year": here.year,
        "errors": list(errors),
        **note_of(here),
    }


def _chip(place: Place, one: MemberYear, shown: MemberYear) -> dict[str, Any]:
    href = url_for("organisations.listing", year=one.year)
    return {
        "label": one.year,
        "count": _waiting_entries(place, one) or None,
        "href": href,
        "active": one.year == shown.year,
    }


def _row(one: Standing, others: Sequence[Standing], *, deciding: bool) -> dict[str, Any]:
    own = same_person(db(), me(), one.entry.by_id, one.entry.by)
    made = row(one, others)
    return {**made, "name": made["item"], "own": own, "selectable": deciding and not own}


def desk_things(place: Place) -> list[dict[str, Any]]:
    """What the desk says of this room, year by year."""
    known = at_work(place.years())
    return [thing for year in known for thing in _things(place, year, several=len(known) > 1)]


def _things(place: Place, year: MemberYear, *, several: bool) -> list[dict[str, Any]]:
    entries, classing = _waiting_entries(place, year), _waiting_classing(place, year)
    detail = gettext("%(year)s 年", year=year.year) if several else ""
    found = []
    if entries:
        title = gettext("%(count)s 条党组织积分等审核", count=entries)
        href = url_for("organisations.listing", year=year.year)
        found.append(_thing(title, detail, href, gettext("审核")))
    if classing:
        title = gettext("%(count)s 件党组织述职、定级或整改等办理", count=classing)
        href = url_for("classing.page", year=year.year)
        found.append(_thing(title, detail, href, gettext("办理")))
    return found


def _thing(title: str, detail: str, href: str, action: str) -> dict[str, Any]:
    return {"title": title, "detail": detail, "href": href, "action": action}


def waiting_entries(place: Place) -> int:
    """How many entries wait for the asker, of every year under way."""
    return sum(_waiting_entries(place, year) for year in at_work(place.years()))


def waiting_classing(place: Place) -> int:
    """How much of reports, classings and things put right waits for the asker, likewise."""
    return sum(_waiting_classing(place, year) for year in at_work(place.years()))


def _waiting_entries(place: Place, here: MemberYear) -> int:
    if not me().may("organisation.review"):
        return 0
    units = [one.id for one in units_of(db(), place.pool())]
    rows = standings(db(), place.room.entries, here.organisations, here.year, units)
    return sum(
        one.state == "waiting" and not same_person(db(), me(), one.entry.by_id, one.entry.by) for one in rows
    )


def _waiting_classing(place: Place, here: MemberYear) -> int:
    review = me().may("organisation.review")
    one = newest(db(), place.room, here.year, place.pool().id)
    units = [one.id for one in units_of(db(), place.pool())]
    years = unit_years(db(), place.room.said, here.year, units).values()
    judging = sum(one.rectification == "reported" for one in years) if review else 0
    if one is not None and one.under_way:
        mine = same_person(db(), me(), one.row.by_id, one.row.by)
        return judging + int(one.state == "proposed" and me().may("organisation.confirm") and not mine)
    return sum(bool(one.report and not one.check and not one.left_out) for one in years) if review else 0
