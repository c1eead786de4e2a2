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
from shared.outcomes.acting import actions
from shared.outcomes.desk import calendar, rule_of
from shared.outcomes.notices import has_notice
from shared.outcomes.pages import Errors, note_of
from shared.outcomes.place import Place
from shared.outcomes.reading import Told, cases_of
from shared.outcomes.voice import UNTOLD, case_for, voice
from shared.rules.calendar import add_working_days
from shared.rules.outcomes import Deadlines, Rulebook, deadlines, office, referral, tolerance_deadlines


def case_page(place: Place, case_id: UUID, errors: Errors = ()) -> dict[str, Any]:
    """One case: what, why, what was said, until when what may be said, and what the asker may say now."""
    found = case_for(db(), place.reading, me(), case_id)
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
        "why_href": _why(place, case, personal=personal),
        "name": name,
        "number": number,
        "state": words,
        "colour": colour,
        "stands": _stands(found, rule),
        "handed_up": wording.handed_up(case.referred_to, whole=case.referred_whole)
        if case.state in UNTOLD
        else "",
        "what": wording.what(rulebook, case.code) if case.sort == "outcome" else "",
        "facts": _facts(rulebook, case),
        "reasons": [english if in_english() else text for text, english in case.reasons],
        "text": case.text,
        "clause": rule.clause if rule else "",
        "words_said": [_word(rulebook, row) for row in found.words],
        "clocks": _clocks(rulebook, found),
        "marks": place.marks(case.member_id),
        "related": _related(place, rulebook, found),
        **actions(place, rulebook, found),
        "notice": has_notice(rulebook, found),
        "may_appeal": _may_appeal(place, rulebook, found),
        "typed": request.form,
        "errors": list(errors),
        **note_of(place, case.year),
    }


def _why(place: Place, case: Any, *, personal: bool) -> str:
    """The derivation of the member's whole year, '' for who is not shown it."""
    if personal:
        return url_for("why.own", year=case.year)
    if place.reading.tier == "branch" and not me().may("appraisal.hold"):
        return ""
    return url_for("why.page", member_id=case.member_id, year=case.year)


def _stands(found: Told, rule: Any) -> str:
    """Where it stands and what it waits for, in one sentence."""
    case = found.case
    if case.state == "open":
        return _waits(found, rule)
    if case.state == "decided":
        last = next(row for row in reversed(found.words) if row.kind == "decided")
        verdict = gettext(wording.VERDICTS[last.verdict])
        if case.referred_to:
            second = gettext(wording.OFFICES[case.referred_to])
            return str(
                gettext(
                    "%(who)s的意见是“%(verdict)s”，等%(office)s确认",
                    who=last.by,
                    verdict=verdict,
                    office=second,
                )
            )
        return str(gettext("%(who)s的意见是“%(verdict)s”，等另一人确认", who=last.by, verdict=verdict))
    return settled(found)


def settled(found: Told) -> str:
    """Since when it is as it is, of a case that nobody has to settle any more."""
    case, said = found.case, found.stands.said
    last_on = {"in_force": "confirmed", "dropped": "confirmed"}.get(case.state, case.state)
    day = said[last_on].on.isoformat() if last_on in said else ""
    if case.state == "in_force" and case.sort == "outcome":
        signed = gettext("本人已签收") if "acknowledged" in said else gettext("本人还没有签收")
        return str(gettext("%(day)s 起生效，%(signed)s", day=day, signed=signed))
    return str(gettext("%(day)s 因申诉成立撤销", day=day)) if case.state == "undone" else day


def _waits(found: Told, rule: Any) -> str:
    case, said = found.case, found.stands.said
    tier = gettext(wording.OFFICES[office(case.tier, "decided", referral(found.stands))])
    if case.sort == "appeal":
        return str(gettext("等县里没有参与原决定的人办理"))
    if case.sort == "tolerance":
        return str(gettext("已核实，等另一人决定") if "verified" in said else gettext("等县里核实"))
    if rule is not None and rule.heard_first and not {"heard", "stated"} & said.keys():
        if "called" in said:
            return str(gettext("已通知本人，等本人陈述意见"))
        return str(gettext("等%(tier)s听取本人意见，再作决定", tier=tier))
    return str(gettext("等%(tier)s决定", tier=tier))


def _may_appeal(place: Place, rulebook: Rulebook, found: Told) -> bool:
    """Whether an appeal against it can still be made here."""
    case, begun = found.case, found.stands.in_force_on
    if place.reading.tier != "branch" or case.sort != "outcome" or case.state != "in_force" or begun is None:
        return False
    last = deadlines(rulebook, case.code, calendar(), begun).appeal_by
    return last is not None and civil(now()).date() <= last and me().may("outcome.speak")


