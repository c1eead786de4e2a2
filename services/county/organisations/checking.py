"""A classing held against what the county knows: its rulebooks, units, bases, days; worked out again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.organisations.bases import unit_bases
from services.county.organisations.models import ClassedUnit
from services.county.organisations.room import member_year
from services.county.organisations.standing import classes
from shared.contracts.classing import ClassingFiled
from shared.contracts.reclass import ClassDifference, class_differences, classing_digest
from shared.kit.clock import civil
from shared.kit.db import among
from shared.kit.errors import Absent
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.organisations.classings import Standing
from shared.organisations.gathering import classable
from shared.rulebooks import holidays
from shared.rules.appraisal import Rulebook
from shared.rules.calendar import add_working_days, parse_calendar
from shared.rules.words import RuleError, listed

FAULTS = {
    "year": N_("县里没有开启这个年度"),
    "rulebook": N_("所用规则不是县里公布的那一套"),
    "scheme": N_("所用积分办法不是县里公布的那一套"),
    "digest": N_("依据和核验码对不上"),
    "units": N_("参评的不是这个乡镇的支部，或者有重复"),
    "twice": N_("这一年已经在别处定级：%(names)s"),
    "missing": N_("年底在册的没有列全，少了：%(names)s"),
    "base": N_("基础分和县里结转的不一致：%(names)s"),
    "otherwise": N_("类别和复算不一致：%(names)s"),
    "kept": N_("县里存的类别和批准的定级不一致：%(names)s"),
    "days": N_("公示的工作日比规则规定的少"),
}


def fault_of(fault: str) -> tuple[str, dict[str, str]]:
    """A fault of `again` as a message with its values; a rule's own words stand as they are."""
    code, _colon, names = fault.partition(": ")
    return (FAULTS[code], {"names": names}) if code in FAULTS else (fault.replace("%", "%%"), {})


def again(session: Session, one: Standing) -> tuple[list[ClassDifference], str]:
    """A classing worked out again: units that come out otherwise, and why it cannot be ('' where it can).

    Once approved its units are those that it gave a class, whatever became of them since.
    """
    filed, approved = one.filed, one.word("approved") is not None
    try:
        year = member_year(session, filed.year)
    except Absent:
        return [], "year"
    rulebook, scheme = year.appraisal_organisations, year.organisations
    if rulebook.hash != filed.rulebook:
        return [], "rulebook"
    if scheme is None or scheme.hash != filed.scheme:
        return [], "scheme"
    if classing_digest(rulebook, scheme, filed.inputs, filed.decisions) != filed.digest:
        return [], "digest"
    fault = _wrong_units(session, filed) if approved else _wrong_now(session, filed, rulebook)
    if fault := fault or _wrong_bases(session, filed, rulebook):
        return [], fault
    try:
        return class_differences(filed, rulebook, scheme), ""
    except RuleError as error:
        return [], error.message


def _wrong_units(session: Session, filed: ClassingFiled) -> str:
    """Whether an approved classing is about other units than it classed."""
    query = select(ClassedUnit.unit_id).where(ClassedUnit.classing_id == filed.classing_id)
    units = [one.unit_id for one in filed.inputs]
    return "" if sorted(units) == sorted(session.scalars(query)) else "units"


def _wrong_now(session: Session, filed: ClassingFiled, rulebook: Rulebook) -> str:
    """What keeps a classing from being approved: units of another or twice, units missing, too few days."""
    pool = session.get(Unit, filed.pool_id)
    known = {one.id: one for one in classable(session, pool, filed.year)} if pool else {}
    units, named = [one.unit_id for one in filed.inputs], set(filed.left_out)
    if (set(units) | named) - set(known) or set(units) & named or len(units) != len(set(units)):
        return "units"
    elsewhere = _classed_elsewhere(session, filed, list(known))
    if twice := set(units) & elsewhere:
        return _naming("twice", known, twice)
    last = date(filed.year, 12, 31)
    missing = {
        one.id
        for one in known.values()
        if one.closed_on is None and (one.opened_on is None or one.opened_on <= last)
    }
    if missing := missing - set(units) - named - elsewhere:
        return _naming("missing", known, missing)
    return "" if _days_kept(filed, rulebook) else "days"


def _classed_elsewhere(session: Session, filed: ClassingFiled, units: list[UUID]) -> set[UUID]:
    """Units that came from where they have been classed for this year."""
    query = select(ClassedUnit.unit_id).where(
        ClassedUnit.year == filed.year,
        ClassedUnit.pool_id != filed.pool_id,
        among(ClassedUnit.unit_id, units),
    )
    return set(session.scalars(query))


def _days_kept(filed: ClassingFiled, rulebook: Rulebook) -> bool:
    began = civil(datetime.fromisoformat(filed.confirmed_at)).date()
    least = add_working_days(began, rulebook.classing.publicity_days, parse_calendar(holidays()))
    return date.fromisoformat(filed.publicity_until) >= least


def _wrong_bases(session: Session, filed: ClassingFiled, rulebook: Rulebook) -> str:
    held = unit_bases(session, filed.year, [one.unit_id for one in filed.inputs])
    wrong = {
        one.unit_id for one in filed.inputs if one.base != held.get(one.unit_id, rulebook.new_member_base)
    }
    if not wrong:
        return ""
    query = select(Unit).where(among(Unit.id, list(wrong)))
    return _naming("base", {one.id: one for one in session.scalars(query)}, wrong)


def _naming(code: str, known: Mapping[UUID, Any], units: set[UUID]) -> str:
    found = sorted((known[one] for one in units if one in known), key=lambda one: one.path)
    return f"{code}: {listed([one.name for one in found])}"


def approved_fault(session: Session, one: Standing) -> str:
    """What of an approved classing does not come out as it was approved; '' where all does."""
    differing, fault = again(session, one)
    if differing:
        fault = _naming_one("otherwise", session, differing[0].unit_id)
    return fault or _other_class(session, one)


def _other_class(session: Session, one: Standing) -> str:
    """Whether the classes kept are those that were filed."""
    known = classes(session, one.row.year, [line.unit_id for line in one.filed.classes])
    for line in one.filed.classes:
        kept = known.get(line.unit_id)
        if kept is None or (kept.row.total, kept.row.grade) != (line.total, line.grade or ""):
            return _naming_one("kept", session, line.unit_id)
    return ""


def _naming_one(code: str, session: Session, unit_id: UUID) -> str:
    unit = session.get(Unit, unit_id)
    return f"{code}: {unit.name if unit else unit_id}"
