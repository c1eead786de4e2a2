"""A grade, a total and their parts as pages show them, put right where an appeal changed them."""

from typing import Any

from flask import url_for
from flask_babel import gettext

from services.branch.appraisal.models import GradeLine
from services.branch.appraisal.put_right import PutRight
from services.branch.roster.models import Member
from shared.kit.i18n import in_english, named
from shared.sync.asked_year import year


def grade_name(code: str | None) -> str:
    """A grade in the reader's language; a dash for who has none."""
    rulebook = year().appraisal
    return named(rulebook.grades[rulebook.places[code]]) if code else "—"


def shown(line: GradeLine, since: PutRight) -> dict[str, Any]:
    """Base, grade and total as they stand now, with the appeals that changed them."""
    appeal, base = since.grade(line), since.base(line)
    return {
        "base": line.base + base.points,
        "base_changed": bool(base.points),
        "base_href": base.href,
        "total": since.total(line),
        "total_changed": bool(appeal and appeal.points),
        "grade": grade_name(appeal.grade if appeal else line.grade),
        "grade_changed": appeal is not None,
        "grade_href": since.href(appeal),
    }


def result(line: GradeLine, since: PutRight) -> dict[str, Any]:
    """One member's result with its parts and reasons."""
    appeal, base = since.grade(line), since.base(line)
    return {
        **shown(line, since),
        "before": (grade_name(line.grade), line.total) if appeal or base.points else None,
        "rank": line.rank if year().opened.ranked else None,
        "parts": [
            (gettext("基础分"), line.base + base.points),
            (gettext("月度积分"), line.months),
            (gettext("评议得分"), line.appraisal),
            (gettext("加分"), line.bonus),
            (gettext("扣分"), -line.deductions),
            *([(gettext("申诉更正"), appeal.points)] if appeal and appeal.points else []),
        ],
        "lines": [
            {"text": english if in_english() else text, "clause": clause}
            for text, english, clause in line.lines
        ],
    }


def grade_row(line: GradeLine, member: Member, since: PutRight) -> dict[str, Any]:
    """A row of the list of everybody graded."""
    return {
        **shown(line, since),
        "name": member.name,
        "number": member.number,
        "href": url_for("appraisal.member", member_id=member.id),
        "months": line.months + line.bonus - line.deductions,
        "appraisal": line.appraisal,
        "rank": line.rank,
    }
