"""Notices of decisions in force: one, or those of a list. Always in Chinese, whoever prints them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from shared.kit.db import among
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.settings import Settings
from shared.kit.units import Unit
from shared.kit.web import db, me
from shared.notices.fonts import Fonts, house_fonts
from shared.notices.notice import Notice, Rights
from shared.notices.printing import NotPrintable, glyphs_missing, render
from shared.notices.texts import DOCUMENTS, day, notice
from shared.outcomes.batches import Wanted
from shared.outcomes.desk import calendar, rule_of
from shared.outcomes.place import Place
from shared.outcomes.reading import Told, told
from shared.outcomes.voice import case_for
from shared.rules.outcomes import Rulebook, deadlines

# What no file's name may hold on one system or another.
_UNFIT = re.compile(r'[\x00-\x1f\\/:*?"<>|]')


def has_notice(rulebook: Rulebook, found: Told) -> bool:
    """Whether a notice can be printed of it."""
    rule = rule_of(rulebook, found.case)
    return found.case.state == "in_force" and rule is not None and rule.document in DOCUMENTS


def documents(rulebook: Rulebook) -> list[str]:
    """Codes of outcomes that come with a notice."""
    return [rule.code for rule in rulebook.rules if rule.document in DOCUMENTS]


def one_file(place: Place, case_id: UUID) -> tuple[str, bytes]:
    """Name and PDF of one notice. Raises Absent where there is none, Refused for what cannot be printed."""
    found = case_for(db(), place.reading, me(), case_id)
    if not has_notice(place.reading.rulebook(db(), found.case.rulebook), found):
        raise Absent
    heads = _heads(place, [found.case])
    made = _notice(found, heads)
    try:
        return f"{made.title}-{heads.member(found.case)}.pdf", render(made, _fonts())
    except NotPrintable as error:
        raise unprintable(error) from error


def wanted(place: Place, cases: Sequence[Any]) -> list[Wanted]:
    """The notices of these cases, ready to be made. Raises Refused for what cannot be printed."""
    heads = _heads(place, cases)
    made = []
    for number, found in enumerate(told(db(), place.reading, cases), 1):
        case, one = found.case, _notice(found, heads)
        name = f"{number:04}-{one.title}-{_UNFIT.sub('_', heads.member(case))}.pdf"
        made.append(Wanted(case.id, case.unit_id, case.member_id, name, one))
    missing = dict.fromkeys(sign for one in made for sign in glyphs_missing(one.notice, _fonts()))
    if missing:
        raise unprintable(NotPrintable(list(missing)))
    return made


def unprintable(error: NotPrintable) -> Refused:
    """What cannot be printed, in words."""
    found = "、".join(f"{one}（U+{ord(one):04X}）" for one in error.characters[:5])
    return Refused(
        N_("通知书里有打印不出的字：%(characters)s。请改正姓名或文字，或请管理员装上有这个字的字体。"),
        characters=found,
    )


@dataclass(frozen=True)
class _Heads:
    """What many notices share, read once: rulebooks, names, organs by unit and tier, notes by year."""

    rulebooks: Mapping[str, Rulebook]
    names: Mapping[UUID, str]
    organs: Mapping[tuple[UUID, str], str]
    notes: Mapping[int, str]
    problems: Mapping[tuple[UUID, int], Sequence[str]] | None

    def member(self, case: Any) -> str:
        """The member's name, '' where no roster here has one."""
        return self.names.get(case.member_id, "")


def _heads(place: Place, cases: Sequence[Any]) -> _Heads:
    units = db().scalars(select(Unit).where(among(Unit.id, {one.unit_id for one in cases})))
    tiers = {*(one.tier for one in cases), "county"}
    with force_locale("zh_CN"):
        notes = {year: place.note(year) for year in {one.year for one in cases}}
        return _Heads(
            {digest: place.reading.rulebook(db(), digest) for digest in {one.rulebook for one in cases}},
            _names(place, cases),
            {(unit.id, tier): place.organ(unit, tier) for unit in units for tier in tiers},
            {year: gettext(note) if note else "" for year, note in notes.items()},
            place.problems(cases),
        )


def _notice(found: Told, heads: _Heads) -> Notice:
    case, on = found.case, found.stands.in_force_on
    rulebook = heads.rulebooks[case.rulebook]
    rule = rule_of(rulebook, case)
    assert on is not None and rule is not None
    organ, county = heads.organs[case.unit_id, case.tier], heads.organs[case.unit_id, "county"]
    clocks = deadlines(rulebook, case.code, calendar(), on)
    rights = Rights(clocks.reply_by, clocks.hearing_by, clocks.appeal_by, organ, county, clocks.certain)
    granted = found.stands.decision.data if found.stands.decision and case.sort == "tolerance" else {}
    return notice(
        rule.document,
        code=case.code,
        organ=organ,
        member=heads.member(case),
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
        correct_by=clocks.correct_by,
        problems=None if heads.problems is None else heads.problems.get((case.member_id, case.year), ()),
        follow_up_name=rule.follow_up.name if rule.follow_up else "",
        follow_up_on=clocks.follow_up_on,
        rights=rights,
        synthetic=heads.notes[case.year],
    )


def _shielded(rulebook: Rulebook, granted: Any) -> str:
    names = "、".join(rulebook.by_code[code].name for code in granted["codes"])
    first, last = (day(date.fromisoformat(granted[name])) for name in ("first", "last"))
    return f"免除：{names}；容错期从{first}起，到{last}止"


def _names(place: Place, cases: Sequence[Any]) -> dict[UUID, str]:
    """Names by member: as in the branch of the case, else where the member is now."""
    roster, key = place.roster, getattr(place.roster, place.roster_key)
    at = {case.member_id: case.unit_id for case in cases}
    found: dict[UUID, str] = {}
    for member_id, unit_id, name in db().execute(
        select(key, roster.unit_id, roster.name).where(among(key, at))
    ):
        if member_id not in found or unit_id == at[member_id]:
            found[member_id] = name
    return found


def _fonts() -> Fonts:
    settings: Settings = current_app.extensions["sanji.runtime"].settings
    return house_fonts(settings.fonts)
