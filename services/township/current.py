"""The contest a page speaks of and the township's returns in it, read once a request."""

from collections.abc import Sequence
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from sqlalchemy import text

from services.township.verification.reading import ReturnRow, rows
from shared.kit.errors import Absent
from shared.kit.web import db, me
from shared.sync.contests import OpenContest, chosen_contest, contest_years, current_contest

_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('township decides ' || :unit))")


def contest() -> OpenContest | None:
    """The newest contest the county has opened, or None before the first."""
    if "contest" not in g:
        g.contest = current_contest(db())
    found: OpenContest | None = g.contest
    return found


def required() -> OpenContest:
    """The newest contest; raises Absent before the first."""
    found = contest()
    if found is None:
        raise Absent
    return found


def chosen() -> OpenContest | None:
    """The contest of `?year=`, or the newest; raises Absent for a year that is none or has no contest."""
    asked = request.args.get("year")
    if asked is None:
        return contest()
    if not (asked.isascii() and asked.isdigit() and len(asked) == 4):
        raise Absent
    return chosen_contest(db(), int(asked))


def of_year(found: OpenContest | None, endpoint: str) -> dict[str, Any]:
    """What a page of one year has besides: what was said of its figures, and where the other years are."""
    if found is None:
        return {"years": []}
    others = [year for year in contest_years(db()) if year != found.opened.year]
    return {
        "years": [{"label": year, "href": url_for(endpoint, year=year)} for year in others],
        "synthetic_note": _note_of(found),
    }


def returns() -> Sequence[ReturnRow]:
    """Every village in scope with its return, in tree order; empty before the first contest."""
    session = db()
    # An error page begins a new transaction: rows of the one rolled back cannot be read any more.
    if g.get("returns_of") is not session:
        found = contest()
        g.returns, g.returns_of = rows(session, found.id) if found else [], session
    kept: Sequence[ReturnRow] = g.returns
    return kept


def waiting() -> int:
    """How many returns wait for the asker: to be verified, or to be approved."""
    found = contest()
    if found is None or not found.course.may_verify():
        return 0
    states = {"received", "accepted", "county_returned"} if me().may("return.verify") else set()
    states |= {"verified"} if me().may("rollup.approve") else set()
    return sum(row.state in states for row in returns())


def hold() -> None:
    """Nobody else of the township decides until this request ends: what is checked still holds at commit."""
    db().execute(_HOLD, {"unit": str(me().unit.id)})


def synthetic_note() -> str | None:
    """What the county says of the figures' origin, where they are not real."""
    found = contest()
    return _note_of(found) if found else None


def _note_of(found: OpenContest) -> str | None:
    note = found.opened.synthetic_note
    return gettext(note) if note else None
