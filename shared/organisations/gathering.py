"""What a pool's classing would stand on: its units, their entries, reports and findings, and what is open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts.classing import Checked, EntryLine, LeftOut, Reported, UnitInput
from shared.contracts.reclass import figures_of
from shared.kit.clock import civil
from shared.kit.units import Unit, with_members
from shared.organisations.classings import Room
from shared.organisations.ledger import Standing, standings
from shared.organisations.year_end import UnitYear, unit_years
from shared.rules.appraisal import expected_total
from shared.sync.years import MemberYear


@dataclass(frozen=True)
class Gathered:
    """`open` names units by what they still lack: 'waiting' entries, 'unreported', 'unchecked'."""

    units: Sequence[Unit]
    years: Mapping[UUID, UnitYear]
    entries: Mapping[UUID, Sequence[Standing]]
    inputs: Sequence[UnitInput] = ()
    left_out: Mapping[UUID, str] = field(default_factory=dict)
    open: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def names(self) -> dict[UUID, str]:
        """Units' names."""
        return {one.id: one.name for one in self.units}


def units_of(session: Session, pool: Unit) -> Sequence[Unit]:
    """The open units that `pool` classes: a township's branches with members, the county's committees."""
    return [one for one in _below(session, pool) if one.closed_on is None]


def classable(session: Session, pool: Unit, year: int) -> Sequence[Unit]:
    """The units that a classing of `year` by `pool` may be about: also those closed or merged since."""
    last = date(year, 12, 31)
    return [one for one in _below(session, pool) if one.closed_on is None or one.closed_on > last]


def _below(session: Session, pool: Unit) -> Sequence[Unit]:
    kinds = with_members() if pool.level == "township" else Unit.level == "township"
    return session.scalars(select(Unit).where(Unit.parent_id == pool.id, kinds).order_by(Unit.path)).all()


def first_day(year: MemberYear) -> date:
    """The first day on which nothing can be filed for the year any more."""
    late = year.organisations.late_days if year.organisations else 0
    return date(year.year, 12, 31) + timedelta(days=late + 1)


def too_early(year: MemberYear, now: datetime) -> bool:
    """Whether something may still be filed for the year."""
    return civil(now).date() < first_day(year)


def gather(session: Session, room: Room, pool: Unit, year: MemberYear, bases: Mapping[UUID, int]) -> Gathered:
    """Everything as it stands. `bases`: what units began the year with; others have the rulebook's."""
    units = units_of(session, pool)
    ids = [one.id for one in units]
    said = unit_years(session, room.said, year.year, ids)
    entries: dict[UUID, list[Standing]] = defaultdict(list)
    for one in standings(session, room.entries, year.organisations, year.year, ids):
        entries[one.entry.unit_id].append(one)
    open_: dict[str, list[str]] = defaultdict(list)
    inputs, left_out = [], {}
    for unit in units:
        words = said.get(unit.id, UnitYear())
        if words.left_out:
            left_out[unit.id] = words.left_out.as_(LeftOut).reason
            continue
        if any(one.state == "waiting" for one in entries[unit.id]):
            open_["waiting"].append(unit.name)
        if words.report is None:
            open_["unreported"].append(unit.name)
        elif words.check is None:
            open_["unchecked"].append(unit.name)
        else:
            inputs.append(_input(year, unit.id, words, entries[unit.id], bases))
    return Gathered(units, said, entries, inputs, left_out, open_)


def _input(
    year: MemberYear, unit_id: UUID, words: UnitYear, rows: Sequence[Standing], bases: Mapping[UUID, int]
) -> UnitInput:
    assert words.report is not None and words.check is not None and year.organisations is not None
    report, check = words.report.as_(Reported), words.check.as_(Checked)
    scheme, rulebook = year.organisations, year.appraisal_organisations
    lines = approved(rows)
    found = figures_of(scheme, lines)
    return UnitInput(
        unit_id=unit_id,
        base=bases.get(unit_id, rulebook.new_member_base),
        months=found.months,
        bonus=found.bonus,
        deductions=found.deductions,
        standard=expected_total(rulebook, scheme.standard),
        members=report.members,
        masses=report.masses,
        skip_reason=report.skip_reason,
        check=check.finding,
        opinion=check.opinion,
        problems=check.problems,
        entries=lines,
    )


def approved(rows: Sequence[Standing]) -> list[EntryLine]:
    """Entries that count, as they travel."""
    return [
        EntryLine(one.entry.id, one.entry.item, one.entry.day, one.decision.points)
        for one in rows
        if one.state == "approved" and one.item and one.decision and one.decision.points is not None
    ]
