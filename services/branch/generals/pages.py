"""What the general branch's pages show: what waits, its lines, what was decided."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.branch.generals import endorsing
from services.branch.generals.endorsing import Row
from services.branch.generals.submitting import STATEMENT, read
from services.branch.generals.wording import STATES
from services.branch.roster.models import Member
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.statements import StatementClosed
from shared.kit.errors import Absent
from shared.kit.i18n import named
from shared.kit.units import Unit, looked_after
from shared.kit.web import db, me
from shared.sync.asked_year import years
from shared.sync.years import MemberYear


def waiting_endorsements() -> int:
    """The number beside the general branch in the header."""
    return endorsing.how_many_wait(db(), me())


def listing(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """What waits, oldest first, and what was decided last. Raises Absent without a general branch."""
    generals = endorsing.generals_of(db(), me())
    if not generals:
        raise Absent
    years()  # read here so that the page says what figures are not real
    branches = looked_after(db(), [one.id for one in generals])
    note = gettext(
        "%(unit)s，下设 %(count)s 个支部",
        unit=gettext("、").join(one.name for one in generals),
        count=len(branches),
    )
    waiting = endorsing.waiting(db(), me())
    own = endorsing.own_among(db(), me(), waiting)
    return {
        "heading": {"title": gettext("党总支审核"), "note": note},
        "branches": [one.name for one in branches],
        "rows": [_waiting_row(one, own=one.submission.id in own) for one in waiting],
        "decided": [_decided_row(one) for one in endorsing.decided(db(), me())],
        "may_endorse": me().may("general.endorse"),
        "errors": list(errors),
    }


def what(row: Row) -> str:
    """'2026 年 3 月积分月报' or '2026 年度民主评议'."""
    one = row.submission
    if one.kind == STATEMENT:
        return str(gettext("%(year)s 年 %(month)s 月积分月报", year=one.year, month=one.month))
    return str(gettext("%(year)s 年度民主评议", year=one.year))


def _base(row: Row) -> dict[str, Any]:
    return {
        "id": row.submission.id,
        "version": 0,
        "name": row.unit.name,
        "what": what(row),
        "href": url_for("generals.one", submission_id=row.submission.id),
    }


def _waiting_row(row: Row, *, own: bool) -> dict[str, Any]:
    body = read(row.submission)
    return _base(row) | {
        "selectable": me().may("general.endorse") and not own,
        "own": own,
        "members": len(body.members) if isinstance(body, StatementClosed) else len(body.grades),
        "total": sum(one.total for one in body.members) if isinstance(body, StatementClosed) else None,
        "part": body.part if isinstance(body, StatementClosed) else 1,
        "note": body.note if isinstance(body, StatementClosed) else "",
        "who": row.submission.by,
        "when": row.submission.at,
    }


def _decided_row(row: Row) -> dict[str, Any]:
    said = row.standing.said
    assert said is not None, "it is decided"
    words, colour = STATES[row.standing.state]
    return _base(row) | {
        "state": gettext(words),
        "colour": colour,
        "who": said.by,
        "when": said.at,
        "reason": said.reason,
    }


def one_page(submission_id: UUID, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One month or appraisal with its lines. Raises Absent."""
    row = endorsing.row_of(db(), me(), submission_id)
    body, said = read(row.submission), row.standing.said
    words, colour = STATES[row.standing.state]
    names = _names(row.unit)
    own = bool(endorsing.own_among(db(), me(), [row]))
    return {
        "row": _base(row) | {"who": row.submission.by, "when": row.submission.at},
        "crumb": {"label": gettext("党总支审核"), "href": url_for("generals.page")},
        "state": {"label": gettext(words), "colour": colour},
        "said": said,
        "waiting": row.standing.state == "waiting",
        "may_endorse": me().may("general.endorse"),
        "own": own,
        "month": _month(body, names) if isinstance(body, StatementClosed) else None,
        "appraisal": _appraisal(body, names) if isinstance(body, AppraisalFiled) else None,
        "errors": list(errors),
    }


def _names(unit: Unit) -> dict[UUID, tuple[str, str]]:
    query = select(Member.id, Member.name, Member.number).where(Member.unit_id == unit.id)
    return {row.id: (row.name, row.number) for row in db().execute(query)}


def _year(number: int) -> MemberYear | None:
    return next((one for one in years() if one.year == number), None)


def _month(body: StatementClosed, names: dict[UUID, tuple[str, str]]) -> dict[str, Any]:
    here = _year(body.year)
    categories = next(iter(here.by_field.values())).categories if here else []
    lines = []
    for line in body.members:
        name, number = names.get(line.member_id, ("", ""))
        sums: Counter[str] = Counter()
        late = 0
        for entry in line.posted:
            sums[entry.category] += entry.points
            late += entry.points if entry.kind != "month" else 0
        made = {"name": name, "number": number, "exempt": line.exempt, "categories": dict(sums)}
        lines.append(made | {"late": late, "total": line.total})
    figures = body.figures
    return {
        "part": body.part,
        "note": body.note,
        "total": sum(line.total for line in body.members),
        "facts": [
            (gettext("申报"), figures.get("claims", 0)),
            (gettext("通过"), figures.get("approved", 0)),
            (gettext("退回"), figures.get("returned", 0)),
            (gettext("代报"), figures.get("proxy", 0)),
        ],
        "categories": [(one.code, named(one)) for one in categories],
        "lines": sorted(lines, key=lambda one: str(one["number"])),
    }


def _appraisal(body: AppraisalFiled, names: dict[UUID, tuple[str, str]]) -> dict[str, Any]:
    here = _year(body.year)
    inputs = {one.member_id: one for one in body.inputs}
    lines = [
        {
            "name": names.get(one.member_id, ("", ""))[0],
            "number": names.get(one.member_id, ("", ""))[1],
            "earned": _earned(inputs[one.member_id]),
            "base": inputs[one.member_id].base,
            "appraisal": one.appraisal,
            "total": one.total,
            "grade": _grade(here, one.grade),
        }
        for one in body.grades
    ]
    return {
        "facts": [
            (gettext("公示到"), body.publicity_until),
            (gettext("公示中的异议"), gettext("%(count)s 件", count=body.objections)),
            (gettext("群众测评"), body.skip_reason or gettext("已办")),
        ],
        "lines": sorted(lines, key=lambda one: str(one["number"])),
    }


def _earned(given: Any) -> int:
    return int(given.months + given.bonus - given.deductions)


def _grade(here: MemberYear | None, code: str | None) -> str:
    if code is None or here is None:
        return code or "—"
    rulebook = here.appraisal
    return named(rulebook.grades[rulebook.places[code]])


def reason_page(errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """One reason for all that was ticked."""
    selected = request.form.getlist("selected")
    return {
        "title": gettext("退回 %(count)s 份", count=len(selected)),
        "selected": selected,
        "crumb": {"label": gettext("党总支审核"), "href": url_for("generals.page")},
        "reason": request.form.get("reason", ""),
        "longest": endorsing.REASON_LENGTH,
        "errors": list(errors),
    }
