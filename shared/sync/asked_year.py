"""The year of points that a page of branch or township speaks of, and how its pages lead to another."""

from datetime import date
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.errors import Absent
from shared.kit.web import db, now
from shared.sync.years import MemberYear, open_years

_KEEPING: set[str] = set()


def years() -> list[MemberYear]:
    """Every year the county has opened, newest first."""
    if "member_years" not in g:
        g.member_years = open_years(db())
    found: list[MemberYear] = g.member_years
    return found


def unclosed() -> list[MemberYear]:
    """The years in which something may still be done, newest first."""
    return [one for one in years() if one.closed is None]


def year() -> MemberYear:
    """The year named in the address, else the newest that has begun. Raises Absent where there is none."""
    wanted = request.args.get("year", "")
    if wanted:
        return _found([one for one in years() if wanted == str(one.year)])
    begun = [one for one in years() if one.year <= civil(now()).year]
    return _found(begun or years())


def year_named(wanted: int) -> MemberYear:
    """One opened year. Raises Absent."""
    return _found([one for one in years() if one.year == wanted])


def year_of_day(day: date) -> MemberYear:
    """The open year a day lies in, else the one asked for, which then refuses the day. Raises Absent."""
    return next((one for one in unclosed() if one.year == day.year), None) or year()


def _found(years: list[MemberYear]) -> MemberYear:
    if not years:
        raise Absent
    return years[0]


def keep_year(room: Blueprint) -> Blueprint:
    """Let the links among rooms kept so stay in the year asked for, and their pages offer the others."""
    _KEEPING.add(room.name)
    room.url_defaults(_stay)
    room.context_processor(lambda: {"year_chips": year_chips})
    return room


def _stay(_endpoint: str, values: dict[str, Any]) -> None:
    asked = request.args.get("year", "") if request and request.blueprint in _KEEPING else ""
    if asked:
        values.setdefault("year", asked)


def year_chips(*, every: bool = False) -> list[dict[str, Any]]:
    """The same page in each open year; none where there is nothing to choose, or the page answers a form.

    With `every` the closed years too, where a page is there to be read.
    """
    if request.method != "GET" or request.endpoint is None or not years():
        return []
    here = year()
    offered = [one for one in years() if every or one.closed is None or one is here]
    return [
        {
            "label": gettext("%(year)s 年", year=one.year),
            "count": None,
            "href": url_for(request.endpoint, **{**(request.view_args or {}), "year": one.year}),
            "active": one is here,
        }
        for one in offered
        if len(offered) > 1
    ]
