"""Graded years at the township: seen, accepted, confirmed by another, or returned."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError
from sqlalchemy import select

from services.township.appraisals import reviewing, wording
from services.township.appraisals.models import AppraisalReview, ReceivedAppraisal
from services.township.appraisals.schemas import ReturnForm, SeenForm
from services.township.roster.models import KnownMember
from services.township.statements.wording import endorsed
from shared.contracts.appraisal import AppraisalFiled, AppraisedLine
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import N_, named
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.kit.web import db, form, me, now
from shared.rules.appraisal import Rulebook
from shared.sync.asked_year import years

appraisals = Blueprint("appraisals", __name__, template_folder="templates", url_prefix="/appraisals")
STATES = {
    "": (N_("待受理"), "amber"),
    "accepted": (N_("已受理，待审定"), "amber"),
    "returned": (N_("已退回"), "red"),
    "confirmed": (N_("已审定"), "green"),
}
FAULTS = {
    "rulebook": N_("所用规则不是县里公布的那一套"),
    "digest": N_("依据和核验码对不上"),
    "year": N_("县里没有开启这个年度"),
}
_decode = msgspec.json.Decoder(AppraisalFiled).decode


def waiting_filings() -> int:
    """The number beside the appraisals in the header: filings that wait for a decision."""
    decided = select(AppraisalReview.filing_id).where(AppraisalReview.state != "accepted")
    query = select(ReceivedAppraisal.id).where(ReceivedAppraisal.id.not_in(decided))
    return len(db().scalars(query).all())


@appraisals.get("")
@allow("appraisal.see")
def listing() -> ResponseReturnValue:
    """Filings, those that wait first."""
    query = (
        select(ReceivedAppraisal, AppraisalReview, Unit.name)
        .join(Unit, Unit.id == ReceivedAppraisal.unit_id)
        .outerjoin(AppraisalReview, AppraisalReview.filing_id == ReceivedAppraisal.id)
        .order_by(ReceivedAppraisal.filed_at.desc())
    )
    rows = [_row(row[0], row[1], row[2]) for row in db().execute(query)]
    rows.sort(key=lambda row: list(STATES).index(row["code"]))
    return render_template("township/appraisals.html", rows=rows, **_note())


def _row(received: ReceivedAppraisal, review: AppraisalReview | None, unit: str) -> dict[str, Any]:
    code = review.state if review else ""
    words, colour = STATES[code]
    return {
        "code": code,
        "state": gettext(words),
        "colour": colour,
        "unit": unit,
        "year": received.year,
        "members": received.members,
        "grades": _counts(received),
        "doubts": len(received.differences) + len(received.otherwise) + bool(received.fault),
        "who": (review.decided_by or review.accepted_by) if review else received.filed_by,
        "when": (review.decided_at or review.accepted_at) if review else received.filed_at,
        "href": url_for("appraisals.one", filing_id=received.id),
    }


def _note() -> dict[str, str]:
    """What the county says of the origin of figures that are not real."""
    note = years()[0].opened.synthetic_note if years() else ""
    return {"synthetic_note": gettext(note)} if note else {}


def _rulebook(year: int) -> Rulebook | None:
    return next((one.appraisal for one in years() if one.year == year), None)


def _grade(rulebook: Rulebook | None, code: str | None) -> str:
    if not code:
        return str(gettext("不定格次"))
    known = rulebook is not None and code in rulebook.places
    return named(rulebook.grades[rulebook.places[code]]) if rulebook and known else code


def _counts(received: ReceivedAppraisal) -> list[tuple[str, int]]:
    rulebook = _rulebook(received.year)
    codes = [*(rulebook.places if rulebook else received.grades), ""]
    return [(_grade(rulebook, code), received.grades[code]) for code in codes if received.grades.get(code)]


@appraisals.get("/<uuid:filing_id>")
@allow("appraisal.see")
def one(filing_id: UUID) -> ResponseReturnValue:
    """One branch's year."""
    return _page(filing_id)


