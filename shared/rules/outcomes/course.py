"""The course of a case (M12): an outcome, an application for fault tolerance, or an appeal, told by words.

A case is what was proposed or asked; words say what people did about it, and are never changed. Where a case
stands follows from its words alone, so every tier that holds them comes to the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.rules.words import Refusal

from .rulebook_values import Rule

SORTS = ("outcome", "tolerance", "appeal")
STATES = ("open", "decided", "in_force", "dropped", "undone", "withdrawn")
# What a decision may say, by sort; the first gives the case force.
VERDICTS = {
    "outcome": ("applied", "dropped"),
    "tolerance": ("granted", "refused"),
    "appeal": ("upheld", "rejected"),
}
FORCE = frozenset(verdicts[0] for verdicts in VERDICTS.values())


@dataclass(frozen=True)
class Word:
    """One thing said about a case. `by` is an account of the tier that holds it, '' where none is known.

    `name` is what the person is called: all that is known of who spoke at another tier or before a restore.
    `also` are further accounts, and names, of the same person, as far as they spoke about the case.
    """

    kind: str
    by: str
    on: date
    verdict: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Standing:
    """Where a case stands: `decision` is the one that holds or waits, `said` the last word of every kind."""

    state: str
    decision: Word | None
    said: Mapping[str, Word]

    @property
    def in_force_on(self) -> date | None:
        """The day the second person confirmed; clocks begin here."""
        confirmed = self.said.get("confirmed")
        return confirmed.on if confirmed and self.state in ("in_force", "undone") else None


# Word → (states it may be said in, sorts of cases it belongs to).
_MAY: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # The member is told that he is to be heard; he writes himself, or somebody records what he said.
    "called": (("open",), ("outcome",)),
    "stated": (("open",), ("outcome",)),
    "heard": (("open",), ("outcome", "appeal")),
    "verified": (("open",), ("tolerance",)),
    "decided": (("open",), SORTS),
    # To those above, where a branch has too few people who may settle it (see offices).
    "referred": (("open", "decided"), ("outcome",)),
    "sent_back": (("decided",), SORTS),
    "confirmed": (("decided",), SORTS),
    "acknowledged": (("in_force",), SORTS),
    "replied": (("in_force",), ("outcome",)),
    "hearing_asked": (("in_force",), ("outcome",)),
    "hearing_held": (("in_force",), ("outcome",)),
    "carried_out": (("in_force",), ("outcome", "tolerance")),
    "followed_up": (("in_force",), ("outcome",)),
    # What an upheld appeal took away the ground of, decided already or not.
    "undone": (("open", "decided", "in_force"), ("outcome",)),
    "withdrawn": (("open", "decided"), ("tolerance", "appeal")),
}
KINDS = tuple(_MAY)
# Nobody says these on a form: an appeal undoes, and what a branch cannot settle is handed up by rule.
_BY_ITSELF = frozenset({"undone", "referred"})
# Once is enough.
_ONCE = frozenset({"called", "acknowledged", "replied", "hearing_asked", "hearing_held", "followed_up"})
_TEXT = frozenset(
    {
        "heard",
        "stated",
        "verified",
        "sent_back",
        "replied",
        "hearing_held",
        "carried_out",
        "followed_up",
        "withdrawn",
    }
)


def standing(words: Iterable[Word]) -> Standing:
    """Fold words, oldest first; a word that comes out of turn changes nothing."""
    state, decision = "open", None
    said: dict[str, Word] = {}
    for word in words:
        # Said before the withdrawal was known there: what followed from it has been done.
        crossing = state == "withdrawn" and word.kind == "confirmed" and decision is not None
        if state not in _MAY[word.kind][0] and not crossing:
            continue
        # In the order in which each was said last.
        said.pop(word.kind, None)
        said[word.kind] = word
        if word.kind == "decided":
            state, decision = "decided", word
        elif word.kind == "sent_back":
            state, decision = "open", None
        elif word.kind == "confirmed" and decision is not None:
            state = "in_force" if decision.verdict in FORCE else "dropped"
        elif word.kind in ("undone", "withdrawn"):
            state = word.kind
    return Standing(state, decision, said)


def may_say(sort: str, stands: Standing, word: Word, rule: Rule | None = None) -> Refusal | None:
    """Why this word may not be said now; None when it may.

    `rule` is the outcome's, where there is one. Clocks and shields are asked elsewhere: they need a calendar
    and other cases.
    """
    states, sorts = _MAY[word.kind]
    if sort not in sorts:
        return Refusal("sort", "这类事项不办这一步", f"a case of sort {sort} has no step '{word.kind}'")
    if stands.state not in states:
        return Refusal("state", f"{_STATE[stands.state]}，不能办这一步", f"it is {stands.state}: not now")
    if word.kind in _ONCE and word.kind in stands.said:
        return Refusal("once", "这一步已经办过", f"'{word.kind}' has been said already")
    if word.kind in _TEXT and not word.text.strip():
        return Refusal("text", "请写明情况", "say what happened")
    check = _CHECKS.get(word.kind)
    return check(sort, stands, word, rule) if check else None


_STATE = {
    "open": "还没有决定",
    "decided": "已作出决定，等第二人确认",
    "in_force": "已经生效",
    "dropped": "已决定不予采用",
    "undone": "已经撤销",
    "withdrawn": "已经撤回",
}


def _decided(sort: str, stands: Standing, word: Word, rule: Rule | None) -> Refusal | None:
    force, not_force = VERDICTS[sort]
    if word.verdict not in (force, not_force):
        return Refusal("verdict", "请选决定", f"a decision is {force} or {not_force}")
    if (word.verdict == not_force or sort != "outcome") and not word.text.strip():
        return Refusal("text", "请写明理由", "give the reason")
    if sort == "outcome" and word.verdict == force and rule and rule.heard_first:
        early = _not_heard(stands, word)
        if early:
            return early
    if sort == "tolerance":
        verified = stands.said.get("verified")
        if verified is None:
            return Refusal("verified", "请先核实情况，再作决定", "verify the case before deciding")
        if same_person(verified, word):
            return _twice(verified, "核实和决定要由两个人分别办理", "who verified may not decide")
    return None


def recorded(stands: Standing) -> Word | None:
    """What somebody recorded as the member's words, where the member has not written himself since."""
    order = list(stands.said)
    if "heard" not in order or ("stated" in order and order.index("stated") > order.index("heard")):
        return None
    return stands.said["heard"]


