"""A unit's own year-end pages: self-report, publicity, its class with why, review, putting right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from shared.contracts.appraisal import TallyLine
from shared.contracts.classing import Reported, ReviewAsked, Shown
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import named
from shared.kit.web import db, form, me, now
from shared.organisations import own_year
from shared.organisations.class_pages import errors_of, shown_rows, unit_words
from shared.organisations.filing import Own
from shared.organisations.gathering import approved
from shared.organisations.ledger import standings
from shared.organisations.own_place import OwnPlace
from shared.organisations.own_schemas import AskForm, report_form
from shared.organisations.pages import note_of
from shared.organisations.results import answers_of, classed_unit
from shared.organisations.why import day_of, why
from shared.organisations.year_end import UnitYear, unit_year
from shared.rules.appraisal import BALLOTS, Rulebook

Errors = Sequence[dict[str, str]]


def year_end_routes(room: Blueprint, place: OwnPlace) -> None:
    """Under /organisation/year-end."""

    @room.get("/year-end")
    @allow("organisation.see")
    def year_end_page() -> ResponseReturnValue:
        """Where the branch's year-end stands."""
        if not place.years():
            return render_template("organisations/no_year.html", title=gettext("述职和定级"))
        return render_template("organisations/own_year_end.html", **_page(place))

    @room.get("/year-end/report")
    @allow("organisation.file")
    def report_page() -> ResponseReturnValue:
        """The form of the self-report, as it was filed last."""
        return render_template("organisations/report.html", **_form(place, []))

    @room.post("/year-end/report")
    @allow("organisation.file")
    def file_report() -> ResponseReturnValue:
        """File it."""
        try:
            rulebook = place.year().appraisal_organisations
            given = _given(rulebook, form(report_form(rulebook)))
            own_year.report(db(), place.own(), me(), given, now())
        except ValidationError as error:
            return render_template("organisations/report.html", **_form(place, told(error))), 422
        except Absent:
            raise
        except Refused as refused:
            made = _form(place, errors_of(refused))
            return render_template("organisations/report.html", **made), refused.status
        flash(gettext("述职已报上级。"), "success")
        return redirect(url_for("organisation.year_end_page", year=place.year().year), 303)

    @room.post("/year-end/review")
    @allow("organisation.file")
    def ask_review() -> ResponseReturnValue:
        """Ask the county to look at the class again."""
        return _do(place, own_year.ask_review, gettext("复核申请已报县里。"))

    @room.post("/year-end/rectification")
    @allow("organisation.file")
    def rectify() -> ResponseReturnValue:
        """Report what was put right."""
        return _do(place, own_year.rectify, gettext("整改情况已报上级。"))


