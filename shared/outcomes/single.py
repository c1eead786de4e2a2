"""One case: what, why, what was said, and what the asker may say about it now."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from shared.kit.clock import civil
from shared.kit.i18n import in_english, named
from shared.kit.units import Unit
from shared.kit.web import db, me, now
from shared.outcomes import wording
from shared.outcomes.barring import barred
from shared.outcomes.desk import GRADE, calendar, rule_of
from shared.outcomes.keeping import may_speak
from shared.outcomes.pages import Errors, note_of
from shared.outcomes.place import Place
from shared.outcomes.reading import Told, case_of, cases_of
from shared.rules.outcomes import FORCE, VERDICTS, Deadlines, Rulebook, Word, deadlines, next_words


def case_page(place: Place, case_id: UUID, errors: Errors = ()) -> dict[str, Any]:
    """One case: what, why, what was said, until when what may be said, and what the asker may say now."""
    found = case_of(db(), place.reading, case_id)
    case = found.case
    rulebook = place.reading.rulebook(db(), case.rulebook)
    rule = rule_of(rulebook, case)
    name, number, unit = _about(place, case)
    words, colour = wording.state(case.sort, case.state)
    personal = me().scope.person is not None
    return {
        "id": case.id,
        "version": case.version,
        "heading": {
            "title": wording.case_name(rulebook, case),
            "note": gettext("%(name)s · %(unit)s · %(year)s 年度", name=name, unit=unit, year=case.year),
        },
        "crumb": {"label": gettext("结果运用"), "href": url_for("outcomes.page", year=case.year)},
        "personal": personal,
        "name": name,
        "number": number,
        "state": words,
        "colour": colour,
        "sort": case.sort,
        "facts": _facts(rulebook, case, rule),
        "reasons": [english if in_english() else text for text, english in case.reasons],
        "text": case.text,
        "clause": rule.clause if rule else "",
        "words": [_word(rulebook, row) for row in found.words],
        "clocks": _clocks(rulebook, found),
        "related": _related(place, rulebook, found),
        "forms": _forms(place, rulebook, found),
        "notice": False,
        "may_appeal": place.reading.tier == "branch"
        and case.sort == "outcome"
        and case.state == "in_force"
        and bool(rule and rule.clocks.appeal)
        and me().may("outcome.speak"),
        "typed": request.form,
        "errors": list(errors),
        **note_of(place, case.year),
    }


def _about(place: Place, case: Any) -> tuple[str, str, str]:
    roster = place.roster
    query = select(roster.name, roster.number).where(
        getattr(roster, place.roster_key) == case.member_id, roster.unit_id == case.unit_id
    )
    row = db().execute(query).first()
    unit = db().scalars(select(Unit.name).where(Unit.id == case.unit_id)).one_or_none() or ""
    return (row.name, row.number, unit) if row else (gettext("（已转出）"), "", unit)


def _facts(rulebook: Rulebook, case: Any, rule: Any) -> list[tuple[str, str]]:
    facts = []
    if case.sort == "outcome":
        facts.append((gettext("做什么"), wording.what(rulebook, case.code)))
    if case.codes:
        names = gettext("、").join(wording.outcome_name(rulebook, one) for one in case.codes)
        facts.append((gettext("申请容错的事项"), names))
    facts.append((gettext("谁决定"), gettext(wording.TIERS[case.tier])))
    facts.append((gettext("提出"), f"{case.opened_by} {civil(case.opened_at):%Y-%m-%d}"))
    if rule is not None and rule.heard_first:
        facts.append((gettext("决定之前"), gettext("先听取本人意见")))
    return facts


def _word(rulebook: Rulebook, row: Any) -> dict[str, Any]:
    verdict = gettext(wording.VERDICTS[row.verdict]) if row.verdict else ""
    return {
        "kind": gettext(wording.KINDS[row.kind]),
        "verdict": verdict,
        "text": row.text,
        "data": _data(rulebook, row.data),
        "by": row.by,
        "at": row.at,
        "undone": row.kind == "undone",
    }


def _data(rulebook: Rulebook, data: dict[str, Any]) -> list[str]:
    """What a verdict fixes, in words."""
    lines = []
    if data.get("codes"):
        names = gettext("、").join(wording.outcome_name(rulebook, one) for one in data["codes"])
        lines.append(gettext("免除：%(names)s", names=names))
        lines.append(gettext("容错期：%(first)s 至 %(last)s", first=data["first"], last=data["last"]))
        lines.append(gettext("须作的纠正：%(text)s", text=data["correction"]))
    if data.get("grade"):
        lines.append(gettext("格次改定为：%(grade)s", grade=named(rulebook.grades[data["grade"]])))
        if data.get("points"):
            sign, size = ("−" if data["points"] < 0 else "+"), abs(data["points"])
            lines.append(gettext("总分更正：%(points)s", points=f"{sign}{size // 100}.{size % 100:02}"))
    if data.get("proxy"):
        lines.append(gettext("由支部代办"))
    return lines


def _clocks(rulebook: Rulebook, found: Told) -> list[tuple[str, str]]:
    """Last days of what may be done about an outcome in force."""
    begun = found.stands.in_force_on
    if begun is None or found.case.sort != "outcome" or found.case.state != "in_force":
        return []
    clocks: Deadlines = deadlines(rulebook, found.case.code, calendar(), begun)
    rule = rulebook.by_code[found.case.code]
    lines = [
        (gettext("说明到"), clocks.reply_by),
        (gettext("要求听证到"), clocks.hearing_by),
        (gettext("申诉到"), clocks.appeal_by),
        (named(rule.follow_up) if rule.follow_up else "", clocks.follow_up_on),
    ]
    unsure = "" if clocks.certain else gettext("（该年放假安排尚未公布，日期暂定）")
    return [(label, f"{day.isoformat()}{unsure}") for label, day in lines if day is not None]


def _related(place: Place, rulebook: Rulebook, found: Told) -> list[dict[str, Any]]:
    """Other cases of the member's year: appeals against this one, and the rest."""
    others = cases_of(db(), place.reading, found.case.member_id, found.case.year)
    return [
        {
            "label": wording.case_name(rulebook, one.case),
            "state": wording.state(one.case.sort, one.case.state)[0],
            "colour": wording.state(one.case.sort, one.case.state)[1],
            "href": url_for("outcomes.one", case_id=one.case.id),
            "against": one.case.against == found.case.id,
        }
        for one in others
        if one.case.id != found.case.id
    ]