def _page(filing_id: UUID, errors: Sequence[dict[str, str]] = ()) -> str:
    received, review = reviewing.filing_of(db(), filing_id)
    filed, rulebook = _decode(received.original), _rulebook(received.year)
    unit = db().get_one(Unit, received.unit_id)
    known = select(KnownMember.member_id, KnownMember.name, KnownMember.number).where(
        KnownMember.unit_id == received.unit_id
    )
    names = {row.member_id: (row.name, row.number) for row in db().execute(known)}
    differ = {UUID(one["member_id"]): one for one in received.differences}
    inputs, otherwise = {one.member_id: one for one in filed.inputs}, wording.differing(received)
    lines = [
        {
            "name": names.get(one.member_id, (str(one.member_id)[:8], ""))[0],
            "number": names.get(one.member_id, ("", ""))[1],
            "base": inputs[one.member_id].base if one.member_id in inputs else None,
            "earned": _earned(inputs.get(one.member_id)),
            "appraisal": one.appraisal,
            "total": one.total,
            "grade": _grade(rulebook, one.grade),
            "counted": _counted(rulebook, differ.get(one.member_id)),
            "standard": inputs[one.member_id].standard if one.member_id in inputs else None,
            "opinion": _grade(rulebook, inputs[one.member_id].opinion) if one.member_id in inputs else "",
            "otherwise": otherwise.get(one.member_id, []),
        }
        for one in filed.grades
    ]
    return render_template(
        "township/appraisal.html",
        row=_row(received, review, unit.name),
        version=review.version if review else 0,
        filing_id=filing_id,
        lines=lines,
        missing=wording.missing(received, names),
        fault=gettext(FAULTS.get(received.fault, received.fault)) if received.fault else "",
        skip_reason=filed.skip_reason,
        slips=filed.slips,
        objections=filed.objections,
        publicity_until=filed.publicity_until,
        endorsed=endorsed(filed),
        reason=review.reason if review else "",
        may=_may(received, review),
        typed=request.form,
        errors=list(errors),
        **_note(),
    )


def _earned(one: AppraisedLine | None) -> int | None:
    return one.months + one.bonus - one.deductions if one else None


def _counted(rulebook: Rulebook | None, found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None or found["counted"] is None:
        return None
    return {"total": found["counted"][0], "grade": _grade(rulebook, found["counted"][1])}


def _may(received: ReceivedAppraisal, review: AppraisalReview | None) -> dict[str, Any]:
    """What the asker can do now; `barred` why not to confirm."""
    state = review.state if review else ""
    own = review is not None and same_person(db(), me(), review.accepted_by_id, review.accepted_by)
    barred = gettext("受理和审定要由两个人分别办理。") if own else ""
    if received.differences or received.fault:
        barred = gettext("重算结果和支部报的不一致，不能审定，请退回。")
    if received.otherwise:
        barred = gettext("支部报的和乡镇掌握的不一致，不能审定，请退回。")
    return {
        "accept": state == "" and me().may("appraisal.accept"),
        "confirm": state == "accepted" and me().may("appraisal.confirm"),
        "barred": barred,
        "give_back": state in ("", "accepted") and me().may("appraisal.return"),
    }


def _decide(filing_id: UUID, act: Callable[[], None], done: str) -> ResponseReturnValue:
    try:
        act()
    except ValidationError as error:
        return _page(filing_id, told(error)), 422
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return _page(filing_id, errors), refused.status
    flash(done, "success")
    return redirect(url_for("appraisals.one", filing_id=filing_id), 303)


@appraisals.post("/<uuid:filing_id>/accept")
@allow("appraisal.accept")
def accept(filing_id: UUID) -> ResponseReturnValue:
    """Take it up."""
    return _decide(
        filing_id,
        lambda: reviewing.accept(db(), me(), filing_id, form(SeenForm())["version"], now()),
        gettext("已受理，请另一人审定。"),
    )


@appraisals.post("/<uuid:filing_id>/confirm")
@allow("appraisal.confirm")
def confirm(filing_id: UUID) -> ResponseReturnValue:
    """Confirm it."""
    return _decide(
        filing_id,
        lambda: reviewing.confirm(db(), me(), filing_id, form(SeenForm())["version"], now()),
        gettext("已审定，正在报县里。"),
    )


@appraisals.post("/<uuid:filing_id>/return")
@allow("appraisal.return")
def give_back(filing_id: UUID) -> ResponseReturnValue:
    """Return it with a reason."""

    def act() -> None:
        data = form(ReturnForm())
        reviewing.give_back(db(), me(), filing_id, data["version"], data["reason"], now())

    return _decide(filing_id, act, gettext("已退回，支部会看到理由。"))
