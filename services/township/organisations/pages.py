"""The list the township works from: entries that wait, by branch, and every branch's year."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from services.township.organisations.classing import ROOM
from services.township.organisations.models import TABLES
from services.township.years import year, years
from shared.kit.units import Unit, with_members
from shared.kit.web import db, me
from shared.organisations.classings import newest
from shared.organisations.ledger import Standing, standings, year_of_unit
from shared.organisations.pages import note_of, row
from shared.organisations.year_end import unit_years


def waiting_page(errors: Sequence[dict[str, str]]) -> dict[str, Any]:
    """What waits and every branch's year, in order of the tree."""
    here, may = year(), me().may("organisation.review")
    units = db().scalars(select(Unit).where(with_members(), Unit.closed_on.is_(None)).order_by(Unit.path))
    found: dict[UUID, list[Standing]] = defaultdict(list)
    for one in standings(db(), TABLES, here.organisations, here.year):
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
        "groups": groups,
        "units": summary,
        "deciding": may,
        "year": here.year,
        "errors": list(errors),
        **note_of(here),
    }


def _row(one: Standing, others: Sequence[Standing], *, deciding: bool) -> dict[str, Any]:
    own = one.entry.by_id == me().account_id
    made = row(one, others)
    return {**made, "name": made["item"], "own": own, "selectable": deciding and not own}


def desk_things() -> list[dict[str, Any]]:
    """What the desk says of this room."""
    count = waiting_entries()
    if not count:
        return []
    title = gettext("%(count)s 条党组织积分等审核", count=count)
    thing = {
        "title": title,
        "detail": "",
        "href": url_for("organisations.listing"),
        "action": gettext("审核"),
    }
    return [thing]


def waiting_entries() -> int:
    """The number beside the room in the header: entries that wait for the asker."""
    if not years() or not me().may("organisation.review"):
        return 0
    here = years()[0]
    rows = standings(db(), TABLES, here.organisations, here.year)
    return sum(one.state == "waiting" and one.entry.by_id != me().account_id for one in rows)


def waiting_classing() -> int:
    """The number beside classing in the header: what waits for the asker there."""
    if not years():
        return 0
    here = years()[0]
    one = newest(db(), ROOM, here.year, me().unit.id)
    if one is not None and one.under_way:
        mine = one.row.by_id == me().account_id
        confirming = one.state == "proposed" and me().may("organisation.confirm") and not mine
        return int(confirming) + _judging(here.year)
    if not me().may("organisation.review"):
        return 0
    unseen = unit_years(db(), ROOM.said, here.year).values()
    return sum(bool(one.report and not one.check and not one.left_out) for one in unseen)


def _judging(of_year: int) -> int:
    if not me().may("organisation.review"):
        return 0
    return sum(one.rectification == "reported" for one in unit_years(db(), ROOM.said, of_year).values())
