"""Notices of decisions in force: one, or those of a list in parts. Always in Chinese, whoever prints them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import force_locale, gettext
from sqlalchemy import select

from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.kit.web import db
from shared.notices.notice import Notice, Rights
from shared.notices.printing import NotPrintable, merged, render
from shared.notices.texts import DOCUMENTS, day, notice
from shared.outcomes.desk import calendar, rule_of
from shared.outcomes.place import Place
from shared.outcomes.reading import Told, case_of, told
from shared.rules.outcomes import Rulebook, deadlines

# Printed in one answer: some seconds on the slowest machine.
PART = 100


def has_notice(rulebook: Rulebook, found: Told) -> bool:
    """Whether a notice can be printed of it."""
    rule = rule_of(rulebook, found.case)
    return found.case.state == "in_force" and rule is not None and rule.document in DOCUMENTS


def documents(rulebook: Rulebook) -> list[str]:
    """Codes of outcomes that come with a notice."""
    return [rule.code for rule in rulebook.rules if rule.document in DOCUMENTS]


def one_file(place: Place, case_id: UUID) -> tuple[str, bytes]:
    """Name and PDF of one notice. Raises Absent where there is none, Refused for what cannot be printed."""
    found = case_of(db(), place.reading, case_id)
    if not has_notice(place.reading.rulebook(db(), found.case.rulebook), found):
        raise Absent
    made = _notice(place, found)
    try:
        return f"{made.title}-{_name(place, found.case)}.pdf", render(made)
    except NotPrintable as error:
        raise unprintable(error) from error


def many_files(place: Place, cases: Sequence[Any]) -> bytes:
    """The notices of these cases in one PDF. Raises Refused for what cannot be printed, Absent for none."""
    if not cases:
        raise Absent
    made = [_notice(place, one) for one in told(db(), place.reading, cases)]
    try:
        return merged(made)
    except NotPrintable as error:
        raise unprintable(error) from error


def unprintable(error: NotPrintable) -> Refused:
    """What cannot be printed, in words."""
    found = "、".join(f"{one}（U+{ord(one):04X}）" for one in error.characters[:5])
    return Refused(
        N_("通知书里有打印不出的字：%(characters)s。请改正姓名或文字，或请管理员装上有这个字的字体。"),
        characters=found,
    )


def _notice(place: Place, found: Told) -> Notice:
    case, on = found.case, found.stands.in_force_on
    rulebook = place.reading.rulebook(db(), case.rulebook)
    rule = rule_of(rulebook, case)
    assert on is not None and rule is not None
    unit = db().get_one(Unit, case.unit_id)
    with force_locale("zh_CN"):
        organ, county = place.organ(unit, case.tier), place.organ(unit, "county")
        synthetic = gettext(place.note(case.year)) if place.note(case.year) else ""
    clocks = deadlines(rulebook, case.code, calendar(), on)
    rights = Rights(clocks.reply_by, clocks.hearing_by, clocks.appeal_by, organ, county, clocks.certain)
    granted = found.stands.decision.data if found.stands.decision and case.sort == "tolerance" else {}
    return notice(
        rule.document,
        code=case.code,
        organ=organ,
        member=_name(place, case),
        year=case.year,
        name=rule.name,
        what=_shielded(rulebook, granted) if granted else rule.what,
        reasons=[text for text, _english in case.reasons] or [case.text],
        clause=rule.clause,
        # The serial and the organ's mark are written by hand with the seal.
        mark="",
        told_on=on,
        dated_on=on,
        correct=[granted["correction"]] if granted else [],
        follow_up_name=rule.follow_up.name if rule.follow_up else "",
        follow_up_on=clocks.follow_up_on,
        rights=rights,
        synthetic=synthetic,
    )


def _shielded(rulebook: Rulebook, granted: Any) -> str:
    names = "、".join(rulebook.by_code[code].name for code in granted["codes"])
    first, last = (day(date.fromisoformat(granted[name])) for name in ("first", "last"))
    return f"免除：{names}；容错期从{first}起，到{last}止"


def _name(place: Place, case: Any) -> str:
    roster = place.roster
    query = select(roster.name).where(getattr(roster, place.roster_key) == case.member_id)
    here = query.order_by((roster.unit_id == case.unit_id).desc()).limit(1)
    return db().scalars(here).one_or_none() or ""
