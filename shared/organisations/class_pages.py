"""The pages of the tier that classes units: the pool as a list, one unit's year-end."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext

from shared.contracts.classing import (
    Checked,
    LeftOut,
    Promised,
    RectificationJudged,
    Rectified,
    Reported,
    ShownRow,
)
from shared.contracts.reclass import figures_of
from shared.kit.errors import Absent
from shared.kit.i18n import N_, in_english, named
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.organisations.classing import propose_from
from shared.organisations.classings import Standing, newest
from shared.organisations.gathering import Gathered, approved, first_day, gather, too_early
from shared.organisations.pages import note_of
from shared.organisations.place import Place, year_classed
from shared.organisations.results import Classed
from shared.organisations.why import day_of, grade_of, grades_counted, report_page, why
from shared.organisations.year_end import UnitYear
from shared.rules.appraisal import Rulebook
from shared.sync.years import MemberYear

Errors = Sequence[dict[str, str]]
NAMED = 6
STATES = {
    "": (N_("还没有提出定级"), ""),
    "proposed": (N_("已提出，等第二人审定"), "amber"),
    "dropped": (N_("已撤销，可重新提出"), "red"),
    "confirmed": (N_("公示中，等县里批准"), "amber"),
    "returned": (N_("县里退回，请重新定级"), "red"),
    "approved": (N_("县里已批准"), "green"),
}
OPEN = {
    "waiting": N_("还有申报没审的"),
    "unreported": N_("还没报述职的"),
    "unchecked": N_("述职还没核查的"),
}


def classes_page(place: Place, errors: Errors = ()) -> dict[str, Any]:
    """The pool's units and where its classing stands."""
    here, pool = year_classed(place), place.pool()
    gathered = gather(db(), place.room, pool, here, place.bases(db(), here.year))
    one = newest(db(), place.room, here.year, pool.id)
    classed = place.classed(db(), here.year)
    state = one.state if one else ""
    under_way = one is not None and one.under_way
    proposal = None if under_way else propose_from(gathered, here)
    lines = {line.unit_id: line for line in one.filed.classes} if one and under_way else {}
    if proposal and proposal.classed:
        lines = {UUID(row.member): row for row in proposal.classed.grading.results}  # type: ignore[misc]
    rulebook = here.appraisal_organisations
    rows = [
        _row(place, here, unit, gathered, lines.get(unit.id), classed.get(unit.id)) for unit in gathered.units
    ]
    checking = me().may("organisation.review") and not under_way
    for row in rows:
        row["selectable"] = checking and row["reported"] and not row["left_out"]
    rows.sort(key=lambda row: (row["rank"] is None, row["rank"] or 0))
    return {
        "heading": {
            "title": gettext("党组织定级"),
            "crumb": {
                "label": gettext("党组织积分"),
                "href": url_for("organisations.listing", year=here.year),
            },
            "note": gettext("%(unit)s，%(year)s 年", unit=pool.name, year=here.year),
        },
        "year": here.year,
        "years": [_chip(one.year, here.year) for one in place.years()],
        "state": _state(one, state),
        "early": first_day(here) if too_early(here, now()) else None,
        "open": [
            {"label": gettext(OPEN[sort]), "count": len(names), "names": names[:NAMED]}
            for sort, names in gathered.open.items()
            if names
        ],
        "fault": proposal.fault if proposal else "",
        "block": _block(proposal, gathered) if proposal else None,
        "counted": grades_counted(rulebook, [row["grade"]["code"] for row in rows if row["grade"]]),
        "cap": _cap(rulebook, len(rows) - len(gathered.left_out)),
        "rows": rows,
        "may": _may(here, one, proposal is not None and proposal.classed is not None),
        "findings": [{"value": "", "label": gettext("核查结论")}, *_choices(rulebook.check.choices)],
        "opinions": [{"value": "", "label": gettext("初定意见")}, *_choices(rulebook.grades)],
        "errors": list(errors),
        "typed": request.form,
        **note_of(here),
    }


def _choices(known: Sequence[Any]) -> list[dict[str, str]]:
    return [{"value": one.code, "label": named(one)} for one in known]


