"""The first page after signing in: what waits, most urgent first."""

from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.county.contest.course import contests
from services.county.contest.stages import shown, steps
from services.county.desk.waiting import waiting
from services.county.exceptions.actions import current_exceptions
from services.county.registry import reading
from services.county.returns.progress import TownshipProgress, by_township
from shared.kit.absence import absence
from shared.kit.guard import allow
from shared.kit.web import db, me, now
from shared.sync.authority import gaps
from shared.sync.flagged import flagged
from shared.sync.reporting import status

desk = Blueprint("desk", __name__, template_folder="templates")
LONGEST = 8


@desk.get("/")
@allow("desk.see")
def page() -> ResponseReturnValue:
    """The desk: each sees what their permissions make theirs."""
    user = me()
    newest = next(iter(contests(db())), None) if user.may("contest.see") else None
    if newest:
        shown(db(), newest.id)
    return render_template(
        "county/desk.html",
        unit=user.unit.name,
        waiting=waiting(db(), user, now()),
        contest=newest,
        stages=steps(db(), newest) if newest else [],
        lagging=_lagging(newest)[:LONGEST] if newest else [],
        more=max(0, len(_lagging(newest)) - LONGEST) if newest else 0,
        late=current_exceptions(db(), newest, now()) if newest else [],
        absences=[(gap.unit.name, absence(gap.missing, gap.since, now())) for gap in gaps(db())],
        flagged=flagged(current_app.extensions["sanji.runtime"].node),
        sync=_sync(),
        audit=_audit(),
        may_run=user.may("contest.run"),
    )


def _lagging(contest: Any) -> list[TownshipProgress]:
    if contest.state not in ("collecting", "verifying"):
        return []
    return [one for one in by_township(db(), contest) if one.missing]


def _sync() -> dict[str, Any]:
    """One line about the streams: how much is under way, and whether a stream has stopped."""
    streams = status(current_app.extensions["sanji.runtime"].node)
    lag = sum(one.lag for one in streams)
    stopped = [one for one in streams if one.state != "open" or one.quarantined]
    if stopped:
        label = gettext("%(count)s 条数据流要看一看", count=len(stopped))
    elif lag:
        label = gettext("%(count)s 件正在路上", count=lag)
    else:
        label = gettext("上下级数据已同步")
    href = url_for("registry.nodes") if me().may("sync.see") else ""
    return {"label": label, "ok": not stopped, "href": href, "count": len(streams)}


def _audit() -> dict[str, Any] | None:
    if not me().may("audit.see"):
        return None
    return {"waiting": reading.unsealed(db())[0], "sealed": reading.sealed_count(db())}
