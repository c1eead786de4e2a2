"""What every page of cases stands on: the year asked for, a refusal in words, the note on figures."""

from collections.abc import Sequence

from flask import request
from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import in_english
from shared.kit.web import now
from shared.outcomes.desk import CaseRefused
from shared.outcomes.place import Place

Errors = Sequence[dict[str, str]]


def chosen_year(place: Place) -> int:
    """The year of the address, else the newest that is over, else the newest. Raises Absent for no such year.

    Outcomes follow a year's end, when the next year has been opened already.
    """
    asked, known = request.args.get("year"), place.years()
    if not asked:
        today = civil(now()).date()
        known = [one for one in known if one < today.year] or known
    for one in known:
        if not asked or asked == str(one):
            return one
    raise Absent


def said(refused: Refused) -> list[dict[str, str]]:
    """A refusal, the kit's or a rule's own, as the error summary takes it."""
    if not isinstance(refused, CaseRefused):
        return [{"field": "", "message": gettext(refused.message) % refused.values}]
    refusal = refused.refusal
    return [{"field": "", "message": refusal.message_en if in_english() else refusal.message}]


def note_of(place: Place, year: int) -> dict[str, str]:
    """The banner over figures that are not real."""
    note = place.note(year)
    return {"synthetic_note": gettext(note)} if note else {}
