"""The county's pages of one unit: its class with why, and its requests for review."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext

from services.county.organisations.pages import heading, standing_of
from services.county.organisations.reviewing import TOOK_PART, class_asked_about, took_part
from services.county.organisations.reviews import Review, reviews
from services.county.organisations.room import ROOM, member_year
from services.county.organisations.table import chosen_year
from services.county.organisations.told import classed_units
from shared.contracts.classing import ReviewAsked
from shared.kit.errors import Absent
from shared.kit.i18n import N_, named
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.kit.web import db, me
from shared.organisations.class_pages import unit_words
from shared.organisations.pages import note_of
from shared.organisations.why import grade_of, why
from shared.organisations.year_end import unit_year

Errors = Sequence[dict[str, str]]
REVIEWS = {
    "open": (N_("待复核"), "amber"),
    "decided": (N_("已决定，待确认"), "amber"),
    "confirmed": (N_("已答复"), "green"),
}


def unit_page(unit_id: UUID) -> dict[str, Any]:
    """One unit's class with why. Raises Absent."""
    year = chosen_year()
    here, unit = member_year(db(), year), db().get(Unit, unit_id)
    classed = classed_units(db(), year, [unit_id]).get(unit_id)
    if classed is None or unit is None:
        raise Absent
    filed = standing_of(classed.document.classing_id, year).filed
    given = next(line for line in filed.inputs if line.unit_id == unit_id)
    rulebook = here.appraisal_organisations
    words = unit_year(db(), ROOM.said, year, unit_id)
    return {
        "heading": {
            "title": unit.name,
            "note": gettext("%(year)s 年定级", year=year),
            "crumb": {"label": gettext("党组织类别"), "href": url_for("classes.page", year=year)},
        },
        "classed": why(classed, rulebook, here.organisations, given.entries),
        "rectify": unit_words(rulebook, words, classed)["rectify"],
        **note_of(here),
    }


def reviews_page() -> dict[str, Any]:
    """Requests for review, those that wait first."""
    year = chosen_year()
    rows = [_review_row(one, year) for one in reversed(reviews(db(), year))]
    rows.sort(key=lambda row: list(REVIEWS).index(row["code"]))
    return {
        "heading": heading(gettext("类别复核"), year),
        "year": year,
        "rows": rows,
        **note_of(member_year(db(), year)),
    }


def _review_row(one: Review, year: int) -> dict[str, Any]:
    words, colour = REVIEWS[one.state]
    unit = db().get_one(Unit, one.asked.unit_id)
    pool = db().get(Unit, unit.parent_id) if unit.parent_id else None
    return {
        "code": one.state,
        "state": gettext(words),
        "colour": colour,
        "name": unit.name,
        "pool": pool.name if pool else "",
        "text": one.asked.as_(ReviewAsked).text,
        "by": one.asked.by,
        "at": one.asked.at,
        "href": url_for("classes.review", request_id=one.asked.id, year=year),
    }


def review_page(one: Review, year: int, errors: Errors = ()) -> dict[str, Any]:
    """One request, what was decided, the form of who may say the next word."""
    here = member_year(db(), year)
    rulebook, known = here.appraisal_organisations, class_asked_about(db(), one, year)
    decided = one.decision
    own = decided is not None and same_person(db(), me(), decided.by_id, decided.by)
    part = took_part(db(), me(), one, year)
    return {
        "heading": {
            "title": gettext("%(unit)s：类别复核", unit=db().get_one(Unit, one.asked.unit_id).name),
            "note": gettext("%(year)s 年", year=year),
            "crumb": {"label": gettext("类别复核"), "href": url_for("classes.reviews_list", year=year)},
        },
        "year": year,
        "row": _review_row(one, year),
        "request_id": one.asked.id,
        "version": one.version,
        "grade": grade_of(rulebook, known.grade) if known else None,
        "total": known.total if known else None,
        "why_href": url_for("classes.unit", unit_id=one.asked.unit_id, year=year) if known else "",
        "classing_href": url_for("classes.classing", classing_id=one.classing_id, year=year),
        "decided": {
            "upheld": decided.upheld,
            "grade": grade_of(rulebook, decided.grade)["name"] if decided.grade else "",
            "points": decided.points,
            "text": decided.text,
            "by": decided.by,
            "at": decided.at,
        }
        if decided
        else None,
        "sent_back": one.words[-1].text if one.words and one.words[-1].kind == "sent_back" else "",
        "grades": [{"value": "", "label": gettext("维持的不选")}]
        + [{"value": grade.code, "label": named(grade)} for grade in rulebook.grades],
        "may": {
            "decide": one.state == "open" and me().may("appeal.decide") and not part,
            "confirm": one.state == "decided" and me().may("appeal.confirm"),
            "barred": _barred(own=own, part=part),
        },
        "typed": request.form,
        "errors": list(errors),
        **note_of(here),
    }


def _barred(*, own: bool, part: bool) -> str:
    """Why the asker does not confirm what was decided."""
    if part:
        return str(gettext(TOOK_PART))
    return str(gettext("决定和确认要由两个人分别办理。")) if own else ""
