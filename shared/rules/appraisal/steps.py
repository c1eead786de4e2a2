"""The appraisal of a year step by step (M10): each closed before the next, refusals name what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.rules.words import Refusal, RuleError, listed, listed_en, months_listed, months_listed_en

from .ballots import Quorum
from .rulebook_values import Rulebook, Step


@dataclass(frozen=True)
class Facts:
    """What a branch (or unit) has on record: tuples name what is open; `closed` are steps closed or skipped.

    `publicity_until` is the last day of publicity, None while it has not begun. `confirmed` is the
    township's word. Names should be what people recognise: members' names, months, outcomes.
    """

    today: date
    closed: frozenset[str] = frozenset()
    open_months: tuple[str, ...] = ()
    without_report: tuple[str, ...] = ()
    without_check: tuple[str, ...] = ()
    members_quorum: Quorum | None = None
    masses_quorum: Quorum | None = None
    without_opinion: tuple[str, ...] = ()
    without_points: tuple[str, ...] = ()
    undecided_ties: tuple[str, ...] = ()
    publicity_until: date | None = None
    open_objections: tuple[str, ...] = ()
    confirmed: bool = False
    unsigned_feedback: tuple[str, ...] = ()
    open_outcomes: tuple[str, ...] = ()
    without_base: tuple[str, ...] = ()
    open_rectifications: tuple[str, ...] = ()


# Facts that name people.
_PEOPLE = frozenset(
    {
        *("without_report", "without_check", "without_opinion", "without_points", "undecided_ties"),
        *("unsigned_feedback", "without_base"),
    }
)
# Step → the facts that must be empty before it closes, with their words.
_NOTHING_OPEN = {
    "december_statement": (("open_months", "积分月报尚未审定", "statements not yet approved"),),
    "self_report": (("without_report", "尚未提交述职报告", "self-reports missing"),),
    "organisation_check": (("without_check", "述职尚未核查", "self-reports not yet checked"),),
    "opinion": (("without_opinion", "尚无支部意见", "no opinion of the branch yet"),),
    "appraisal_points": (
        ("without_points", "尚未核算评议得分和格次", "appraisal points not yet worked out"),
        ("undecided_ties", "同分待会议决定", "equals at the cut await a meeting's decision"),
    ),
    "publicity": (("open_objections", "异议尚未答复", "objections not yet answered"),),
    "feedback": (("unsigned_feedback", "评议意见尚未反馈签收", "feedback not yet signed off"),),
    "outcomes": (("open_outcomes", "结果运用尚未决定", "outcomes not yet decided"),),
    "next_base": (("without_base", "尚未结转下年基础分", "next year's base not yet carried"),),
    "rectification": (("open_rectifications", "整改尚未销号", "rectifications still open"),),
}

# A vote once begun is not left out: what the people said would be thrown away.
_BOXES = {
    "open": (
        "的票箱还开着，不能省略：请先计票；确实办不下去的，由两个人作废票箱后再省略",
        "its box is open: count it, or have two people void it before the step is left out",
    ),
    "counted": ("已经计票，不能省略，请办结这一步", "the votes are counted: close the step"),
}


def next_step(rulebook: Rulebook, closed: frozenset[str]) -> Step | None:
    """The first step not yet closed, in the rulebook's order; None when the year's appraisal is over."""
    return next((step for step in rulebook.steps if step.code not in closed), None)


def may_close(rulebook: Rulebook, step: str, facts: Facts) -> Refusal | None:
    """Why this step may not be closed now, None when it may; RuleError for a step the rulebook lacks."""
    return _out_of_turn(rulebook, step, facts.closed) or _open(step, facts) or _special(rulebook, step, facts)


def may_skip(
    rulebook: Rulebook, step: str, reason: str, closed: frozenset[str], *, box: str = ""
) -> Refusal | None:
    """Why this step may not be skipped now: not in turn, not skippable, a ballot held, or without a reason.

    `box` is how the step's ballot box stands, "open" or "counted"; empty where there is none.
    """
    if refusal := _out_of_turn(rulebook, step, closed):
        return refusal
    name = rulebook.step[step].name
    if not rulebook.step[step].may_skip:
        return Refusal("not_skippable", f"“{name}”不得省略", f"step {step} may not be skipped")
    if box:
        zh, en = _BOXES[box]
        return Refusal(f"ballot_{box}", f"“{name}”{zh}", f"{step}: {en}")
    if not reason.strip():
        return Refusal("reason", f"省略“{name}”须写明理由", f"skipping step {step} needs a reason")
    return None


def may_close_year(rulebook: Rulebook, closed: Mapping[str, frozenset[str]]) -> Refusal | None:
    """Why the county may not close the year, naming each unit and the step it waits at; None when it may.

    `closed` are the steps closed by unit. Rectification alone may go on beyond the year.
    """
    waiting = []
    for unit, steps in sorted(closed.items()):
        step = next_step(rulebook, steps | {"rectification"})
        if step is not None:
            waiting.append(f"{unit}：{step.name}")
    if not waiting:
        return None
    names = tuple(waiting)
    return Refusal(
        "year_open", f"还有单位没有办结：{listed(names)}", f"units still open: {listed_en(names)}", names
    )


def _out_of_turn(rulebook: Rulebook, step: str, closed: frozenset[str]) -> Refusal | None:
    if step not in rulebook.step:
        raise RuleError(f"没有“{step}”这一步", f"there is no step '{step}'")
    name = rulebook.step[step].name
    if step in closed:
        return Refusal("closed", f"“{name}”已经办结", f"step {step} is closed already")
    due = next_step(rulebook, closed)
    if due is not None and due.code != step:
        return Refusal(
            "earlier_open",
            f"请先办结“{due.name}”，再办“{name}”",
            f"close {due.code} before {step}",
            (due.name,),
        )
    return None


def _open(step: str, facts: Facts) -> Refusal | None:
    for field, zh, en in _NOTHING_OPEN.get(step, ()):
        names: tuple[str, ...] = getattr(facts, field)
        if names:
            if field == "open_months":
                said, said_en = months_listed(names), months_listed_en(names)
                return Refusal(field, f"{zh}：{said}", f"{en}: {said_en}", names)
            counter = "人" if field in _PEOPLE else "项"
            return Refusal(
                field, f"{zh}：{listed(names, counter=counter)}", f"{en}: {listed_en(names)}", names
            )
    return None


def _special(rulebook: Rulebook, step: str, facts: Facts) -> Refusal | None:
    if step == "members_ballot":
        return _ballot(rulebook, step, facts.members_quorum)
    if step == "mass_review":
        return _ballot(rulebook, step, facts.masses_quorum)
    if step == "publicity":
        return _publicity(facts)
    if step == "township_confirmation" and not facts.confirmed:
        return Refusal("unconfirmed", "上级党组织尚未审定格次", "the township has not confirmed the grades")
    return None


def _ballot(rulebook: Rulebook, step: str, quorum: Quorum | None) -> Refusal | None:
    name = rulebook.step[step].name
    if quorum is None:
        return Refusal("not_counted", f"“{name}”尚未计票", f"{step} has not been counted")
    if not quorum.ok:
        return Refusal(
            "no_quorum",
            f"“{name}”不足法定人数：需 {quorum.needed} 票，收回 {quorum.cast} 票",
            f"{step} without quorum: {quorum.needed} needed, {quorum.cast} cast",
        )
    return None


def _publicity(facts: Facts) -> Refusal | None:
    until = facts.publicity_until
    if until is None:
        return Refusal("not_published", "尚未公示积分和格次", "points and grades have not been published")
    if facts.today <= until:
        return Refusal(
            "publicity_running",
            f"公示期到 {until.isoformat()} 为止",
            f"publicity runs to {until.isoformat()}",
        )
    return None