def _forms(place: Place, rulebook: Rulebook, found: Told) -> list[dict[str, Any]]:
    """What the asker may say now, as forms; `barred` says why not yet."""
    case, rule = found.case, rule_of(rulebook, found.case)
    forms = []
    for kind in next_words(case.sort, found.stands, rule):
        if not me().may(wording.PERMISSION[case.sort, kind]) or not may_speak(
            place.reading.tier, case.tier, kind
        ):
            continue
        forms.append(
            {
                "kind": kind,
                "label": gettext(wording.KINDS[kind]),
                "verdicts": _verdicts(case.sort, kind),
                "action": url_for("outcomes.say", case_id=case.id, kind=kind),
                "barred": _barred(place, found, kind),
                "grades": _grades(rulebook, case, kind),
                "codes": _codes(rulebook, case, kind),
            }
        )
    return forms


def _grades(rulebook: Rulebook, case: Any, kind: str) -> list[dict[str, Any]]:
    """What a grade can be put right to."""
    if (case.sort, case.code, kind) != ("appeal", GRADE, "decided"):
        return []
    chosen = request.form.get("grade")
    return [
        {"value": one.code, "label": named(one), "selected": one.code == chosen}
        for one in rulebook.grades.values()
    ]


def _codes(rulebook: Rulebook, case: Any, kind: str) -> list[dict[str, Any]]:
    """What fault tolerance was asked for."""
    if (case.sort, kind) != ("tolerance", "decided"):
        return []
    return [{"value": one, "label": wording.outcome_name(rulebook, one)} for one in case.codes]


def _verdicts(sort: str, kind: str) -> list[dict[str, str]]:
    codes = VERDICTS[sort] if kind == "decided" else ("improved", "failed") if kind == "followed_up" else ()
    return [{"value": code, "label": gettext(wording.VERDICTS[code])} for code in codes]


def _barred(place: Place, found: Told, kind: str) -> str:
    """Why the asker cannot say it though it would be in turn: persons, clocks, shields."""
    force = next(iter(set(VERDICTS[found.case.sort]) & FORCE)) if found.case.sort == "outcome" else ""
    word = Word(kind, str(me().account_id), civil(now()).date(), force if kind == "decided" else "", "…")
    decision = found.stands.decision
    if kind in ("confirmed", "sent_back") and decision is not None and decision.by == word.by:
        return str(gettext("决定是您作的，请另一人确认。"))
    refusal = barred(db(), place.reading, me(), found, word)
    if refusal is None:
        return ""
    return refusal.message_en if in_english() else refusal.message
