"""The county's pages of classings as townships filed them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.organisations.approving import may_reopen
from services.county.organisations.checking import again, fault_of
from services.county.organisations.room import ROOM, member_year
from services.county.organisations.standing import classes
from services.county.organisations.table import chosen_year
from services.county.years.actions import years
from shared.contracts.reclass import reclass
from shared.kit.clock import civil
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.organisations.classings import Standing, classings
from shared.organisations.pages import note_of
from shared.organisations.why import grade_of, grades_counted, lines_of

Errors = Sequence[dict[str, str]]
STATES = {
    "proposed": (N_("待受理"), "amber"),
    "accepted": (N_("已受理，待批准"), "amber"),
    "confirmed": (N_("公示中，待批准"), "amber"),
    "returned": (N_("已退回"), "red"),
    "approved": (N_("已批准"), "green"),
}


def to_decide(session: Session, year: int) -> list[Standing]:
    """The newest classing of each pool that is for the county to decide; its own once it is confirmed."""
    county = session.scalars(select(Unit.id).where(Unit.level == "county")).one()
    newest = [some[-1] for some in classings(session, ROOM, year).values()]
    return [one for one in newest if one.row.unit_id != county or one.state not in ("proposed", "dropped")]


def classings_page(errors: Errors = ()) -> dict[str, Any]:
    """Classings, those that wait first."""
    year = chosen_year()
    here = member_year(db(), year)
    names = {one.id: one for one in db().scalars(select(Unit).where(Unit.level != "branch"))}
    rows = [classing_row(one, names[one.row.unit_id]) for one in to_decide(db(), year)]
    rows.sort(key=lambda row: (list(STATES).index(row["code"]), row["path"]))
    filed = {one["id"] for one in rows if one["code"] != "returned"}
    done = {row["name"] for row in rows if row["id"] in filed}
    open_ = [one for one in names.values() if one.level == "township" and one.closed_on is None]
    waiting = [one.name for one in sorted(open_, key=lambda one: one.path) if one.name not in done]
    return {
        "heading": heading(gettext("定级审批"), year),
        "year": year,
        "years": [_year("classes.classings", one.year, year) for one in years(db())],
        "rows": rows,
        "accepting": me().may("organisation.review") and any(row["code"] == "proposed" for row in rows),
        "approving": me().may("organisation.confirm")
        and any(row["code"] in ("accepted", "confirmed") for row in rows),
        "unfiled": {"count": len(waiting), "names": waiting[:8]},
        "errors": list(errors),
        **note_of(here),
    }


def heading(title: str, year: int) -> dict[str, Any]:
    """The heading of a page below the table."""
    crumb = {"label": gettext("党组织类别"), "href": url_for("classes.page", year=year)}
    return {"title": title, "note": gettext("%(year)s 年", year=year), "crumb": crumb}


def _year(endpoint: str, year: int, shown: int) -> dict[str, Any]:
    return {"label": year, "count": None, "href": url_for(endpoint, year=year), "active": year == shown}


def classing_row(one: Standing, unit: Unit) -> dict[str, Any]:
    """One classing as lists show it, and whether the asker can say the next word."""
    words, colour = STATES[one.state]
    last = one.words[-1] if one.words else one.row
    rulebook = member_year(db(), one.row.year).appraisal_organisations
    until = date.fromisoformat(one.filed.publicity_until)
    return {
        "id": one.row.id,
        "version": one.version,
        "name": unit.name,
        "path": unit.path,
        "code": one.state,
        "state": gettext(words),
        "colour": colour,
        "units": one.row.units,
        "left_out": len(one.filed.left_out),
        "counted": grades_counted(rulebook, [line.grade or "" for line in one.filed.classes]),
        "until": until,
        "who": last.by,
        "when": last.at,
        "href": url_for("classes.classing", classing_id=one.row.id, year=one.row.year),
        "selectable": sayable(one),
    }


def sayable(one: Standing) -> bool:
    """Whether the asker can say the next word: accept it, or approve it once the publicity is over."""
    if one.state == "proposed":
        return me().may("organisation.review")
    if one.state not in ("accepted", "confirmed") or not me().may("organisation.confirm") or _own(one):
        return False
    return civil(now()).date() > date.fromisoformat(one.filed.publicity_until)


def _own(one: Standing) -> bool:
    """Whether the asker took it up, or proposed it."""
    spoke = [word for word in (one.word("accepted"), one.row) if word is not None]
    return any(same_person(db(), me(), word.by_id, word.by) for word in spoke)


def standing_of(classing_id: UUID, year: int) -> Standing:
    """A classing of a year; raises Absent."""
    found = (one for some in classings(db(), ROOM, year).values() for one in some)
    one = next((one for one in found if one.row.id == classing_id), None)
    # The county's own is here once it is confirmed: before, and dropped, it is a matter of its own page.
    if one is None or (not one.filed.publicity_until):
        raise Absent
    return one


def classing_page(classing_id: UUID, errors: Errors = ()) -> dict[str, Any]:
    """One township's classing, worked out again beside what was filed. Raises Absent."""
    year = chosen_year()
    here, one = member_year(db(), year), standing_of(classing_id, year)
    unit, rulebook = db().get_one(Unit, one.row.unit_id), here.appraisal_organisations
    differing, fault = again(db(), one)
    differ = {found.unit_id: found.counted for found in differing}
    inputs = {line.unit_id: line for line in one.filed.inputs}
    named = [*inputs, *one.filed.left_out]
    names = {row.id: row.name for row in db().scalars(select(Unit).where(among(Unit.id, named)))}
    approved = classes(db(), year, list(names)) if one.state == "approved" else {}
    rows = [
        {
            "name": names.get(line.unit_id, str(line.unit_id)[:8]),
            "href": url_for("classes.unit", unit_id=line.unit_id, year=year)
            if line.unit_id in approved
            else "",
            "base": inputs[line.unit_id].base,
            "earned": inputs[line.unit_id].months
            + inputs[line.unit_id].bonus
            - inputs[line.unit_id].deductions,
            "appraisal": line.appraisal,
            "total": line.total,
            "rank": line.rank,
            "grade": grade_of(rulebook, line.grade),
            "differs": line.unit_id in differ,
            "counted": _counted(rulebook, differ.get(line.unit_id)),
            "lines": _lines(here, one, line.unit_id) if not fault and not differing else [],
        }
        for line in sorted(one.filed.classes, key=lambda line: (line.rank or 0, line.unit_id))
    ]
    head = classing_row(one, unit)
    reopened = one.state == "approved" and may_reopen(db(), one)
    return {
        "heading": {
            "title": unit.name,
            "note": gettext("%(year)s 年支部定级", year=year),
            "crumb": {"label": gettext("定级审批"), "href": url_for("classes.classings", year=year)},
        },
        "year": year,
        "row": head,
        "own": unit.level == "county",
        "people": [
            (gettext("提出定级"), one.filed.proposed_by),
            (gettext("审定"), one.filed.confirmed_by),
        ],
        "words": [
            {"state": gettext(STATES[word.kind][0]), "text": word.text, "by": word.by, "at": word.at}
            for word in one.words
        ],
        "decisions": [
            {"names": [names.get(unit_id, "") for unit_id in tie.members], "reason": tie.reason}
            for tie in one.filed.decisions
        ],
        "left_out": [(names.get(unit_id, ""), reason) for unit_id, reason in one.filed.left_out.items()],
        "rows": rows,
        "fault": said_fault(fault),
        "differing": len(differing),
        "may": {
            "accept": head["code"] == "proposed" and head["selectable"],
            "approve": head["code"] in ("accepted", "confirmed") and head["selectable"],
            "barred": _barred(one, head),
            "give_back": (me().may("organisation.review") or me().may("organisation.confirm"))
            and (head["code"] in ("proposed", "accepted", "confirmed") or reopened),
        },
        "typed": request.form,
        "errors": list(errors),
        **note_of(here),
    }


def said_fault(fault: str) -> str:
    """A fault of a classing in the reader's language."""
    message, values = fault_of(fault)
    return str(gettext(message) % values) if fault else ""


def _barred(one: Standing, head: dict[str, Any]) -> str:
    """Why it cannot be approved now, for who otherwise may."""
    waiting = head["code"] in ("accepted", "confirmed") and not head["selectable"]
    if not waiting or not me().may("organisation.confirm"):
        return ""
    if _own(one):
        return str(gettext("受理和批准要由两个人分别办理。"))
    return str(gettext("公示到 %(day)s，过后才能批准。", day=head["until"]))


def _counted(rulebook: Any, line: Any) -> dict[str, Any] | None:
    return {"total": line.total, "grade": grade_of(rulebook, line.grade)} if line else None


def _lines(here: Any, one: Standing, unit_id: UUID) -> list[str]:
    made = reclass(here.appraisal_organisations, one.filed.inputs, one.filed.decisions)
    return [line.text for line in lines_of(made, unit_id)]
