"""Why a unit's class came out so (explain): every entry, cap, threshold, vote and person, for pages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from shared.contracts.classing import EntryLine, Reported
from shared.contracts.documents import ClassLine, UnitClassed, UnitReviewed
from shared.contracts.regrade import Regraded
from shared.kit.i18n import in_english, named
from shared.organisations import wording
from shared.organisations.pages import say_day
from shared.organisations.results import Classed
from shared.rules.appraisal import Rulebook
from shared.rules.points.scheme_values import Scheme
from shared.rules.points.year import Done, year_points


def lines_of(made: Regraded, unit: Any) -> list[ClassLine]:
    """How points, total and class came about, in the rule's own words, as a document carries them."""
    result = made.by_member[unit]
    found = [*made.points[unit].lines, made.totals[unit], *result.lines]
    return [ClassLine(one.text, one.text_en, one.clause) for one in found]


def grade_of(rulebook: Rulebook, code: str | None) -> dict[str, str]:
    """A class by its code: its name, and a colour that only underlines it."""
    if not code or code not in rulebook.places:
        return {"code": code or "", "name": gettext("待定"), "colour": ""}
    place, last = rulebook.places[code], len(rulebook.grades) - 1
    colour = "green" if place == 0 else "red" if place == last else "amber" if place == last - 1 else ""
    return {"code": code, "name": named(rulebook.grades[place]), "colour": colour}


def why(
    classed: Classed, rulebook: Rulebook, scheme: Scheme | None, entries: Iterable[EntryLine]
) -> dict[str, Any]:
    """Everything about one unit's class."""
    one = classed.document
    return {
        "grade": grade_of(rulebook, classed.grade),
        "was": grade_of(rulebook, one.grade) if classed.upheld else None,
        "total": classed.total,
        "parts": _parts(one, classed),
        "rank": one.rank,
        "graded": one.graded,
        "seats": one.seats,
        "best": named(rulebook.grades[0]),
        "lines": [
            {"text": line.text_en if in_english() else line.text, "clause": line.clause} for line in one.lines
        ],
        "entries": entry_rows(scheme, entries),
        "people": _people(one),
        "reviews": [_review(rulebook, answer) for answer in classed.reviews],
        "problems": one.problems,
        "rectify_until": day_of(classed.rectify_until),
        "review_until": day_of(one.review_until),
        "rule": gettext(
            "规则版本 %(version)s，规则 %(rulebook)s，依据 %(digest)s",
            version=one.rule_version,
            rulebook=one.rulebook[:12],
            digest=one.digest[:12],
        ),
    }


def _parts(one: UnitClassed, classed: Classed) -> list[tuple[str, int]]:
    parts = [
        (gettext("基础分"), one.base),
        (gettext("月度积分"), one.months),
        (gettext("评议得分"), one.appraisal),
        (gettext("重点工作加分"), one.bonus),
        (gettext("扣分"), -one.deductions),
    ]
    if classed.upheld and classed.upheld.points:
        parts.append((gettext("复核更正"), classed.upheld.points))
    return parts


def _people(one: UnitClassed) -> list[tuple[str, str]]:
    return [
        (gettext("提出定级"), one.proposed_by),
        (gettext("审定"), one.confirmed_by),
        (gettext("县里受理"), one.accepted_by),
        (gettext("县里批准"), one.approved_by),
    ]


def _review(rulebook: Rulebook, answer: UnitReviewed) -> dict[str, Any]:
    return {
        "upheld": answer.upheld,
        "grade": grade_of(rulebook, answer.grade)["name"] if answer.grade else "",
        "points": answer.points,
        "reason": answer.reason,
        "by": answer.decided_by,
        "confirmed_by": answer.confirmed_by,
        "at": datetime.fromisoformat(answer.at),
    }


def entry_rows(scheme: Scheme | None, entries: Iterable[EntryLine]) -> list[dict[str, Any]]:
    """Approved entries with what each gave and which cap cut it, in order of the day done."""
    if scheme is None:
        return []
    done = [
        Done(str(one.id), one.day, scheme, scheme.by_code[one.item], one.points)
        for one in entries
        if one.item in scheme.by_code
    ]
    names = {category.code: named(category) for category in scheme.categories}
    return [
        {
            "item": named(scheme.by_code[line.item]),
            "category": names[line.category],
            "day": say_day(line.day),
            "claimed": line.claimed,
            "given": line.points,
            "cut": gettext(wording.CUTS[line.cut]) if line.cut else "",
        }
        for month in year_points(done).values()
        for line in month.lines
    ]


def report_page(rulebook: Rulebook, report: Reported, by: str, at: datetime) -> dict[str, Any]:
    """A self-report with its tallies."""
    tallies = [_tally(rulebook, "members", report.members)]
    if report.masses is not None:
        tallies.append(_tally(rulebook, "masses", report.masses))
    return {
        "text": report.text,
        "tallies": tallies,
        "skip_reason": report.skip_reason,
        "tellers": gettext("、").join(report.tellers),
        "by": by,
        "at": at,
    }


def _tally(rulebook: Rulebook, kind: str, tally: Any) -> dict[str, Any]:
    ballot = rulebook.ballots[kind]
    counts: Sequence[tuple[str, int]] = [
        (named(choice), tally.counts.get(choice.code, 0)) for choice in ballot.choices
    ]
    return {"name": named(ballot), "eligible": tally.eligible, "cast": tally.cast, "counts": counts}


def day_of(text: str) -> date | None:
    """A civil date out of a document; None where it has none."""
    return date.fromisoformat(text) if text else None


def grades_counted(rulebook: Rulebook, codes: Iterable[str]) -> list[dict[str, Any]]:
    """How many of each class, best first."""
    counts: Mapping[str, int] = _count(codes)
    return [{**grade_of(rulebook, one.code), "count": counts.get(one.code, 0)} for one in rulebook.grades]


def _count(codes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in codes:
        found[code] = found.get(code, 0) + 1
    return found