def _about(place: Place, case: Any) -> tuple[str, str, str]:
    roster = place.roster
    query = select(roster.name, roster.number).where(
        getattr(roster, place.roster_key) == case.member_id, roster.unit_id == case.unit_id
    )
    row = db().execute(query).first()
    unit = db().scalars(select(Unit.name).where(Unit.id == case.unit_id)).one_or_none() or ""
    return (row.name, row.number, unit) if row else (gettext("（已转出）"), "", unit)


def _facts(rulebook: Rulebook, case: Any) -> list[tuple[str, str]]:
    facts = []
    if case.codes:
        names = gettext("、").join(wording.outcome_name(rulebook, one) for one in case.codes)
        facts.append((gettext("申请容错的事项"), names))
    facts.append((gettext("谁决定"), gettext(wording.TIERS[case.tier])))
    facts.append((gettext("提出"), f"{case.opened_by} {civil(case.opened_at):%Y-%m-%d}"))
    return facts


def _word(rulebook: Rulebook, row: Any) -> dict[str, Any]:
    verdict = gettext(wording.VERDICTS[row.verdict]) if row.verdict else ""
    return {
        "kind": gettext(wording.KINDS[row.kind]),
        "verdict": verdict,
        "text": row.text,
        "data": [line.in_(in_english()) for line in wording.fixed(rulebook, row.data)],
        "by": wording.speaker(row),
        "at": row.at,
        "undone": row.kind == "undone",
    }


def _clocks(rulebook: Rulebook, found: Told) -> list[tuple[str, str]]:
    """Last days: of what may be done about an outcome in force, or of an application's or appeal's course."""
    begun = found.stands.in_force_on
    if found.case.state in ("open", "decided") and found.case.sort != "outcome":
        return _own_clocks(rulebook, found)
    if begun is None or found.case.sort != "outcome" or found.case.state != "in_force":
        return []
    clocks: Deadlines = deadlines(rulebook, found.case.code, calendar(), begun)
    rule = rulebook.by_code[found.case.code]
    lines = [
        (gettext("可以说明，到"), clocks.reply_by),
        (gettext("可以要求听证，到"), clocks.hearing_by),
        (gettext("可以申诉，到"), clocks.appeal_by),
        (gettext("整改到"), clocks.correct_by),
        (named(rule.follow_up) if rule.follow_up else "", clocks.follow_up_on),
    ]
    unsure = "" if clocks.certain else gettext("（该年放假安排尚未公布，日期暂定）")
    return [(label, f"{day.isoformat()}{unsure}") for label, day in lines if day is not None]


def _own_clocks(rulebook: Rulebook, found: Told) -> list[tuple[str, str]]:
    opened = civil(found.case.opened_at).date()
    if found.case.sort == "appeal":
        last = add_working_days(opened, rulebook.appeals.decide_days, calendar())
        return [(gettext("办结到"), last.isoformat())]
    clocks = tolerance_deadlines(rulebook, calendar(), opened)
    return [
        (gettext("核实到"), clocks.verify_by.isoformat()),
        (gettext("决定到"), clocks.decide_by.isoformat()),
    ]


def _tie(case: Any, other: Any) -> str:
    """How another case hangs together with this one, in words, or ''."""
    if other.against == case.id:
        return str(gettext("对本项的申诉"))
    return str(gettext("申诉针对的就是这一项")) if case.against == other.id else ""


def _related(place: Place, rulebook: Rulebook, found: Told) -> list[dict[str, Any]]:
    """Other cases of the member's year: what this one is about or is about this one, the rest, what came."""
    cases = place.reading.cases
    query = select(cases.id).where(
        cases.member_id == found.case.member_id,
        cases.year == found.case.year,
        voice(db(), place.reading, me()).readable(),
    )
    shown = set(db().scalars(query))
    others = cases_of(db(), place.reading, found.case.member_id, found.case.year)
    others.sort(key=lambda one: not _tie(found.case, one.case))
    return [
        {
            "label": wording.case_name(rulebook, one.case),
            "state": wording.state(one.case.sort, one.case.state)[0],
            "colour": wording.state(one.case.sort, one.case.state)[1],
            "href": url_for("outcomes.one", case_id=one.case.id),
            "note": _tie(found.case, one.case),
        }
        for one in others
        if one.case.id != found.case.id and one.case.id in shown
    ] + place.brought_of(found.case.member_id, found.case.year)
