"""From a trial to what is announced: the county's public table, and each village's own derivation."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.contest.models import Contest, Trial, TrialLine
from services.county.contest.trial import lines
from services.county.returns.models import VerifiedReturn
from services.county.rulebooks.actions import version
from shared.contracts.documents import IndicatorLine, ResultAnnounced, ResultRow, TierMeaning, VillageResult
from shared.kit.units import Unit
from shared.rules.rulebook_values import Rulebook
from shared.sync.signer import Signer


def announce_result(
    session: Session,
    sign: Signer,
    contest: Contest,
    trial: Trial,
    stage: str,
    edition: int,
    reason: str,
    now: datetime,
) -> None:
    """Announce a trial's result to everyone, and to each village why it stands where it stands.

    `stage` is publicity or published; `edition` is 0 while under publicity.
    """
    rulebook = version(session, trial.rulebook_hash)[1]
    found = lines(session, trial)
    announce(
        session,
        sign,
        contest.unit_id,
        _table(session, contest, trial, found, stage, edition, reason, now),
        now,
    )
    returns = returns_of(session, found)
    for line in found:
        document = VillageResult(
            contest_id=contest.id,
            edition=edition,
            stage=stage,
            village_id=line.unit_id,
            score=line.score,
            rank=line.rank,
            tier=line.tier,
            reason=line.reason,
            lines=derivation(rulebook, line, returns.get(line.verified_return_id)),
        )
        announce(session, sign, contest.unit_id, document, now, to=line.township_id, about=line.unit_id)


def returns_of(session: Session, found: list[TrialLine]) -> dict[UUID | None, VerifiedReturn]:
    """The verified returns a trial's lines came from, by id."""
    ids = [line.verified_return_id for line in found if line.verified_return_id]
    rows = session.scalars(select(VerifiedReturn).where(VerifiedReturn.id.in_(ids)))
    return {row.id: row for row in rows}


def _table(
    session: Session,
    contest: Contest,
    trial: Trial,
    found: list[TrialLine],
    stage: str,
    edition: int,
    reason: str,
    now: datetime,
) -> ResultAnnounced:
    townships = {unit.id: unit.name for unit in session.scalars(select(Unit).where(Unit.level == "township"))}
    rulebook = version(session, trial.rulebook_hash)[1]
    return ResultAnnounced(
        contest_id=contest.id,
        edition=edition,
        stage=stage,
        year=contest.year,
        title=contest.title,
        objections_until=contest.objections_until.isoformat() if contest.objections_until else "",
        rows=[_row(line, townships) for line in found],
        tiers=tier_meanings(rulebook),
        result_hash=trial.result_hash,
        synthetic_note=contest.synthetic_note,
        correction_reason=reason,
        announced_at=now.isoformat(),
    )


def _row(line: TrialLine, townships: dict[UUID, str]) -> ResultRow:
    return ResultRow(
        village_id=line.unit_id,
        code=line.village_code,
        name=line.village_name,
        township=townships[line.township_id],
        group=line.group,
        score=line.score,
        categories=line.categories,
        rank=line.rank,
        tier=line.tier,
        excluded=line.excluded,
    )


def tier_meanings(rulebook: Rulebook) -> list[TierMeaning]:
    """What each tier proposes for village cadres; people decide every one."""
    return [
        TierMeaning(
            tier.number,
            tier.name,
            {
                "pay": tier.proposals.pay,
                "appointment": tier.proposals.appointment,
                "honours": tier.proposals.honours,
            },
        )
        for tier in rulebook.tiers
    ]


def derivation(rulebook: Rulebook, line: TrialLine, row: VerifiedReturn | None) -> list[IndicatorLine]:
    """'Why this tier', indicator by indicator: as filed, as counted, who changed it and why, the points."""
    changes = {change["indicator"]: change for change in row.changes} if row else {}
    filed, counted = (row.filed if row else {}), line.values or {}
    found = []
    for indicator in rulebook.indicators:
        change = changes.get(indicator.code, {})
        corrected = row is not None and counted.get(indicator.code) != row.verified.get(indicator.code)
        found.append(
            IndicatorLine(
                code=indicator.code,
                name=indicator.name,
                category=indicator.category,
                unit=indicator.unit,
                filed=filed.get(indicator.code, ""),
                verified=counted.get(indicator.code, ""),
                changed_by="县级更正" if corrected else str(change.get("by", "")),
                change_reason=str(change.get("reason", "")),
                points=line.points.get(indicator.code, 0),
                weight=indicator.weight,
            )
        )
    return found


def rulebook_document(session: Session, digest: str) -> dict[str, object]:
    """A stored rulebook as the JSON document its hash was taken over."""
    document: dict[str, object] = json.loads(version(session, digest)[0].text)
    return document