def _do(place: OwnPlace, act: Callable[..., None], done: str) -> ResponseReturnValue:
    try:
        act(db(), place.own(), me(), form(AskForm())["text"], now())
    except ValidationError as error:
        return render_template("organisations/own_year_end.html", **_page(place, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        made = _page(place, errors_of(refused))
        return render_template("organisations/own_year_end.html", **made), refused.status
    flash(done, "success")
    return redirect(url_for("organisation.year_end_page", year=place.year().year), 303)


def _page(place: OwnPlace, errors: Errors = ()) -> dict[str, Any]:
    own = place.own()
    here, unit = own.year, own.unit
    rulebook = here.appraisal_organisations
    words = unit_year(db(), own.said, here.year, unit.id)
    classed = classed_unit(db(), unit.id, here.year)
    open_ = own_year.open_request(db(), own, words)
    rows = standings(db(), own.tables, here.organisations, here.year, [unit.id]) if classed else []
    may, refused = me().may("organisation.file"), own_year.barred(db(), own, now())
    shown = words.shown.as_(Shown) if words.shown else None
    showing = shown is not None and civil(now()).date().isoformat() <= shown.until
    return {
        "heading": {
            "title": gettext("述职和定级"),
            "note": gettext("%(unit)s，%(year)s 年", unit=unit.name, year=here.year),
            "crumb": {"label": place.title(), "href": url_for("organisation.page", year=here.year)},
        },
        "year": here.year,
        "years": [_chip(one.year, here.year) for one in place.years()],
        "report_href": url_for("organisation.report_page", year=here.year) if may and not refused else "",
        "barred": gettext(refused.message) % refused.values if refused and not words.report else "",
        "classed": why(classed, rulebook, here.organisations, approved(rows)) if classed else None,
        **unit_words(rulebook, words, classed),
        "shown": shown_rows(rulebook, shown.rows, unit.id) if shown and showing else [],
        "shown_until": day_of(shown.until) if shown else None,
        "showing": showing,
        "asked": [_asked(own, one) for one in words.reviews],
        "ask_until": own_year.may_ask(words, own_year.class_that_counts(words, classed), open_, now())
        if may
        else None,
        "may_rectify": may and bool(classed and classed.rectify_until) and _owing(words),
        "typed": request.form,
        "errors": list(errors),
        **note_of(here),
    }


def _owing(words: UnitYear) -> bool:
    return words.rectification in ("", "returned")


def _asked(own: Own, word: Any) -> dict[str, Any]:
    answered = answers_of(db(), own.unit.id, own.year.year).get(word.id)
    return {
        "text": word.as_(ReviewAsked).text,
        "by": word.by,
        "at": word.at,
        "answered": answered is not None,
    }


def _chip(one: int, shown: int) -> dict[str, Any]:
    href = url_for("organisation.year_end_page", year=one)
    return {"label": one, "count": None, "href": href, "active": one == shown}


def _given(rulebook: Rulebook, data: Mapping[str, Any]) -> own_year.Report:
    masses = None if data["skip"] else _tally(rulebook, "masses", data)
    return own_year.Report(
        data["text"],
        _tally(rulebook, "members", data),
        masses,
        data["skip_reason"],
        (data["teller"], data["other_teller"]),
    )


def _tally(rulebook: Rulebook, kind: str, data: Mapping[str, Any]) -> TallyLine:
    counts = {choice.code: data[f"{kind}_{choice.code}"] for choice in rulebook.ballots[kind].choices}
    return TallyLine(data[f"{kind}_eligible"], data[f"{kind}_cast"], counts)


def _form(place: OwnPlace, errors: Errors) -> dict[str, Any]:
    own = place.own()
    here, unit = own.year, own.unit
    rulebook, typed = here.appraisal_organisations, request.form
    words = unit_year(db(), own.said, here.year, unit.id)
    before = words.report.as_(Reported) if words.report else None
    known = _typed(before) if before and not typed else typed
    refused = own_year.barred(db(), own, now())
    shown = [*errors, *(errors_of(refused) if refused and not errors else [])]
    return {
        "heading": {
            "title": gettext("年终述职"),
            "note": gettext("%(unit)s，%(year)s 年", unit=unit.name, year=here.year),
            "crumb": {
                "label": gettext("述职和定级"),
                "href": url_for("organisation.year_end_page", year=here.year),
            },
        },
        "ballots": [
            {
                "kind": kind,
                "name": named(rulebook.ballots[kind]),
                "choices": [(choice.code, named(choice)) for choice in rulebook.ballots[kind].choices],
                "may_skip": kind == "masses" and rulebook.step["mass_review"].may_skip,
            }
            for kind in BALLOTS
        ],
        "typed": known,
        "errors": shown,
        "action": url_for("organisation.file_report", year=here.year),
        **note_of(here),
    }


def _typed(before: Reported) -> dict[str, Any]:
    """What was filed last, as the form's fields."""
    made: dict[str, Any] = {
        "text": before.text,
        "skip": "on" if before.masses is None else "",
        "skip_reason": before.skip_reason,
        "teller": before.tellers[0],
        "other_teller": before.tellers[1],
    }
    for kind, tally in (("members", before.members), ("masses", before.masses)):
        if tally is not None:
            counts = {"eligible": tally.eligible, "cast": tally.cast, **tally.counts}
            made |= {f"{kind}_{name}": count for name, count in counts.items()}
    return made