def _not_heard(stands: Standing, word: Word) -> Refusal | None:
    """Why what weighs on a member may not be decided yet: he is heard, by another, and may contradict."""
    if "heard" not in stands.said and "stated" not in stands.said:
        return Refusal("heard", "请先听取本人意见并记录，再作决定", "hear the member before deciding")
    typed = recorded(stands)
    if typed is None:
        return None
    # Where the branch has nobody else, the second person is above.
    referred = stands.said.get("referred")
    alone = referred is not None and bool(referred.data.get("to"))
    if same_person(typed, word) and not alone:
        return _twice(typed, "代录本人意见和作出决定要由两个人分别办理", "who recorded it may not decide")
    until = str(typed.data.get("until", ""))
    if word.on.isoformat() <= until:
        return Refusal(
            "contradict",
            f"本人意见是代录的，本人可以在 {until} 前更正；本人自己写了意见，或者过了这一天，再作决定",
            f"the statement was recorded for the member, who may put it right until {until}",
        )
    return None


def same_person(one: Word, other: Word) -> bool:
    """Whether one person said both; by name where an account is not known, which errs on the safe side."""
    if one.by and other.by:
        return one.by == other.by or one.by in other.also or other.by in one.also
    known = {one.name, other.name} - {""}
    return bool(known) and (one.name == other.name or not known.isdisjoint(one.also | other.also))


def _twice(before: Word, message: str, message_en: str) -> Refusal:
    if before.by:
        return Refusal("same_person", message, message_en)
    return Refusal(
        "same_name",
        f"{message}；前一步的办理人与您同名，账号无从核对，请由另一位同志办理",
        f"{message_en}: who spoke before has your name, and no account tells you apart",
    )


def _confirmed(sort: str, stands: Standing, word: Word, _rule: Rule | None) -> Refusal | None:
    verified = stands.said.get("verified") if sort == "tolerance" else None
    if verified is not None and same_person(verified, word):
        return _twice(verified, "核实和确认要由两个人分别办理", "who verified may not confirm")
    if stands.decision is not None and same_person(stands.decision, word):
        return _twice(stands.decision, "决定和确认要由两个人分别办理", "who decided may not confirm")
    return None


def _hearing_held(_sort: str, stands: Standing, _word: Word, _rule: Rule | None) -> Refusal | None:
    if "hearing_asked" not in stands.said:
        return Refusal("not_asked", "本人没有要求听证", "nobody asked for a hearing")
    return None


def _followed_up(_sort: str, stands: Standing, word: Word, rule: Rule | None) -> Refusal | None:
    if rule is None or rule.follow_up is None:
        return Refusal("no_follow_up", "这一项没有期满考核", "this outcome has no follow-up")
    if word.verdict not in ("improved", "failed"):
        return Refusal("verdict", "请选结果：见效或无效", "the result is improved or failed")
    due = stands.in_force_on
    if due is not None and (word.on - due).days < rule.follow_up.days:
        return Refusal("early", "期限未满，还不能评估", "the period is not over yet")
    return None


_CHECKS = {
    "decided": _decided,
    "confirmed": _confirmed,
    "sent_back": _confirmed,
    "hearing_held": _hearing_held,
    "followed_up": _followed_up,
}


def next_words(sort: str, stands: Standing, rule: Rule | None) -> tuple[str, ...]:
    """Words that may come next, whoever says them; what follows by itself is never offered."""
    found = []
    for kind, (states, sorts) in _MAY.items():
        if sort not in sorts or stands.state not in states or kind in _BY_ITSELF:
            continue
        if kind in _ONCE and kind in stands.said:
            continue
        if _fits(kind, sort, stands, rule):
            found.append(kind)
    return tuple(found)


def _fits(kind: str, sort: str, stands: Standing, rule: Rule | None) -> bool:
    clocks = rule.clocks if rule else None
    if kind in ("called", "stated"):
        told = "called" in stands.said or "heard" in stands.said
        return bool(rule and rule.heard_first) and told == (kind == "stated")
    if kind == "heard":
        return sort == "appeal" or bool(rule and rule.heard_first)
    if kind == "verified":
        return "verified" not in stands.said
    if kind == "decided":
        return sort != "tolerance" or "verified" in stands.said
    if kind == "replied":
        return bool(clocks and clocks.reply)
    if kind == "hearing_asked":
        return bool(clocks and clocks.hearing)
    if kind == "hearing_held":
        return "hearing_asked" in stands.said
    if kind == "followed_up":
        return bool(rule and rule.follow_up)
    return True
