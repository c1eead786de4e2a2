"""The page of what the county has marked about one member."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from services.county.outcomes.models import MARKS
from services.county.outcomes.place import PLACE
from services.county.outcomes.proposing import marks_of
from services.county.roster.models import KnownMember
from shared.kit.errors import Absent
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.kit.web import db
from shared.outcomes.pages import chosen_year, note_of

NAMES = {
    "candidate": N_("拟任人选"),
    "discipline_breach": N_("违纪"),
    "law_breach": N_("违法犯罪"),
}


def marks_page(member_id: UUID, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Marks that hold and those that ended, with a form for another. Raises Absent."""
    query = select(KnownMember.name, Unit.name).join(Unit, Unit.id == KnownMember.unit_id)
    newest = query.where(KnownMember.member_id == member_id).order_by(KnownMember.until.is_(None).desc())
    found = db().execute(newest.limit(1)).first()
    if found is None:
        raise Absent
    rows = [_row(one) for one in marks_of(db(), member_id)]
    held = {one["mark"] for one in rows if not one["ended_at"]}
    return {
        "heading": {"title": gettext("%(name)s：县里的登记", name=found[0]), "note": found[1]},
        "crumb": {"label": gettext("结果运用"), "href": url_for("outcomes.page")},
        "action": url_for("outcomes.mark", member_id=member_id),
        "rows": rows,
        "options": [{"value": one, "label": gettext(NAMES[one])} for one in MARKS if one not in held],
        "typed": request.form,
        "errors": list(errors),
        **note_of(PLACE, chosen_year(PLACE)),
    }


def _row(one: Any) -> dict[str, Any]:
    return {
        "mark": one.mark,
        "name": gettext(NAMES[one.mark]),
        "reason": one.reason,
        "by": one.by,
        "at": one.at,
        "ended_by": one.ended_by,
        "ended_at": one.ended_at,
        "end": url_for("outcomes.end_mark", member_id=one.member_id, mark_id=one.id),
    }
