"""Grades that other branches gave to those who moved here, as pages show them."""

from typing import Any

from flask_babel import gettext

from services.branch.appraisal.results import grade_name
from services.branch.outcomes.corrected import brought_grades, corrected
from services.branch.roster.models import Member
from services.branch.transfers.models import BroughtGrade
from services.branch.village import village
from shared.kit.i18n import in_english
from shared.kit.web import db
from shared.outcomes.corrections import Corrected
from shared.sync.asked_year import year


def brought_result(member: Member) -> dict[str, Any] | None:
    """The member's grade of the year where another branch gave it; None where none has followed."""
    found = db().get(BroughtGrade, (member.unit_id, member.id, year().year))
    if found is None:
        return None
    return _row(found, member.name, corrected(db(), [member.id], year().year).get((member.id, year().year)))


def brought_rows() -> list[dict[str, Any]]:
    """Everybody here whose year another branch graded."""
    found = [one for one in brought_grades(db(), village().id) if one.year == year().year]
    members = {one.member_id: db().get(Member, (one.unit_id, one.member_id)) for one in found}
    put_right = corrected(db(), list(members), year().year) if members else {}
    return [
        _row(one, member.name, put_right.get((one.member_id, one.year)))
        for one in found
        if (member := members[one.member_id]) is not None and member.until is None
    ]


def _row(one: BroughtGrade, name: str, put_right: Corrected | None) -> dict[str, Any]:
    return {
        "name": name,
        "branch": one.branch_name,
        "grade": grade_name(put_right.grade if put_right else one.grade),
        "before": grade_name(one.grade) if put_right else "",
        "total": one.total + (put_right.points if put_right else 0),
        "signed_by": one.signed_by,
        "signed_at": one.signed_at,
        "parts": [
            (gettext("基础分"), one.base),
            (gettext("月度积分"), one.months),
            (gettext("评议得分"), one.appraisal),
            (gettext("加分"), one.bonus),
            (gettext("扣分"), -one.deductions),
            *([(gettext("申诉更正"), put_right.points)] if put_right and put_right.points else []),
        ],
        "lines": [
            {"text": english if in_english() else text, "clause": clause}
            for text, english, clause in one.lines
        ],
    }
