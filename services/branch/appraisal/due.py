"""What of an unclosed year's appraisal waits for the branch, or for the signed-in member."""

from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext

from services.branch.appraisal.models import Feedback, SelfReport
from services.branch.appraisal.state import (
    course_of,
    newest_filing,
    newest_run,
    open_months,
    open_objections,
    publicity_of,
    subjects,
)
from services.branch.points.closing import next_month, sent_back
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.i18n import N_, named
from shared.kit.web import db, me, now
from shared.rules.appraisal import next_step
from shared.sync.asked_year import unclosed
from shared.sync.years import MemberYear

REPORTING = ("december_statement", "self_report")
OWED = {
    "report": N_("%(year)s 年的述职还没有写"),
    "feedback": N_("%(year)s 年的评议意见等您签收"),
}


@dataclass(frozen=True)
class Due:
    """A year that is over and not closed, with the step of its appraisal that is next."""

    year: MemberYear
    code: str
    name: str


def due_steps() -> list[Due]:
    """The step that is next in each such year, whoever it waits for; asked once a page."""
    if "due_steps" not in g:
        found = []
        for one in unclosed():
            if one.year < civil(now()).year:
                step = next_step(one.appraisal, course_of(db(), village().id, one.year).closed)
                if step is not None:
                    found.append(Due(one, step.code, named(step)))
        g.due_steps = found
    steps: list[Due] = g.due_steps
    return steps


def ours() -> list[Due]:
    """Those steps in which the branch has something to do, not the township or the calendar."""
    if village().is_general:
        return []
    return [one for one in due_steps() if not _elsewhere(one.year, one.code)]


def _elsewhere(year: MemberYear, code: str) -> bool:
    unit = village().id
    if code == "december_statement":
        months = [int(one[-2:]) for one in open_months(db(), unit, year.year)]
        if not months:
            return False
        month = next_month(db(), unit, year.year)
        if month <= 12 and year.closes_from(month) <= civil(now()).date():
            return False
        return not any(sent_back(db(), unit, year.year, month) for month in months)
    if code == "publicity":
        run = newest_run(db(), unit, year.year)
        shown = publicity_of(db(), run)
        return shown is not None and civil(now()).date() <= shown.until and not open_objections(db(), run)
    if code == "township_confirmation":
        run, filing = newest_run(db(), unit, year.year), newest_filing(db(), unit, year.year)
        filed = bool(run and filing and filing[0].run_id == run.id)
        return filed and not (filing and filing[1])
    return False


def waiting_steps() -> int:
    """The number beside the appraisal in the header."""
    return len(ours())


def step_things() -> list[dict[str, Any]]:
    """The same on the desk."""
    if not me().may("appraisal.hold"):
        return []
    return [
        {
            "title": gettext("%(year)s 年年终评议", year=one.year.year),
            "detail": gettext("现在办：%(step)s", step=one.name),
            "href": url_for("appraisal.page", year=one.year.year),
            "action": gettext("去办"),
            "main": True,
        }
        for one in ours()
    ]


def owed() -> list[tuple[str, int]]:
    """What the signed-in member still owes ('report') or has to sign ('feedback'), with the year."""
    person, found = me().person_id, []
    if person is None:
        return []
    for one in due_steps():
        kind, table = ("report", SelfReport) if one.code in REPORTING else ("feedback", Feedback)
        if one.code not in (*REPORTING, "feedback"):
            continue
        if db().get(table, (village().id, one.year.year, person)) is None and any(
            member.id == person for member in subjects(db(), village().id, one.year, now())
        ):
            found.append((kind, one.year.year))
    return found


def waiting_own() -> int:
    """The number beside one's own appraisal in the header."""
    return len(owed())


def own_things() -> list[dict[str, Any]]:
    """The same on a member's first page."""
    return [
        {
            "words": gettext(OWED[kind], year=of_year),
            "href": url_for("appraisal.own", year=of_year),
            "action": gettext("去看看") if kind == "feedback" else gettext("去写述职"),
        }
        for kind, of_year in owed()
    ]
