"""Trials: the whole contest computed from its inputs, kept with everything it used."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.county.contest.inputs import Inputs, gather, identity
from services.county.contest.models import Contest, Correction, Trial, TrialLine
from services.county.contest.records import last_trial
from services.county.rulebooks.actions import version
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.rules.bundle import input_hash, result_hash
from shared.rules.contest import ContestError, Entry, Grading, grade
from shared.rules.contest import VillageResult as Graded


def open_corrections(session: Session, contest: Contest) -> list[Correction]:
    """Corrections waiting for their second person."""
    query = select(Correction).where(Correction.contest_id == contest.id, Correction.state == "proposed")
    return list(session.scalars(query.order_by(Correction.proposed_at, Correction.id)))


def may_try(session: Session, contest: Contest) -> bool:
    """Whether a new trial may be made: what is public or locked must stay the trial it was."""
    return contest.state == "trial" or (
        contest.state == "published" and bool(open_corrections(session, contest))
    )


def run_trial(session: Session, actor: SignedIn, contest: Contest, now: datetime) -> Trial:
    """A trial at the stage for it, or of a proposed correction. Raises Refused."""
    if not may_try(session, contest):
        raise Refused("只有在试算阶段才能试算。")
    return compute(session, actor, contest, now)


def compute(session: Session, actor: SignedIn, contest: Contest, now: datetime) -> Trial:
    """Compute the contest and keep the result with its inputs' hash. Raises Refused where inputs do not read.

    Nothing new since the last trial gives the last trial again.
    """
    rulebook = version(session, contest.rulebook_hash)[1]
    inputs = gather(session, contest, rulebook)
    try:
        grading = grade(rulebook, inputs.entries, inputs.decisions)
    except ContestError as error:
        raise Refused("无法试算：%(problem)s", problem=error.message) from error
    digest = input_hash(identity(contest), inputs.entries, inputs.decisions)
    last = last_trial(session, contest)
    if last is not None and (last.input_hash, last.rule_version) == (digest, grading.rule_version):
        return last
    trial = _trial(contest, actor, grading, inputs, digest, (last.number if last else 0) + 1, now)
    session.add(trial)
    session.flush()
    entries = {entry.village_code: entry for entry in inputs.entries}
    rows = [_line(trial, entries[one.village_code], one, inputs) for one in grading.villages]
    if rows:
        session.execute(insert(TrialLine), rows)
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
    place = inputs.places[one.village_code]
    return {
        "trial_id": trial.id,
        "unit_id": place.unit_id,
        "village_code": one.village_code,
        "village_name": one.village_name,
        "township_id": place.township_id,
        "group": one.group,
        "verified_return_id": place.verified_return_id,
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
