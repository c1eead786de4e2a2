"""The first page after signing in: what waits, most urgent first."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from services.township import current
from services.township.authority import NEEDED
from services.township.contacts import last_heard
from services.township.desk import pages
from services.township.desk.delivery import delivery
from services.township.organisations.own import desk_things as own_things
from services.township.organisations.pages import desk_things as organisation_things
from services.township.outcomes.tasks import desk_things as outcome_things
from services.township.statements.pages import desk_things
from shared.kit.clock import civil
from shared.kit.guard import allow
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.sync.authority import gaps, own_gaps
from shared.sync.flagged import flagged
from shared.sync.reporting import status
from shared.sync.runtime import Runtime

desk = Blueprint("desk", __name__, template_folder="templates")


@desk.get("/")
@allow("desk.see")
def page() -> ResponseReturnValue:
    """The desk."""
    contest, rows, today = current.contest(), current.returns(), civil(now()).date()
    townships = {
        unit.id: unit.name
        for unit in db().scalars(select(Unit).where(Unit.level == "township").order_by(Unit.path))
        if unit.id in me().scope.units or me().scope.everything
    }
    own = db().scalars(select(Unit).where(Unit.id.in_(townships))).all()
    absent = own_gaps(db(), own, NEEDED, now())
    unmanned = [gap.unit.name for gap in absent if "approve" in gap.missing]
    alarms = pages.alarms(contest, rows, unmanned, today) if contest else []
    villages = {
        unit.id: unit.name
        for unit in db().scalars(select(Unit).where(Unit.level == "branch").order_by(Unit.path))
    }
    waiting = pages.waiting(me(), contest, rows) if contest else []
    statements, others = desk_things() if me().may("statement.see") else ([], [])
    more = [*statements, *organisation_things(), *own_things(), *outcome_things()]
    waiting += [dict(thing, main=not waiting and not place) for place, thing in enumerate(more)]
    running: Runtime = current_app.extensions["sanji.runtime"]
    return render_template(
        "township/desk.html",
        heading={"title": gettext("工作台"), "note": contest.opened.title if contest else ""},
        waiting=waiting,
        elsewhere=[*(pages.elsewhere(me(), contest, rows, today) if contest else []), *others],
        alarms=[*flagged(running.node), *alarms],
        absences=pages.absences(absent, gaps(db()), bool(alarms), now()),
        progress=pages.progress(rows) if contest else None,
        stages=pages.steps(contest) if contest else [],
        sync=delivery(status(running.node), townships, villages, last_heard(db(), villages), now()),
    )
