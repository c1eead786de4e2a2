"""Batches of notices on the page: asked for from a list, followed while they are made, then downloaded."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from shared.kit import audit
from shared.kit.db import after_commit
from shared.kit.errors import Absent, Refused
from shared.kit.guard import allow
from shared.kit.i18n import N_
from shared.kit.web import db, me, now
from shared.outcomes.batches import MOST, Tables, ask, batch_of, one_pdf, one_zip
from shared.outcomes.listing import filters_said, list_page, printed
from shared.outcomes.notices import wanted
from shared.outcomes.pages import chosen_year, note_of, said
from shared.outcomes.place import Place
from shared.outcomes.voice import voice
from shared.sync.runtime import Runtime


def batch_routes(room: Blueprint, place: Place, tables: Tables) -> None:
    """Under /outcomes/notices; a member, who sees a notice only where it is his own, has none of it."""

    @room.post("/notices")
    @allow("outcome.see")
    def ask_notices() -> ResponseReturnValue:
        """Ask for the notices of the list."""
        _no_member()
        year = chosen_year(place)
        try:
            made = _ask(place, tables, year)
        except Absent:
            raise
        except Refused as refused:
            return render_template("outcomes/list.html", **list_page(place, said(refused))), 422
        return redirect(url_for("outcomes.notices", batch_id=made.id), 303)

    @room.get("/notices/<uuid:batch_id>")
    @allow("outcome.see")
    def notices(batch_id: UUID) -> ResponseReturnValue:
        """How far a batch is, and its files."""
        return render_template("outcomes/batch.html", **_page(place, _found(place, tables, batch_id)))

    @room.get("/notices/<uuid:batch_id>.zip")
    @allow("outcome.see")
    def notices_zip(batch_id: UUID) -> ResponseReturnValue:
        """A file of its own for each notice."""
        found = _found(place, tables, batch_id)
        return _sent(found, "zip", "application/zip", lambda: one_zip(db(), tables, found))

    @room.get("/notices/<uuid:batch_id>.pdf")
    @allow("outcome.see")
    def notices_pdf(batch_id: UUID) -> ResponseReturnValue:
        """All notices in one file."""
        found = _found(place, tables, batch_id)
        return _sent(found, "pdf", "application/pdf", lambda: BytesIO(one_pdf(db(), tables, found)))


def _no_member() -> None:
    if me().scope.person is not None:
        raise Absent


def _found(place: Place, tables: Tables, batch_id: UUID) -> Any:
    _no_member()
    return batch_of(db(), voice(db(), place.reading, me()), tables, batch_id, now())


def _ask(place: Place, tables: Tables, year: int) -> Any:
    cases = printed(place, year)
    if not cases:
        raise Refused(N_("这里没有可以打印的通知书。"))
    if len(cases) > MOST:
        raise Refused(N_("一次最多打印 %(most)s 份通知书，请先筛选，再分几次打印。"), most=MOST)
    runtime: Runtime = current_app.extensions["sanji.runtime"]
    keep = runtime.settings.keep_notices
    made = ask(db(), tables, me(), year, wanted(place, cases), filters_said(place, year), now(), keep)
    if made.ended_at is None:
        after_commit(db(), "own", lambda: runtime.doorbell.ring("own"))
    else:
        flash(gettext("这些通知书已经生成过，内容没有变化，直接下载即可。"), "info")
    return made


def _sent(found: Any, sort: str, kind: str, made: Callable[[], Any]) -> ResponseReturnValue:
    body = made()
    audit.record(db(), now(), me().account_id, me().unit.id, "notices.take", str(found.id), sort=sort)
    name = f"{me().unit.name}-{found.year}-{gettext('通知书')}.{sort}"
    return send_file(body, kind, as_attachment=True, download_name=name)


def _page(place: Place, found: Any) -> dict[str, Any]:
    year = found.year
    return {
        "heading": {
            "title": gettext("%(count)s 份通知书", count=found.total),
            "note": gettext("%(unit)s · %(year)s 年度", unit=me().unit.name, year=year),
        },
        "crumb": {
            "label": gettext("结果运用"),
            "href": url_for("outcomes.page", year=year, state="in_force"),
        },
        "batch": found,
        # The one file for printing comes after the last single one.
        "percent": found.done * 100 // found.total if found.ended_at is None else 100,
        "faults": [f"{one}（U+{ord(one):04X}）" for one in found.fault],
        **note_of(place, year),
    }
