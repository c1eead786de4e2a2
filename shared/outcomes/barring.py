"""What keeps a word from being said besides the case's own course: clocks, shields, choices, persons."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.accounts import SignedIn
from shared.outcomes.desk import GRADE, Desk, calendar, rule_of
from shared.outcomes.reading import Told, also, as_word, case_of, told
from shared.outcomes.voice import voice
from shared.rules.outcomes import (
    FORCE,
    OFFICIAL,
    Rulebook,
    Shield,
    Word,
    deadlines,
    may_shield,
    same_person,
)
from shared.rules.words import Refusal

# An application holds the outcome back while it waits.
SHIELDING = ("open", "decided", "in_force")
DECIDING = frozenset({"verified", "decided", "confirmed", "sent_back"})


def barred(session: Session, desk: Desk, actor: SignedIn, found: Told, word: Word) -> Refusal | None:
    """Why this person may not say this word about this case today; None when nothing bars it."""
    case = found.case
    if word.kind in OFFICIAL:
        himself = _himself(session, desk, actor, case, word)
        if himself:
            return himself
    rulebook = desk.rulebook(session, case.rulebook)
    if word.kind in ("replied", "hearing_asked"):
        return _too_late(rulebook, found, word)
    if word.kind in DECIDING and case.sort == "appeal":
        took_part = _took_part(session, desk, actor, word, case)
        if took_part:
            return took_part
    decision = found.stands.decision
    if word.kind == "confirmed" and case.sort == "outcome" and decision and decision.verdict in FORCE:
        return _chosen(session, desk, rulebook, case, "in_force")
    if word.kind == "confirmed" and case.sort == "appeal" and decision and decision.verdict in FORCE:
        # Others may have been put right since.
        return desk.correction(session, case, decision)
    if word.kind != "decided" or word.verdict not in FORCE:
        return None
    if case.sort == "tolerance":
        return _grant(rulebook, word)
    if case.sort == "appeal":
        return _correction(case, rulebook, word) or desk.correction(session, case, word)
    held_back = _held_back(session, desk, rulebook, case, word.on)
    return held_back or _chosen(session, desk, rulebook, case, "decided", "in_force")


def _too_late(rulebook: Rulebook, found: Told, word: Word) -> Refusal | None:
    clocks = deadlines(rulebook, found.case.code, calendar(), found.stands.in_force_on or word.on)
    last = clocks.reply_by if word.kind == "replied" else clocks.hearing_by
    if last is None:
        return Refusal("no_clock", "这一项不设这个程序", "this outcome has no such step")
    if word.on > last:
        return Refusal(
            "late", f"期限到 {last.isoformat()} 为止，已经过了", f"the last day was {last.isoformat()}"
        )
    return None


def _himself(session: Session, desk: Desk, actor: SignedIn, case: Any, word: Word) -> Refusal | None:
    """Nobody decides on himself; where an account says no person and stands in for a branch, by name too."""
    if actor.person_id is not None:
        own = bool(actor.person_id == case.member_id)
        return Refusal("own", "不能决定自己的事", "nobody decides on himself") if own else None
    if not case.referred_to:
        return None
    if voice(session, desk, actor).stands_in(case, word.kind) and actor.name == desk.name_of(session, case):
        return Refusal(
            "own",
            "您与本人同名，账号没有登记是哪一位党员，请由另一位同志办理",
            "you have the member's name and no card, so another person must do this",
        )
    return None


def _took_part(session: Session, desk: Desk, actor: SignedIn, word: Word, appeal: Any) -> Refusal | None:
    """Who decided or confirmed what is appealed against does not judge the appeal."""
    if appeal.against is None:
        return None
    before = case_of(session, desk, appeal.against)
    rows = [row for row in before.words if row.kind in DECIDING]
    took, word = [as_word(row) for row in rows], replace(word, also=also(session, actor, rows))
    if any(one.by and same_person(one, word) for one in took):
        return Refusal(
            "took_part", "原来参与决定的人不能办理申诉", "who took part in the decision may not judge it"
        )
    if any(same_person(one, word) for one in took):
        return Refusal(
            "took_part",
            "原来参与决定的人与您同名，账号无从核对，请由另一位同志办理申诉",
            "who took part in the decision has your name, and no account tells you apart",
        )
    return None


def _grant(rulebook: Rulebook, word: Word) -> Refusal | None:
    data = word.data
    first, last = _day(data.get("first")), _day(data.get("last"))
    if first is None or last is None:
        return Refusal("period", "请填容错期的起止日期", "give the first and last day")
    return may_shield(
        rulebook, frozenset(data.get("codes", ())), first, last, str(data.get("correction", ""))
    )


def _correction(case: Any, rulebook: Rulebook, word: Word) -> Refusal | None:
    if case.code != GRADE:
        return None
    if word.data.get("grade") not in rulebook.grades:
        return Refusal("grade", "请选改定的格次", "name the grade as corrected")
    return None


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _held_back(session: Session, desk: Desk, rulebook: Rulebook, case: Any, on: date) -> Refusal | None:
    rule = rulebook.by_code[case.code]
    if not rule.shieldable:
        return None
    for shield in shields(session, desk, [case.member_id]).get(case.member_id, ()):
        if case.code in shield.codes and shield.first <= on and (shield.last is None or on <= shield.last):
            until = f"，到 {shield.last.isoformat()}" if shield.last else "，等容错申请办结"
            return Refusal("shielded", f"容错期内暂不决定{until}", "fault tolerance holds this outcome back")
    return None


def shields(session: Session, desk: Desk, members: list[Any]) -> dict[Any, list[Shield]]:
    """Fault tolerance of these members: applications not yet decided, and grants with their last day."""
    query = select(desk.cases).where(
        desk.cases.member_id.in_(members),
        desk.cases.sort == "tolerance",
        desk.cases.state.in_(SHIELDING),
    )
    found: dict[Any, list[Shield]] = {}
    came = [one for one in desk.brought(session, members) if one.case.sort == "tolerance"]
    holding = [one for one in came if one.stands.state in SHIELDING]
    for one in (*told(session, desk, session.scalars(query.order_by(desk.cases.id)).all()), *holding):
        found.setdefault(one.case.member_id, []).append(_shield(one))
    return found


def _shield(one: Told) -> Shield:
    decision = one.stands.decision
    if one.stands.state == "in_force" and decision is not None:
        data = decision.data
        first, last = date.fromisoformat(data["first"]), date.fromisoformat(data["last"])
        return Shield(str(one.case.id), frozenset(data["codes"]), first, last, True)
    return Shield(str(one.case.id), frozenset(one.case.codes), one.case.opened_at.date(), None, False)


def _chosen(session: Session, desk: Desk, rulebook: Rulebook, case: Any, *states: str) -> Refusal | None:
    group = _group(rulebook, case)
    came = [
        one
        for one in (desk.brought(session, [case.member_id]) if group else ())
        if one.case.year == case.year and one.case.code in group and one.stands.state in states
        if one.case.id != case.id
    ]
    for other in (*told(session, desk, siblings(session, desk, case, *states)), *came):
        decision = other.stands.decision
        if decision is not None and decision.verdict in FORCE:
            name = rulebook.by_code[other.case.code].name
            return Refusal("chosen", f"同类结果只能选一项，已选“{name}”", "another of the group is chosen")
    return None


def _group(rulebook: Rulebook, case: Any) -> set[str]:
    """Codes of which people choose one, this case's among them; none where it stands alone."""
    rule = rule_of(rulebook, case)
    if rule is None or not rule.one_of:
        return set()
    return {one.code for one in rulebook.rules if one.one_of == rule.one_of}


def siblings(session: Session, desk: Desk, case: Any, *states: str) -> list[Any]:
    """Other cases of the member's year of which people choose one, in these states."""
    group = _group(desk.rulebook(session, case.rulebook), case)
    if not group:
        return []
    query = select(desk.cases).where(
        desk.cases.member_id == case.member_id,
        desk.cases.year == case.year,
        desk.cases.code.in_(group),
        desk.cases.id != case.id,
        desk.cases.state.in_(states),
    )
    return list(session.scalars(query.order_by(desk.cases.id)))
