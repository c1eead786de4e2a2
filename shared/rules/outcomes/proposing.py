"""From a grade to proposals (M12): what the rules propose, why, what a shield holds back."""

from dataclasses import dataclass
from datetime import date

from shared.rules.words import Line, Refusal, RuleError, listed, listed_en

from .rulebook_values import Clocks, FollowUp, Rule, Rulebook
from .subject import Shield, Subject, reasons

RULE_VERSION = 1


@dataclass(frozen=True)
class Proposal:
    """One outcome proposed for one member; nothing follows until a person decides and a second confirms.

    `suspended_by` is the fault-tolerance case that holds it back ('' none), `suspended_until` its last day
    (None: until that case is decided). `one_of` groups proposals of which one is chosen.
    """

    member: str
    code: str
    name: str
    name_en: str
    tier: str
    kind: str
    mechanism: str
    what: str
    what_en: str
    reasons: tuple[Line, ...]
    clause: str
    source: str
    certainty: str
    heard_first: bool
    second_person: bool
    public: bool
    document: str
    one_of: str
    clocks: Clocks
    follow_up: FollowUp | None
    suspended_by: str = ""
    suspended_until: date | None = None


def propose(rulebook: Rulebook, subject: Subject, on: date) -> tuple[Proposal, ...]:
    """What the rules propose for a member on that day, in the rulebook's order; an open case is not repeated.

    RuleError when the grade is none of the rulebook's.
    """
    known = {grade for grade in [subject.grade, *subject.history.values()] if grade is not None}
    if unknown := sorted(known - set(rulebook.grades)):
        raise RuleError(f"规则里没有格次“{unknown[0]}”", f"the rulebook knows no grade '{unknown[0]}'")
    proposals = []
    for rule in rulebook.rules:
        if rule.code in subject.open_cases:
            continue
        why = reasons(rulebook, rule.when, subject, on)
        if why is not None:
            proposals.append(_proposal(rule, subject, why, on))
    return tuple(proposals)


def _proposal(rule: Rule, subject: Subject, why: tuple[Line, ...], on: date) -> Proposal:
    shield = _shield(rule, subject, on)
    return Proposal(
        member=subject.member,
        code=rule.code,
        name=rule.name,
        name_en=rule.name_en,
        tier=rule.tier,
        kind=rule.kind,
        mechanism=rule.mechanism,
        what=rule.what,
        what_en=rule.what_en,
        reasons=why,
        clause=rule.clause,
        source=rule.source,
        certainty=rule.certainty,
        heard_first=rule.heard_first,
        second_person=rule.second_person,
        public=rule.public,
        document=rule.document,
        one_of=rule.one_of,
        clocks=rule.clocks,
        follow_up=rule.follow_up,
        suspended_by=shield.case if shield else "",
        suspended_until=shield.last if shield else None,
    )


def _shield(rule: Rule, subject: Subject, on: date) -> Shield | None:
    """The shield that holds this outcome back on that day: grants before applications, then the longest."""
    if not rule.shieldable:
        return None
    holding = [
        shield
        for shield in subject.shields
        if rule.code in shield.codes and shield.first <= on and (shield.last is None or on <= shield.last)
    ]
    return max(
        holding, key=lambda one: (one.granted, one.last is None, one.last or date.min, one.case), default=None
    )


# What a branch itself knows of a member; marks of the county's are not its to know.
ROLE_FLAGS = frozenset({"leading", "in_post", "reserve", "no_post"})


def shieldable_for(
    rulebook: Rulebook, grade: str | None, flags: frozenset[str], field: str
) -> tuple[str, ...]:
    """Codes that may be shielded and may follow for such a member, in the rulebook's order.

    `flags` are roles; conditions on other records, and on a grade that is not known (None), may hold.
    """
    return tuple(
        rule.code for rule in rulebook.rules if rule.shieldable and _may_follow(rule, grade, flags, field)
    )


def _may_follow(rule: Rule, grade: str | None, flags: frozenset[str], field: str) -> bool:
    when = rule.when
    grades = [when.grade_in, when.consecutive[0] if when.consecutive else ()]
    return (
        all(grade is None or not one or grade in one for one in grades)
        and flags >= ROLE_FLAGS & set(when.flags)
        and flags.isdisjoint(when.without)
        and (not when.field_in or field in when.field_in)
    )


def may_shield(
    rulebook: Rulebook, codes: frozenset[str], first: date, last: date, correction: str
) -> Refusal | None:
    """Why fault tolerance may not be granted so; None when it may.

    A grant lists outcomes, a period and the correction owed; it never covers discipline or crime.
    """
    if not codes:
        return Refusal("nothing", "请写明容错哪些结果", "name the outcomes to be shielded")
    barred = sorted(
        code for code in codes if code not in rulebook.by_code or not rulebook.by_code[code].shieldable
    )
    if barred:
        names = tuple(rulebook.by_code[code].name if code in rulebook.by_code else code for code in barred)
        return Refusal(
            "not_shieldable",
            f"以下事项不能容错：{listed(names)}；违纪违法不在容错之列",
            f"cannot be shielded: {listed_en(barred)}; discipline and crime never are",
            names,
        )
    days = (last - first).days + 1
    most = rulebook.tolerance.most_days
    if not 1 <= days <= most:
        return Refusal(
            "period", f"容错期应为 1 到 {most} 天", f"the period must be 1 to {most} days, not {days}"
        )
    if not correction.strip():
        return Refusal("correction", "请写明须作的纠正", "name the correction owed")
    return None
