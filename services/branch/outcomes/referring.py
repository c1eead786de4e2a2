"""Handing up what a branch cannot settle: its general branch or its township stands in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.outcomes.people import Staff, but, staffs
from shared.kit.db import among
from shared.kit.scope import EVERYTHING
from shared.kit.units import Unit
from shared.outcomes.reading import Told, told
from shared.outcomes.saying import ByRule, Lines, Said, behind
from shared.rules.outcomes import Referral, lacking, referral
from shared.sync.runtime import Runtime

NOBODY_THERE = Staff()
# A member who settles nothing anywhere: what holds for him holds for all others like him.
NO_STAFF = UUID(int=0)
OPEN = (
    OutcomeCase.tier == "branch",
    OutcomeCase.sort == "outcome",
    OutcomeCase.state.in_(("open", "decided")),
)


@dataclass(frozen=True)
class Waiting:
    """What cases of one unit have in common that are as far, and who may settle them."""

    unit_id: UUID
    state: str
    before: Referral
    here: Staff
    general: Staff

    def moves(self, member: UUID) -> bool:
        """Whether a case about this member may have to be handed to somebody else than now."""
        deciders = {one.key for one in self.here.deciders}
        deciding = [None] if self.state == "open" else [*deciders, _gone("")]
        return any(self.to(member, one) != self.before for one in deciding)

    def to(self, member: UUID, decided_by: str | None) -> Referral:
        """Who has to settle the case with the branch now, given who does so far.

        The township's part is never taken back: its word may be on its way.
        """
        before, generals = self.before, but(self.general.standing_in, member)
        if before.whole:
            # What was handed up as a whole stays above, whoever comes to the branch since.
            return before if before.to == "township" else lacking((), (), None, generals)
        deciders, confirmers = but(self.here.deciders, member), but(self.here.confirmers, member)
        still = lacking(deciders, confirmers, decided_by, generals)
        return Referral("township", still.whole) if before.to == "township" else still


def hand_up(running: Runtime) -> None:
    """Look at every branch's open cases: people come and go after a case was proposed."""
    with running.database.transaction(EVERYTHING) as session:
        refer(session, running.settings.clock())


def refer(session: Session, now: datetime, unit_id: UUID | None = None) -> int:
    """Hand up those open cases that too few people of their branch may settle; how many."""
    own = (*OPEN, OutcomeCase.unit_id == unit_id) if unit_id is not None else OPEN
    units = dict[UUID, Unit]()
    moving = list(_moving(list(_waiting(session, own, units))))
    if not moving:
        return 0
    query = select(OutcomeCase).where(*own, or_(*moving)).order_by(OutcomeCase.id)
    fresh = {"populate_existing": True}
    cases = session.scalars(query.with_for_update(key_share=True), execution_options=fresh).all()
    people = _people(session, units)
    lines, referred = Lines(DESK, ByRule(""), now), 0
    for one in told(session, DESK, cases):
        unit, before = units[one.case.unit_id], referral(one.stands)
        waiting = Waiting(unit.id, one.case.state, before, *people[unit.id])
        to = waiting.to(one.case.member_id, _decided_by(one, waiting.here))
        if to == before:
            continue
        said = Said("referred", data={"to": to.to, "whole": to.whole})
        lines.add(one.case, said, by=unit.name, after=behind(one, now))
        referred += 1
    lines.write(session)
    return referred


def _waiting(
    session: Session, own: tuple[ColumnElement[bool], ...], units: dict[UUID, Unit]
) -> Iterator[Waiting]:
    """How far open cases are, unit by unit, without a look at any one of them; `units` are filled in."""
    how_far = (OutcomeCase.unit_id, OutcomeCase.state, OutcomeCase.referred_to, OutcomeCase.referred_whole)
    found = session.execute(select(*how_far).where(*own).distinct()).all()
    wanted = {row.unit_id for row in found}
    units |= {one.id: one for one in session.scalars(select(Unit).where(among(Unit.id, wanted)))}
    people = _people(session, units)
    for row in found:
        before = Referral(row.referred_to, row.referred_whole)
        yield Waiting(row.unit_id, row.state, before, *people[row.unit_id])


def _people(session: Session, units: Mapping[UUID, Unit]) -> dict[UUID, tuple[Staff, Staff]]:
    """By unit: its own people, and those of its general branch."""
    here = staffs(session, units)
    above = staffs(session, {one.general_id for one in units.values() if one.general_id})
    return {
        one.id: (here[one.id], above.get(one.general_id, NOBODY_THERE) if one.general_id else NOBODY_THERE)
        for one in units.values()
    }


def _moving(waiting: list[Waiting]) -> Iterator[ColumnElement[bool]]:
    """Conditions on cases that may have to be handed to somebody else than now; none where there are none.

    What holds for one member holds for all of his branch but those who settle its cases themselves.
    """
    case = OutcomeCase
    as_far = (case.unit_id, case.state, case.referred_to, case.referred_whole)
    all_of = [_as_far(one) for one in waiting if one.moves(NO_STAFF)]
    if all_of:
        yield tuple_(*as_far).in_(all_of)
    about = [(*_as_far(one), who) for one in waiting for who in _members(one) if one.moves(who)]
    if about:
        yield tuple_(*as_far, case.member_id).in_(about)


def _as_far(one: Waiting) -> tuple[UUID, str, str, bool]:
    return one.unit_id, one.state, one.before.to, one.before.whole


def _members(one: Waiting) -> set[UUID]:
    people = (*one.here.deciders, *one.here.confirmers, *one.general.standing_in)
    return {holder.person_id for holder in people if holder.person_id is not None}


def _decided_by(found: Told, here: Staff) -> str | None:
    """The person who decided it; by name where a restore lost the account."""
    if found.case.state != "decided":
        return None
    last: Any = next(row for row in reversed(found.words) if row.kind == "decided")
    for one in here.deciders:
        if one.account_id == last.by_id or (last.by_id is None and one.name == last.by):
            return one.key
    return _gone(last.by)


def _gone(name: str) -> str:
    return f"gone:{name}"
