"""The page that closes a year: what is still open, the typed confirmation, progress, the end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.grades.counting import graded_nowhere
from services.county.organisations.pages import said_fault
from services.county.organisations.room import ROOM
from services.county.years import asking, closing
from services.county.years.books import schemes_of
from services.county.years.models import MemberYear, YearClosing
from services.county.years.noting import fault_words, notes
from services.county.years.pages import opened_year
from services.county.years.schemas import AskForm, ClosingForm
from shared.kit.clock import civil
from shared.kit.db import after_commit
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now
from shared.organisations.classings import newest
from shared.rules.points.claims import december_until

NAMED = 12
OPEN = {
    "unconfirmed": N_("年终评议还没有经乡镇审定的支部"),
    "unsettled": N_("审定之后还没有办结（反馈、结果运用、结转）的支部"),
    "undrawn": N_("县里还没有生成结果运用建议的支部"),
    "outcome": N_("结果运用还没有决定或确认的党员"),
    "tolerance": N_("容错申请还没有办结的党员"),
    "appeal": N_("申诉还没有办结的党员"),
    "classing": N_("党组织定级已经报来、县里还没有批准的"),
    "class_review": N_("类别复核还没有答复的党组织"),
    "class_window": N_("类别还在申请复核期限内的"),
}


def closing_routes(years: Blueprint) -> None:
    """Under /years/<year>/closing."""

    @years.get("/<int:year>/closing")
    @allow("year.see")
    def closing_of(year: int) -> ResponseReturnValue:
        """What is still open, or how far the closing is."""
        return render_template("county/year_closing.html", **_page(year, []))

    @years.post("/<int:year>/closing")
    @allow("year.close")
    def close(year: int) -> ResponseReturnValue:
        """Begin to close the year."""
        if request.form.get("confirmation", "").strip() != str(year):
            words = gettext("请输入 %(year)s 以确认。", year=year)
            errors = [{"field": "confirmation", "message": words}]
            return render_template("county/year_closing.html", **_page(year, errors)), 422
        try:
            closing.begin_closing(db(), me(), year, now(), form(ClosingForm())["ungraded"])
        except Absent:
            raise
        except Refused as refused:
            errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
            return render_template("county/year_closing.html", **_page(year, errors)), refused.status
        doorbell = current_app.extensions["sanji.runtime"].doorbell
        after_commit(db(), "own", lambda: doorbell.ring("own"))
        flash(gettext("已开始关闭 %(year)s 年度，正在逐个支部复算。可以离开这一页。", year=year), "success")
        return redirect(url_for("years.closing_of", year=year), 303)

    @years.post("/<int:year>/closing/<uuid:unit_id>/ask")
    @allow("year.close")
    def ask(year: int, unit_id: UUID) -> ResponseReturnValue:
        """Ask a branch to settle its year anew."""
        try:
            asking.ask_anew(db(), me(), year, unit_id, form(AskForm())["reason"], now())
        except ValidationError as error:
            return render_template("county/year_closing.html", **_page(year, told(error))), 422
        except Absent:
            raise
        except Refused as refused:
            errors = [{"field": "reason", "message": gettext(refused.message) % refused.values}]
            return render_template("county/year_closing.html", **_page(year, errors)), refused.status
        flash(gettext("已请支部重新办结，支部的工作台上会看到理由。"), "success")
        return redirect(url_for("years.closing_of", year=year), 303)


def _fault(year: int, unit_id: UUID, name: str, fault: str) -> dict[str, Any]:
    """One branch that did not come out the same: what differs, what was asked of it, whether it answered."""
    if db().get_one(Unit, unit_id).level != "branch":
        return _classing_fault(year, unit_id, name, fault)
    asked, answered = asking.asked_and_answered(db(), year).get(unit_id, (None, False))
    return {
        "unit_id": unit_id,
        "name": name,
        "words": fault_words(db(), unit_id, fault),
        "fault": fault,
        "asked": asked,
        "answered": answered,
    }


def _classing_fault(year: int, unit_id: UUID, name: str, fault: str) -> dict[str, Any]:
    """A classing that did not come out the same: its page returns it to who filed it."""
    one = newest(db(), ROOM, year, unit_id)
    assert one is not None
    href = url_for("classes.classing", classing_id=one.row.id, year=year)
    return {"name": name, "words": said_fault(fault), "fault": "", "href": href, "asked": None}


def _page(year: int, errors: list[dict[str, str]]) -> dict[str, Any]:
    one = opened_year(year)
    begun = db().get(YearClosing, year)
    last = december_until(year, schemes_of(db(), one.rulebooks))
    waiting = [] if one.state == "closed" else closing.undecided(db(), one, civil(now()).date())
    return {
        "one": one,
        "open": [_open(found) for found in waiting],
        "early": last if civil(now()).date() <= last else None,
        "progress": _progress(begun) if begun else None,
        "ungraded": 0 if one.state == "closed" else len(graded_nowhere(db(), year)),
        "notes": [] if one.state == "closed" else notes(db(), year),
        "may_close": me().may("year.close") and _idle(one, begun),
        "errors": errors,
        **({"synthetic_note": gettext(one.synthetic_note)} if one.synthetic_note else {}),
    }


def _idle(one: MemberYear, begun: YearClosing | None) -> bool:
    return one.state == "open" and (begun is None or begun.ended_at is not None)


def _open(found: closing.Open) -> dict[str, Any]:
    return {
        "label": gettext(OPEN[found.sort]),
        "count": len(found.names),
        "names": list(found.names[:NAMED]),
        "hrefs": [url_for("outcomes.one", case_id=one) for one in found.cases[:NAMED]],
        "more": len(found.names) > NAMED,
    }


def _progress(begun: YearClosing) -> dict[str, Any]:
    found = closing.progress(db(), begun)
    return {
        "done": found.done,
        "branches": found.branches,
        "percent": found.done * 100 // found.branches if found.branches else 100,
        "running": begun.ended_at is None,
        "fault": begun.fault,
        "faults": [_fault(begun.year, *one) for one in found.faults],
        "by": begun.begun_by,
        "at": begun.ended_at or begun.begun_at,
    }
