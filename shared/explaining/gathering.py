"""What is read the same way at every tier: cases with what they stand on, records of transfers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts.transfers import TransferClosed, months_since
from shared.explaining.held import Run
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.outcomes.corrections import Corrected, corrections
from shared.outcomes.desk import Desk
from shared.outcomes.reading import Told, cases_of
from shared.outcomes.voice import untold
from shared.rules.outcomes import Rulebook, redraw
from shared.sync.passages import carried_by_unit


class NoYear(Absent):
    """The county has not opened this year, or this tier does not know of it."""


@dataclass(frozen=True)
class Cases:
    """A member's cases of a year, with all that they stand on."""

    told: Sequence[Told]
    books: Mapping[str, Rulebook]
    runs: Mapping[UUID, Run]
    corrected: Corrected | None


NONE = Cases((), {}, {}, None)


def cases_held(session: Session, desk: Desk, member: UUID, year: int, who: SignedIn | None) -> Cases:
    """Cases of the year as far as the session's scope goes, and as far as `who` is told of them.

    None is the operator; who may not look at outcomes at all is given none.
    """
    if who is not None and not who.may("outcome.see"):
        return NONE
    told = cases_of(session, desk, member, year)
    if who is not None:
        told = [one for one in told if not untold(who, one)]
    books = {digest: desk.rulebook(session, digest) for digest in {one.case.rulebook for one in told}}
    put_right = corrections(session, desk, [member], year).get((member, year))
    return Cases(told, books, _runs(session, desk, told, books), put_right)


def _runs(
    session: Session, desk: Desk, told: Sequence[Told], books: Mapping[str, Rulebook]
) -> dict[UUID, Run]:
    """Drawings-up held at this tier, each done again from what it pinned."""
    wanted = {one.case.run_id: one.case for one in told if one.case.run_id}
    if desk.runs is None or not wanted:
        return {}
    query = select(desk.runs).where(desk.runs.id.in_(wanted))
    return {row.id: _run(row, wanted[row.id], books) for row in session.scalars(query)}


def _run(row: Any, case: Any, books: Mapping[str, Rulebook]) -> Run:
    again = redraw(books[case.rulebook], case.tier, row.given, date.fromisoformat(row.drawn_on))
    off = "" if again == row.digest else again[:12]
    return Run(row.rule_version, row.digest, row.by, row.at, off)


def came_by(session: Session, passages: Any, member: UUID) -> dict[UUID, TransferClosed]:
    """By branch, the newest record with which the member came there, of what passed through this tier."""
    found = carried_by_unit(session, passages, member=member)
    return {unit_id: records[member] for unit_id, records in found.items()}


def counts_since(row: Any, came: Mapping[UUID, TransferClosed]) -> date | None:
    """Since when months count of whose card (RosterCopy) this is; None where this tier was not told."""
    record = came.get(row.unit_id)
    if not row.joined_told and record is None:
        return None
    joined = row.joined_on
    if not row.joined_told and record is not None and record.joined_on:
        joined = date.fromisoformat(record.joined_on)
    return months_since(joined, row.since, record)
