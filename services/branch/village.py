"""What every page stands on: the asker's village and the contest under way, read once a request."""

from typing import cast

from flask import g
from flask_babel import gettext
from flask_login import current_user

from shared.kit.units import Unit
from shared.kit.web import db, me
from shared.sync.contests import OpenContest, current_contest


def village() -> Unit:
    """The unit the asker works for: the first of the account's posts."""
    return me().unit


def contest() -> OpenContest | None:
    """The newest contest the county has opened, or None before the first."""
    if "contest" not in g:
        g.contest = current_contest(db())
    return cast("OpenContest | None", g.contest)


def synthetic_note() -> str | None:
    """What is said about figures that were generated; None where they are real."""
    if not current_user.is_authenticated:
        return None
    if "member_years" in g and g.member_years:
        note = g.member_years[0].opened.synthetic_note
        return gettext(note) if note else None
    here = contest()
    return note_of(here) if here else None


def note_of(here: OpenContest) -> str | None:
    """A contest's note about generated figures."""
    return gettext(here.opened.synthetic_note) if here.opened.synthetic_note else None
