"""From a JSON document of kind 'appraisal' to a `Rulebook`: every field checked, errors with their path."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from shared.rules.document import DocumentError, Section
from shared.rules.fields import (
    HEADING,
    HEADING_OPTIONAL,
    codes,
    each,
    flag,
    hundredths,
    read_heading,
)
from shared.rules.rulebook import CERTAINTIES

from .rulebook_values import (
    BALLOTS,
    STEPS,
    BallotRule,
    Carry,
    CheckRule,
    Choice,
    Classing,
    GradeRule,
    QuorumRule,
    Rulebook,
    ShareRule,
    Step,
)

_FIELDS = [
    *HEADING,
    *("subjects", "steps", "ballots", "check", "full", "standard", "grades", "cap", "unqualified"),
    *("least_voters", "carry", "new_member_base"),
]
_MOST_POINTS = 10_000_00


def parse_appraisal(document: Any) -> Rulebook:
    """Check an appraisal rulebook of members or of units; DocumentError at the first thing wrong."""
    top = Section.of(document, "")
    top.only(_FIELDS, (*HEADING_OPTIONAL, "classing", "publicity_days"))
    ballots = _ballots(top)
    cap, lowest = _sourced(top, "cap"), _sourced(top, "unqualified")
    cap.only(["numerator", "denominator", "clause", "source", "certainty"])
    lowest.only(["least_signals", "clause", "source", "certainty"])
    denominator = cap.whole("denominator", 1, 1000)
    grades = _grades(top, ballots)
    return Rulebook(
        heading=read_heading(document, top, "appraisal"),
        subjects=top.choice("subjects", ["members", "units"]),
        steps=_steps(top),
        ballots=ballots,
        check=_check(top),
        full=hundredths(top, "full", _MOST_POINTS),
        standard=hundredths(top, "standard", _MOST_POINTS, least=1_00),
        grades=grades,
        cap=(cap.whole("numerator", 0, denominator), denominator),
        cap_clause=cap.text("clause"),
        # One signal alone must never put anyone into the last grade (M11).
        least_signals=lowest.whole("least_signals", 2, 3),
        signals_clause=lowest.text("clause"),
        least_voters=top.whole("least_voters", 2, 100),
        carry=_carry(top),
        new_member_base=hundredths(top, "new_member_base", _MOST_POINTS),
        publicity_days=_publicity_days(top),
        classing=_classing(top, [grade.code for grade in grades]),
    )


def _publicity_days(top: Section) -> int:
    """Working days for which grades and rankings are shown in the branch; five where nothing is said."""
    return top.whole("publicity_days", 1, 60) if "publicity_days" in top.value else 5


def _sourced(top: Section, key: str) -> Section:
    section = top.section(key)
    for field in ("source", "certainty"):
        section.only([field], section.value)
    section.text("source")
    section.choice("certainty", CERTAINTIES)
    return section


def _steps(top: Section) -> tuple[Step, ...]:
    steps = each(top, "steps", _step)
    if missing := [code for code in STEPS if code not in {step.code for step in steps}]:
        raise DocumentError("steps", f"还缺：{'、'.join(missing)}", f"lacks {', '.join(missing)}: add them")
    return steps


def _step(section: Section) -> Step:
    section.only(["code", "name", "may_skip"], ["name_en"])
    return Step(
        section.choice("code", STEPS),
        section.text("name"),
        section.optional_text("name_en"),
        flag(section, "may_skip"),
    )


def _ballots(top: Section) -> dict[str, BallotRule]:
    section = top.section("ballots")
    section.only(BALLOTS)
    return {kind: _ballot(section.section(kind), kind) for kind in BALLOTS}


def _ballot(section: Section, kind: str) -> BallotRule:
    section.only(["name", "quorum", "choices", "weight"], ["name_en"])
    quorum = section.section("quorum")
    quorum.only(["percent", "more_than", "least"])
    return BallotRule(
        kind,
        section.text("name"),
        section.optional_text("name_en"),
        QuorumRule(
            hundredths(quorum, "percent"), flag(quorum, "more_than"), quorum.whole("least", 0, 100_000)
        ),
        each(section, "choices", _choice, least=2),
        hundredths(section, "weight", least=1),
    )


def _choice(section: Section) -> Choice:
    section.only(["code", "name", "points"], ["name_en"])
    return Choice(
        section.code("code"),
        section.text("name"),
        section.optional_text("name_en"),
        hundredths(section, "points"),
    )


def _check(top: Section) -> CheckRule:
    section = top.section("check")
    section.only(["weight", "choices"])
    return CheckRule(hundredths(section, "weight"), each(section, "choices", _choice, least=2))


def _grades(top: Section, ballots: Mapping[str, BallotRule]) -> tuple[GradeRule, ...]:
    sections = top.sections("grades", least=3)
    each(top, "grades", lambda section: section)
    grades = tuple(_grade(section, ballots) for section in sections[:-1])
    last = sections[-1]
    last.only(["code", "name", "clause"], ["name_en"])
    for index, (better, worse) in enumerate(pairwise(grades), start=1):
        if worse.total_least >= better.total_least:
            raise DocumentError(
                f"grades[{index}].total_least", "应低于上一格次", "must be below that of the better grade"
            )
    return (
        *grades,
        GradeRule(
            last.code("code"), last.text("name"), last.optional_text("name_en"), last.text("clause"), 0, {}
        ),
    )


def _grade(section: Section, ballots: Mapping[str, BallotRule]) -> GradeRule:
    section.only(["code", "name", "clause", "total_least", "shares"], ["name_en"])
    shares = section.section("shares")
    shares.only(BALLOTS)
    return GradeRule(
        section.code("code"),
        section.text("name"),
        section.optional_text("name_en"),
        section.text("clause"),
        hundredths(section, "total_least", 200_00),
        {kind: _share(shares.section(kind), ballots[kind]) for kind in BALLOTS},
    )


def _share(section: Section, ballot: BallotRule) -> ShareRule:
    section.only(["choices", "least"])
    return ShareRule(codes(section, "choices", ballot.by_code, least=1), hundredths(section, "least"))


def _carry(top: Section) -> Carry:
    section = _sourced(top, "carry")
    section.only(["percent", "of", "round_to", "rounding", "source", "certainty"])
    return Carry(
        hundredths(section, "percent", 90_00),
        section.choice("of", ["total", "earned"]),
        hundredths(section, "round_to", least=1),
        section.choice("rounding", ["half_up", "down", "up"]),
    )


def _classing(top: Section, grades: Sequence[str]) -> Classing:
    """Rulebooks from before this section had words are read with the shipped numbers."""
    if "classing" not in top.value:
        return Classing(5, 10, (grades[-1],), 180)
    section = _sourced(top, "classing")
    section.only(["publicity_days", "review_days", "rectify", "rectify_days", "source", "certainty"])
    return Classing(
        section.whole("publicity_days", 1, 60),
        section.whole("review_days", 1, 60),
        codes(section, "rectify", grades),
        section.whole("rectify_days", 1, 730),
    )
