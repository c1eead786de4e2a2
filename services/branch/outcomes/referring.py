"""Handing up what a branch cannot settle: its general branch or its township stands in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.outcomes.people import Staff, but, staffs
from shared.kit.scope import EVERYTHING
from shared.kit.units import Unit
from shared.outcomes.reading import Told, told
from shared.outcomes.saying import ByRule, Lines, Said, behind
from shared.rules.outcomes import Referral, lacking, referral
from shared.sync.runtime import Runtime

NOBODY_THERE = Staff()
# With so many people of its own a branch settles everything itself, whomever it is about.
ENOUGH = 3


def hand_up(running: Runtime) -> None:
    """Look at every branch's open cases: people come and go after a case was proposed."""
    with running.database.transaction(EVERYTHING) as session:
        refer(session, running.settings.clock())


def refer(session: Session, now: datetime, unit_id: UUID | None = None) -> int:
    """Hand up those open cases that too few people of their branch may settle; how many."""
    query = select(OutcomeCase).where(
        OutcomeCase.tier == "branch",
        OutcomeCase.sort == "outcome",
        OutcomeCase.state.in_(("open", "decided")),
    )
    if unit_id is not None:
        query = query.where(OutcomeCase.unit_id == unit_id)
    units = set(session.scalars(query.with_only_columns(OutcomeCase.unit_id)))
    if not units:
        return 0
    people = staffs(session, units)
    few = [unit for unit in units if len({one.key for one in people[unit].deciders}) < ENOUGH]
    cases = session.scalars(query.where(OutcomeCase.unit_id.in_(few)).order_by(OutcomeCase.id)).all()
    known = {one.id: one for one in session.scalars(select(Unit).where(Unit.id.in_(few)))}
    above = staffs(session, {one.general_id for one in known.values() if one.general_id})
    lines, referred = Lines(DESK, ByRule(""), now), 0
    for one in told(session, DESK, cases):
        unit = known[one.case.unit_id]
        general = above.get(unit.general_id, NOBODY_THERE) if unit.general_id else NOBODY_THERE
        to = _lacking(one, people[unit.id], general)
        if to == referral(one.stands):
            continue
        said = Said("referred", data={"to": to.to, "whole": to.whole})
        lines.add(one.case, said, by=unit.name, after=behind(one, now))
        referred += 1
    lines.write(session)
    return referred


def _lacking(found: Told, here: Staff, general: Staff) -> Referral:
    """Who has to settle the case with the branch now, given who does so far.

    The township's part is never taken back: its word may be on its way.
    """
    member, before = found.case.member_id, referral(found.stands)
    generals = but(general.standing_in, member)
    if before.whole:
        # What was handed up as a whole stays above, whoever comes to the branch since.
        return before if before.to == "township" else lacking((), (), None, generals)
    deciders, confirmers = but(here.deciders, member), but(here.confirmers, member)
    still = lacking(deciders, confirmers, _decided_by(found, here), generals)
    if before.to == "township":
        return Referral("township", still.whole)
    return still


def _decided_by(found: Told, here: Staff) -> str | None:
    """The person who decided it; by name where a restore lost the account."""
    if found.case.state != "decided":
        return None
    last: Any = next(row for row in reversed(found.words) if row.kind == "decided")
    for one in here.deciders:
        if one.account_id == last.by_id or (last.by_id is None and one.name == last.by):
            return one.key
    return f"gone:{last.by}"