def _chip(year: int, shown: int) -> dict[str, Any]:
    href = url_for("classing.page", year=year)
    return {"label": year, "count": None, "href": href, "active": year == shown}


def _cap(rulebook: Rulebook, graded: int) -> str:
    seats = {"grade": named(rulebook.grades[0]), "seats": rulebook.cap_seats(graded), "graded": graded}
    return str(gettext("“%(grade)s”最多 %(seats)s 个（参评 %(graded)s 个）", **seats))


def _state(one: Standing | None, state: str) -> dict[str, Any]:
    words, colour = STATES[state]
    last: Any = one.words[-1] if one and one.words else (one.row if one else None)
    confirmed = one.word("confirmed") if one else None
    return {
        "code": state,
        "words": gettext(words),
        "colour": colour,
        "who": last.by if last else "",
        "when": last.at if last else None,
        "text": last.text if one and one.words and state in ("dropped", "returned") else "",
        "until": day_of(confirmed.text) if confirmed else None,
        "classing": one.row.id if one else None,
        "version": one.version if one else 0,
    }


def _may(here: MemberYear, one: Standing | None, ready: bool) -> dict[str, Any]:
    """What the asker may do now; `barred` why not to confirm."""
    state = one.state if one else ""
    open_ = one is None or not one.under_way
    own = one is not None and same_person(db(), me(), one.row.by_id, one.row.by)
    return {
        "propose": open_
        and ready
        and here.closed is None
        and not too_early(here, now())
        and me().may("organisation.review"),
        "check": open_ and me().may("organisation.review"),
        "confirm": state == "proposed" and me().may("organisation.confirm"),
        "barred": gettext("提出和审定要由两个人分别办理。") if own else "",
        "drop": state == "proposed" and (me().may("organisation.review") or me().may("organisation.confirm")),
    }


def _block(proposal: Any, gathered: Gathered) -> dict[str, Any] | None:
    if proposal.block is None:
        return None
    members = [UUID(one) for one in proposal.block.members]
    totals = {UUID(one.member): one.total for one in proposal.classed.grading.results}
    return {
        "seats": proposal.block.seats,
        "members": [
            {"id": one, "name": gathered.names[one], "total": totals[one]}
            for one in sorted(members, key=lambda one: gathered.names[one])
        ],
    }


def _row(
    place: Place, here: MemberYear, unit: Unit, gathered: Gathered, line: Any, classed: Classed | None
) -> dict[str, Any]:
    words, rulebook = gathered.years.get(unit.id, UnitYear()), here.appraisal_organisations
    check = words.check.as_(Checked) if words.check else None
    entries = gathered.entries.get(unit.id, ())
    base = place.bases(db(), here.year).get(unit.id, rulebook.new_member_base)
    found = figures_of(here.organisations, approved(entries)) if here.organisations else None
    points = found.months + found.bonus - found.deductions if found else 0
    return {
        "id": unit.id,
        "name": unit.name,
        "href": url_for("classing.unit", unit_id=unit.id, year=here.year),
        "version": len(words.words),
        "waiting": sum(one.state == "waiting" for one in entries),
        "reported": words.report is not None,
        "report_at": words.report.at if words.report else None,
        "finding": named(rulebook.check.by_code[check.finding]) if check else "",
        "opinion": grade_of(rulebook, check.opinion)["name"] if check else "",
        "left_out": words.left_out.as_(LeftOut).reason if words.left_out else "",
        "points": base + points,
        "total": classed.total if classed else (line.total if line else None),
        "rank": classed.document.rank if classed else (line.rank if line else None),
        "grade": _shown_grade(rulebook, classed, line),
        "reviewed": bool(classed and classed.upheld),
        "rectify_until": day_of(classed.rectify_until) if classed else None,
        "rectification": words.rectification,
    }


def _shown_grade(rulebook: Rulebook, classed: Classed | None, line: Any) -> dict[str, str] | None:
    if classed:
        return grade_of(rulebook, classed.grade)
    return grade_of(rulebook, line.grade) if line else None


