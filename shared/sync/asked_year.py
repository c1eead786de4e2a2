"""The year of points a page of branch or township speaks of, read once a request."""

from flask import g, request

from shared.kit.errors import Absent
from shared.kit.web import db
from shared.sync.years import MemberYear, open_years


def years() -> list[MemberYear]:
    """Every year the county has opened, newest first."""
    if "member_years" not in g:
        g.member_years = open_years(db())
    found: list[MemberYear] = g.member_years
    return found


def year() -> MemberYear:
    """The year named in the address, else the newest one. Raises Absent where there is none."""
    wanted = request.args.get("year", "")
    for one in years():
        if not wanted or wanted == str(one.year):
            return one
    raise Absent


def year_named(wanted: int) -> MemberYear:
    """One opened year. Raises Absent."""
    found = next((one for one in years() if one.year == wanted), None)
    if found is None:
        raise Absent
    return found
