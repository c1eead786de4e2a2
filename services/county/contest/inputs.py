"""What a trial is computed from: the returns that count, or, once published, the edition in force."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.models import Contest, Correction, Edition, TieDecision, Trial, TrialLine
from services.county.contest.records import last_edition, lines_of
from services.county.returns.actions import counted
from services.county.returns.models import VerifiedReturn
from shared.kit.units import Unit, with_members
from shared.rules.contest import Decision, Entry
from shared.rules.rulebook_values import Rulebook
from shared.rules.villages import group_of


@dataclass(frozen=True)
class Place:
    """Where a village's line belongs: its unit, its township, the return its figures came from."""

    unit_id: UUID
    township_id: UUID
    verified_return_id: UUID | None


@dataclass(frozen=True)
class Inputs:
    """Entries and decisions of a computation, with each village's place by its code."""

    places: Mapping[str, Place]
    entries: Sequence[Entry]
    decisions: Sequence[Decision]


def identity(contest: Contest) -> dict[str, Any]:
    """What names a contest in every hash and bundle; generated figures say so there too."""
    named = {
        "id": str(contest.id),
        "county": str(contest.unit_id),
        "year": contest.year,
        "title": contest.title,
    }
    return {**named, "synthetic_note": contest.synthetic_note} if contest.synthetic_note else named


def gather(session: Session, contest: Contest, rulebook: Rulebook) -> Inputs:
    """The inputs as they stand now.

    After the lock they are the edition's own: a return that straggles in later, or a village that closes,
    must not slip into a correction of something else.
    """
    edition = last_edition(session, contest)
    return _in_force(session, contest, edition) if edition else _verified(session, contest, rulebook)


def _verified(session: Session, contest: Contest, rulebook: Rulebook) -> Inputs:
    query = select(Unit).where(with_members(), Unit.closed_on.is_(None)).order_by(Unit.code)
    villages = session.scalars(query).all()
    returns = counted(session, contest.id)
    return Inputs(
        {village.code: _place(village, returns.get(village.id)) for village in villages},
        [_entry(village, returns.get(village.id), rulebook) for village in villages],
        decisions(session, contest),
    )


def _place(village: Unit, row: VerifiedReturn | None) -> Place:
    assert village.parent_id is not None
    return Place(village.id, village.parent_id, row.id if row else None)


def _entry(village: Unit, row: VerifiedReturn | None, rulebook: Rulebook) -> Entry:
    return Entry(
        village.code,
        village.name,
        group_of(rulebook, village.code, village.name),
        dict(row.verified) if row else None,
        tuple(veto["event"] for veto in row.vetoes) if row else (),
    )


def _in_force(session: Session, contest: Contest, edition: Edition) -> Inputs:
    """The edition's inputs with the proposed corrections put in (the confirmed ones are in it)."""
    found = lines_of(session, edition)
    proposed = _proposed(session, contest)
    entries = [
        replace(entry, values={**(entry.values or {}), **proposed[line.unit_id]})
        if line.unit_id in proposed
        else entry
        for line, entry in zip(found, entries_of(found), strict=True)
    ]
    places = {
        line.village_code: Place(line.unit_id, line.township_id, line.verified_return_id) for line in found
    }
    return Inputs(places, entries, decisions(session, contest))


def entries_of(found: Iterable[TrialLine]) -> list[Entry]:
    """A trial's lines as the entries they were computed from."""
    return [
        Entry(line.village_code, line.village_name, line.group, line.values, tuple(line.vetoes))
        for line in found
    ]


def decisions_of(trial: Trial) -> list[Decision]:
    """The decisions a trial was computed with."""
    return [Decision(tuple(one["villages"]), one["reason"]) for one in trial.decisions]


def _proposed(session: Session, contest: Contest) -> dict[UUID, dict[str, str]]:
    query = (
        select(Correction)
        .where(Correction.contest_id == contest.id, Correction.state == "proposed")
        .order_by(Correction.proposed_at, Correction.id)
    )
    found: dict[UUID, dict[str, str]] = {}
    for row in session.scalars(query):
        found.setdefault(row.unit_id, {})[row.indicator] = row.value
    return found


def decisions(session: Session, contest: Contest) -> list[Decision]:
    """The county's tie decisions; for the same villages the newest counts."""
    query = (
        select(TieDecision)
        .where(TieDecision.contest_id == contest.id)
        .order_by(TieDecision.at, TieDecision.id)
    )
    newest = {
        frozenset(row.villages): Decision(tuple(row.villages), row.reason) for row in session.scalars(query)
    }
    return list(newest.values())