def unit_page(place: Place, unit_id: UUID, errors: Errors = ()) -> dict[str, Any]:
    """One unit's year-end: its report, the finding, its class with why, what it puts right. Raises Absent."""
    here, pool = year_classed(place), place.pool()
    gathered = gather(db(), place.room, pool, here, place.bases(db(), here.year))
    unit = next((one for one in gathered.units if one.id == unit_id), None)
    if unit is None:
        raise Absent
    words, rulebook = gathered.years.get(unit.id, UnitYear()), here.appraisal_organisations
    one = newest(db(), place.room, here.year, pool.id)
    under_way = one is not None and one.under_way
    classed = place.classed(db(), here.year).get(unit.id)
    return {
        "heading": {
            "title": unit.name,
            "note": gettext("%(year)s 年述职和定级", year=here.year),
            "crumb": {"label": gettext("党组织定级"), "href": url_for("classing.page", year=here.year)},
        },
        "unit_id": unit.id,
        "year": here.year,
        "version": len(words.words),
        "points_href": place.unit_href(unit.id),
        "may_check": me().may("organisation.review") and not under_way,
        "findings_options": _choices(rulebook.check.choices),
        "opinions_options": _choices(rulebook.grades),
        "classed": _classed(here, classed, gathered, unit.id),
        **unit_words(rulebook, words, classed),
        "may_judge": me().may("organisation.review") and words.rectification == "reported",
        "typed": request.form,
        "errors": list(errors),
        **note_of(here),
    }


def _classed(
    here: MemberYear, classed: Classed | None, gathered: Gathered, unit_id: UUID
) -> dict[str, Any] | None:
    if classed is None:
        return None
    entries = approved(gathered.entries.get(unit_id, ()))
    return why(classed, here.appraisal_organisations, here.organisations, entries)


def unit_words(rulebook: Rulebook, words: UnitYear, classed: Classed | None) -> dict[str, Any]:
    """What a unit's page says of report, finding and putting right, at either tier."""
    check = words.check
    told = check.as_(Checked) if check else None
    last = words.newest(Rectified, RectificationJudged)
    return {
        "promises": [(one.as_(Promised).text, day_of(one.as_(Promised).due)) for one in words.promises],
        "report": report_page(rulebook, words.report.as_(Reported), words.report.by, words.report.at)
        if words.report
        else None,
        "check": {
            "finding": named(rulebook.check.by_code[told.finding]),
            "opinion": grade_of(rulebook, told.opinion),
            "problems": told.problems,
            "by": check.by,
            "at": check.at,
        }
        if check and told
        else None,
        "left_out": {
            "reason": words.left_out.as_(LeftOut).reason,
            "by": words.left_out.by,
            "at": words.left_out.at,
        }
        if words.left_out
        else None,
        "rectify": {
            "until": day_of(classed.rectify_until),
            "over": classed.rectify_until < now().date().isoformat() and words.rectification != "closed",
            "state": words.rectification,
            "text": last.body.text if last and isinstance(last.body, Rectified) else _reported(words),
            "reason": last.body.reason if last and isinstance(last.body, RectificationJudged) else "",
            "by": last.by if last else "",
            "at": last.at if last else None,
        }
        if classed and classed.rectify_until
        else None,
    }


def _reported(words: UnitYear) -> str:
    word = words.newest(Rectified)
    return word.as_(Rectified).text if word else ""


def shown_rows(rulebook: Rulebook, rows: Sequence[ShownRow], own: UUID) -> list[dict[str, Any]]:
    """The publicity as a table."""
    return [
        {
            "name": one.name,
            "own": one.unit_id == own,
            "total": one.total,
            "grade": grade_of(rulebook, one.grade),
            "rank": one.rank,
        }
        for one in rows
    ]


def said(text: str, text_en: str) -> str:
    """A rule's words in the reader's language."""
    return text_en if in_english() else text


def errors_of(refused: Any) -> list[dict[str, str]]:
    """A refusal as the summary shows it."""
    values: Mapping[str, Any] = refused.values
    return [{"field": "", "message": gettext(refused.message) % values}]
