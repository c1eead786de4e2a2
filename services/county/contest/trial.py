"""Trials: the whole contest computed from what the townships verified, kept with everything it used."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.county.contest.models import Contest, Correction, TieDecision, Trial, TrialLine
from services.county.returns.actions import counted
from services.county.returns.models import VerifiedReturn
from services.county.rulebooks.actions import version
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rules.bundle import input_hash, result_hash
from shared.rules.contest import ContestError, Decision, Entry, Grading, grade
from shared.rules.contest import VillageResult as Graded
from shared.rules.rulebook_values import Rulebook
from shared.rules.villages import group_of


@dataclass(frozen=True)
class Inputs:
    """What a trial is computed from: each village with its return, corrections put in, and the decisions."""

    villages: Mapping[str, Unit]
    returns: Mapping[UUID, VerifiedReturn]
    entries: Sequence[Entry]
    decisions: Sequence[Decision]


def identity(contest: Contest) -> dict[str, Any]:
    """What names a contest in every hash and bundle."""
    return {
        "id": str(contest.id),
        "county": str(contest.unit_id),
        "year": contest.year,
        "title": contest.title,
    }


def gather(session: Session, contest: Contest, rulebook: Rulebook) -> Inputs:
    """The inputs as they stand now."""
    villages = session.scalars(select(Unit).where(Unit.level == "branch", Unit.closed_on.is_(None))).all()
    returns = counted(session, contest.id)
    corrected = _corrections(session, contest)
    entries = [
        Entry(
            village.code,
            village.name,
            group_of(rulebook, village.code, village.name),
            _values(returns.get(village.id), corrected.get(village.id, {})),
            tuple(veto["event"] for veto in returns[village.id].vetoes) if village.id in returns else (),
        )
        for village in sorted(villages, key=lambda unit: unit.code)
    ]
    return Inputs({v.code: v for v in villages}, returns, entries, decisions(session, contest))


def _values(row: VerifiedReturn | None, corrected: Mapping[str, str]) -> dict[str, str] | None:
    return None if row is None else {**row.verified, **corrected}


def _corrections(session: Session, contest: Contest) -> dict[UUID, dict[str, str]]:
    query = (
        select(Correction)
        .where(Correction.contest_id == contest.id, Correction.state.in_(("confirmed", "proposed")))
        .order_by(Correction.proposed_at)
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


def run_trial(session: Session, actor: SignedIn, contest: Contest, now: datetime) -> Trial:
    """Compute the contest and keep the result with its inputs' hash. Raises Refused where inputs do not read.

    Nothing new since the last trial gives the last trial again.
    """
    rulebook = version(session, contest.rulebook_hash)[1]
    inputs = gather(session, contest, rulebook)
    try:
        grading = grade(rulebook, inputs.entries, inputs.decisions)
    except ContestError as error:
        raise Refused("无法试算:%(problem)s", problem=error.message) from error
    digest = input_hash(identity(contest), inputs.entries, inputs.decisions)
    last = last_trial(session, contest)
    if last is not None and (last.input_hash, last.rule_version) == (digest, grading.rule_version):
        return last
    trial = _trial(contest, actor, grading, inputs, digest, (last.number if last else 0) + 1, now)
    session.add(trial)
    session.flush()
    entries = {entry.village_code: entry for entry in inputs.entries}
    lines = [_line(trial, entries[one.village_code], one, inputs) for one in grading.villages]
    if lines:
        session.execute(insert(TrialLine), lines)
    audit.record(
        session, now, actor.account_id, contest.unit_id, "contest.compute", str(trial.id), number=trial.number
    )
    return trial


def _trial(
    contest: Contest,
    actor: SignedIn,
    grading: Grading,
    inputs: Inputs,
    digest: str,
    number: int,
    now: datetime,
) -> Trial:
    return Trial(
        id=new_id(),
        contest_id=contest.id,
        unit_id=contest.unit_id,
        number=number,
        rulebook_hash=contest.rulebook_hash,
        rule_version=grading.rule_version,
        input_hash=digest,
        result_hash=result_hash(grading),
        blocks=[asdict(block) for block in grading.undecided],
        cuts={group.group: asdict(group) for group in grading.groups},
        decisions=[asdict(decision) for decision in inputs.decisions],
        by=actor.name,
        at=now,
    )


def _line(trial: Trial, entry: Entry, one: Graded, inputs: Inputs) -> dict[str, Any]:
    village = inputs.villages[one.village_code]
    row = inputs.returns.get(village.id)
    return {
        "trial_id": trial.id,
        "unit_id": village.id,
        "village_code": one.village_code,
        "village_name": one.village_name,
        "township_id": village.parent_id,
        "group": one.group,
        "verified_return_id": row.id if row else None,
        "values": dict(entry.values) if entry.values is not None else None,
        "vetoes": list(entry.vetoes),
        "points": dict(one.indicators),
        "categories": dict(one.categories),
        "score": one.score,
        "rank": one.rank,
        "tier": one.tier,
        "excluded": one.excluded,
        "reason": one.reason,
    }


def last_trial(session: Session, contest: Contest) -> Trial | None:
    """The newest trial, or None before the first."""
    query = select(Trial).where(Trial.contest_id == contest.id).order_by(Trial.number.desc()).limit(1)
    return session.scalars(query).one_or_none()


def trial_by_number(session: Session, contest: Contest, number: int) -> Trial:
    """One trial; raises Absent."""
    query = select(Trial).where(Trial.contest_id == contest.id, Trial.number == number)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Absent
    return found


def lines(session: Session, trial: Trial) -> list[TrialLine]:
    """A trial's villages in rank order, the excluded last."""
    query = (
        select(TrialLine)
        .where(TrialLine.trial_id == trial.id)
        .order_by(TrialLine.group, TrialLine.rank.nulls_last(), TrialLine.village_code)
    )
    return list(session.scalars(query))
