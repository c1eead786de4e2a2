"""What the return's pages show: form, check-your-answers, confirmation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_login import current_user

from services.branch.delivery import delivery, told
from services.branch.returns.checks import problem, problems_by_field, remarks
from services.branch.returns.models import VillageReturn
from services.branch.returns.reading import (
    ReturnStatus,
    check_values,
    last_year,
    late_by_leave,
    may_file,
    status,
)
from services.branch.returns.schemas import SHOWN, VALUE
from services.branch.village import contest, village
from services.branch.wording import leave_words, unit_of
from shared.kit.i18n import named
from shared.kit.web import db, now
from shared.rules.rulebook_values import Indicator, Rulebook, YesNo
from shared.sync.contests import OpenContest

YES, NO = "是", "否"


def standing() -> tuple[OpenContest, ReturnStatus] | None:
    """The contest under way and where the asker's village stands in it; None before the first contest."""
    here = contest()
    return (here, status(db(), here.id, village().id)) if here else None


def waiting_here() -> int:
    """How many returns wait for this village to write: the count in the header."""
    found = standing() if current_user.is_authenticated else None
    return int(bool(found and found[1].open and may_file(found[0], found[1], now())))


def form_page(
    here: OpenContest,
    current: ReturnStatus,
    *,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    note_error: str = "",
) -> dict[str, Any]:
    """The form. `wrong` are the words that stop it, by indicator; `typed` what could not be saved."""
    leave = late_by_leave(here, current, now())
    values = current.attempt.values if current.attempt else {}
    before = last_year(db(), village().id, here.opened.year)
    said = remarks(here.rulebook, values, before)
    shown = {**values, **(typed or {})}
    errors = problems_by_field(here.rulebook, wrong or {}, VALUE)
    if note_error:
        errors.append({"field": "note", "message": note_error})
    return {
        **_heading(here),
        "due": here.course.filing_until,
        "in_time": current.sent_back is None and leave is None,
        "leave": leave and leave_words(leave),
        "back": {"label": gettext("工作台"), "href": url_for("desk.page")},
        "sent_back": _sent_back(current),
        "history_href": url_for("returns.history") if current.number > 1 else "",
        "check_action": url_for("returns.check"),
        "autosave_action": url_for("returns.save"),
        "version": current.version,
        "saved_at": current.attempt.updated_at if current.state == "draft" and current.attempt else None,
        "note": current.attempt.note if current.attempt else "",
        "note_error": note_error,
        "errors": errors,
        "parts": [
            {
                "name": named(category),
                "fields": [
                    field(one, shown, values, before, wrong or {}, said)
                    for one in here.rulebook.indicators
                    if one.category == category.code
                ],
            }
            for category in here.rulebook.categories
        ],
        "filled": filled(here.rulebook, values),
        "total": len(here.rulebook.indicators),
    }


def filled(rulebook: Rulebook, values: Mapping[str, str]) -> int:
    """How many figures can be filed as they stand."""
    return len(rulebook.indicators) - len(check_values(rulebook, values))


def _heading(here: OpenContest) -> dict[str, Any]:
    return {"year": here.opened.year, "village": village().name}


def _sent_back(current: ReturnStatus) -> dict[str, Any] | None:
    found = current.sent_back
    return {"reason": found.reason, "who": found.by, "when": found.at} if found else None


def field(
    one: Indicator,
    shown: Mapping[str, str],
    saved: Mapping[str, str],
    before: Mapping[str, str],
    wrong: Mapping[str, str],
    said: Mapping[str, str],
) -> dict[str, Any]:
    """One field of the form: as shown, as saved, last year's, what stops it, what is said beside it."""
    yesno = isinstance(one.scoring, YesNo)
    error = wrong.get(one.code, "")
    return {
        "code": VALUE + one.code,
        "was_code": SHOWN + one.code,
        "was": saved.get(one.code, ""),
        "label": named(one),
        "unit": unit_of(one),
        "hint": gettext("依据：%(evidence)s（%(source)s）", evidence=one.evidence, source=one.source),
        "value": shown.get(one.code, ""),
        "last_year": before.get(one.code),
        "kind": "yesno" if yesno else "number",
        "options": [{"value": YES, "label": gettext("是")}, {"value": NO, "label": gettext("否")}],
        "error": error,
        "check": "" if error else said[one.code],
    }


def what_is_wrong(here: OpenContest, current: ReturnStatus) -> dict[str, str]:
    """What keeps the draft from being filed, in words by indicator."""
    values = current.attempt.values if current.attempt else {}
    return {code: problem(bad) for code, bad in check_values(here.rulebook, values).items()}


def check_page(here: OpenContest, current: ReturnStatus, *, changed: str = "") -> dict[str, Any]:
    """All answers once more; `changed` says that somebody else has typed since."""
    assert current.attempt is not None
    values = current.attempt.values
    said = remarks(here.rulebook, values, last_year(db(), village().id, here.opened.year), wrong=False)
    return {
        **_heading(here),
        "version": current.version,
        "submit_action": url_for("returns.file"),
        "may_file": current_user.may("return.file"),
        "back": {"label": gettext("回去改"), "href": url_for("returns.page")},
        "changed": changed,
        "checks": sum(map(bool, said.values())),
        "note": current.attempt.note,
        "note_href": url_for("returns.page", _anchor="f-note"),
        "parts": [
            {
                "name": named(category),
                "rows": [
                    _answer(one, values[one.code], said[one.code])
                    for one in here.rulebook.indicators
                    if one.category == category.code
                ],
            }
            for category in here.rulebook.categories
        ],
    }


def _answer(one: Indicator, value: str, check: str) -> dict[str, str]:
    href = url_for("returns.page", _anchor=f"f-{VALUE}{one.code}")
    return {"label": named(one), "value": f"{value} {unit_of(one)}".strip(), "href": href, "check": check}


def reference(found: VillageReturn, year: int) -> str:
    """The number a person quotes for a filed return: year and the end of its id."""
    tail = found.id.hex[-8:].upper()
    return f"SB{year}-{tail[:4]}-{tail[4:]}"


def done_page(here: OpenContest, found: VillageReturn, at: datetime) -> dict[str, Any]:
    """The confirmation of a filed return."""
    return {
        **_heading(here),
        "reference": reference(found, here.opened.year),
        "filed_at": found.filed_at,
        "filed_by": found.filed_by,
        "next_steps": [
            gettext("镇里受理前，可以在“村级申报”里撤回来改"),
            gettext("镇里逐项核实；有疑问会退回，并写明原因"),
            gettext("县里排出名次后公示，公示期内可以提出异议"),
        ],
        "desk_href": url_for("desk.page"),
        "history_href": url_for("returns.history"),
        "sync": told(delivery(db(), found.unit_id), at),
    }
