"""From a JSON document of kind 'outcomes' to a `Rulebook`: every field checked, every error with its path.

Three things no county can amend: removal only after a failed help period, nothing that weighs on a member
is public, and discipline or crime is never shielded.
"""

from collections.abc import Iterable
from typing import Any

from shared.rules.document import DocumentError, Section
from shared.rules.fields import HEADING, HEADING_OPTIONAL, codes, each, flag, hundredths, read_heading
from shared.rules.points.scheme_values import FIELDS
from shared.rules.rulebook import CERTAINTIES

from .rulebook_values import (
    BREACHES,
    FLAGS,
    HELP,
    KINDS,
    MECHANISMS,
    TIERS,
    Appeals,
    Clocks,
    FollowUp,
    Grade,
    Rule,
    Rulebook,
    Tolerance,
    When,
)

_CONDITIONS = (
    *("grade_in", "flags", "without", "field_in", "consecutive"),
    *("lowest", "best_of_grade", "total_below", "help"),
)
_RULE = (
    *("code", "name", "mechanism", "kind", "tier", "when", "what", "clause", "source", "certainty"),
    *("heard_first", "public", "shieldable"),
)
_WEEK, _WORKDAYS = 7, 5
_RULE_OPTIONAL = ("name_en", "what_en", "document", "one_of", "clocks", "follow_up")


def parse_outcomes(document: Any) -> Rulebook:
    """Check a document of outcome rules and freeze it; DocumentError at the first thing wrong."""
    top = Section.of(document, "")
    top.only([*HEADING, "grades", "tolerance", "rules"], [*HEADING_OPTIONAL, "appeals"])
    grades = {grade.code: grade for grade in each(top, "grades", _grade, least=2)}
    return Rulebook(
        read_heading(document, top, "outcomes"),
        grades,
        _tolerance(top.section("tolerance")),
        each(top, "rules", lambda section: _rule(section, grades)),
        _appeals(top.section("appeals")) if "appeals" in top.value else Appeals(),
    )


def _appeals(section: Section) -> Appeals:
    section.only(["grade_days", "decide_days", "clause", "source", "certainty"])
    section.text("clause")
    section.text("source")
    section.choice("certainty", CERTAINTIES)
    return Appeals(section.whole("grade_days", 1, 250), section.whole("decide_days", 1, 250))


def _grade(section: Section) -> Grade:
    section.only(["code", "name"], ["name_en"])
    return Grade(section.code("code"), section.text("name"), section.optional_text("name_en"))


def _tolerance(section: Section) -> Tolerance:
    section.only(["most_days", "verify_days", "decide_days", "clause", "source", "certainty"])
    section.text("source")
    section.choice("certainty", CERTAINTIES)
    return Tolerance(
        section.whole("most_days", 1, 1830),
        section.whole("verify_days", 1, 250),
        section.whole("decide_days", 1, 250),
        section.text("clause"),
    )


def _rule(section: Section, grades: Iterable[str]) -> Rule:
    section.only(_RULE, _RULE_OPTIONAL)
    rule = Rule(
        code=section.code("code"),
        name=section.text("name"),
        name_en=section.optional_text("name_en"),
        mechanism=section.choice("mechanism", MECHANISMS),
        kind=section.choice("kind", KINDS),
        tier=section.choice("tier", TIERS),
        when=_when(section.section("when"), grades),
        what=section.text("what"),
        what_en=section.optional_text("what_en"),
        clause=section.text("clause"),
        source=section.text("source"),
        certainty=section.choice("certainty", CERTAINTIES),
        heard_first=flag(section, "heard_first"),
        public=flag(section, "public"),
        shieldable=flag(section, "shieldable"),
        document=section.code("document") if "document" in section.value else "",
        one_of=section.code("one_of") if "one_of" in section.value else "",
        clocks=_clocks(section),
        follow_up=_follow_up(section),
    )
    _check_fixed(section, rule)
    return rule


def _check_fixed(section: Section, rule: Rule) -> None:
    if rule.kind == "removal" and rule.when.help != "failed":
        raise DocumentError(
            f"{section.at('when')}.help",
            "劝退、除名须以帮扶教育无效为前提，请填 failed",
            "removal needs a failed help period: must be 'failed'",
        )
    if rule.public and rule.mechanism != "rise":
        raise DocumentError(
            section.at("public"),
            "对党员不利的结果不得公开",
            "only encouragement may be public: must be false",
        )
    if rule.shieldable and (rule.mechanism != "step_down" or not set(BREACHES).isdisjoint(rule.when.flags)):
        raise DocumentError(
            section.at("shieldable"),
            "只有“能下”类结果可以容错，违纪违法不在此列",
            "only stepping down can be shielded, never discipline or crime: must be false",
        )
    if rule.follow_up and rule.clocks.correct * _WEEK > rule.follow_up.days * _WORKDAYS:
        raise DocumentError(
            f"{section.at('follow_up')}.days",
            "复查不能早于整改期限，请把复查天数写长一些",
            "the follow-up must not come before what is to be corrected is due: give more days",
        )
    if rule.kind == "referral" and rule.mechanism != "discipline":
        raise DocumentError(
            section.at("mechanism"), "移送属于 discipline", "a referral is of mechanism 'discipline'"
        )


def _when(section: Section, grades: Iterable[str]) -> When:
    section.only([], _CONDITIONS)
    if not section.value:
        raise DocumentError(section.path, "至少要有一个条件", "needs at least one condition")
    given = section.value
    return When(
        grade_in=codes(section, "grade_in", grades, 1) if "grade_in" in given else (),
        flags=codes(section, "flags", FLAGS, 1) if "flags" in given else (),
        without=codes(section, "without", FLAGS, 1) if "without" in given else (),
        field_in=codes(section, "field_in", FIELDS, 1) if "field_in" in given else (),
        consecutive=_consecutive(section.section("consecutive"), grades) if "consecutive" in given else None,
        lowest=section.whole("lowest", 1, 100_000) if "lowest" in given else None,
        best_of_grade=section.whole("best_of_grade", 1, 100_000) if "best_of_grade" in given else None,
        total_below=hundredths(section, "total_below", 10_000_00) if "total_below" in given else None,
        help=section.choice("help", HELP) if "help" in given else "",
    )


def _consecutive(section: Section, grades: Iterable[str]) -> tuple[tuple[str, ...], int]:
    section.only(["grade_in", "years"])
    return codes(section, "grade_in", grades, 1), section.whole("years", 2, 20)


def _clocks(rule: Section) -> Clocks:
    if "clocks" not in rule.value:
        return Clocks()
    section = rule.section("clocks")
    section.only([], ["reply", "hearing", "appeal", "correct"])
    return Clocks(**{key: section.whole(key, 1, 250) for key in section.value})


def _follow_up(rule: Section) -> FollowUp | None:
    if "follow_up" not in rule.value:
        return None
    section = rule.section("follow_up")
    section.only(["days", "name"], ["name_en"])
    # Official text: a correction period is at most a year.
    return FollowUp(section.whole("days", 1, 365), section.text("name"), section.optional_text("name_en"))
