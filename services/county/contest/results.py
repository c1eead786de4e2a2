"""From a trial to what is announced: the county's public table, and each village's own derivation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.contest.models import Contest, Correction, Trial, TrialLine
from services.county.contest.records import lines, township_names
from services.county.returns.models import VerifiedReturn
from services.county.rulebooks.actions import version
from shared.contracts.documents import (
    COUNTY_CORRECTION,
    IndicatorLine,
    ResultAnnounced,
    ResultRow,
    TierMeaning,
    VillageResult,
)
from shared.rules.rulebook_values import Indicator, Rulebook
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
    returns, corrected = returns_of(session, found), corrections_of(session, contest)
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
            lines=derivation(rulebook, line, returns.get(line.verified_return_id), corrected),
            announced_at=now.isoformat(),
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
    townships = township_names(session)
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


COUNTING = ("proposed", "confirmed")
Corrections = Mapping[tuple[UUID, str], Sequence[Correction]]


def corrections_of(session: Session, contest: Contest) -> Corrections:
    """Corrections that count, and those that wait to, by village and indicator, oldest first."""
    query = (
        select(Correction)
        .where(Correction.contest_id == contest.id, Correction.state.in_(COUNTING))
        .order_by(Correction.proposed_at, Correction.id)
    )
    found: dict[tuple[UUID, str], list[Correction]] = {}
    for row in session.scalars(query):
        found.setdefault((row.unit_id, row.indicator), []).append(row)
    return found


def derivation(
    rulebook: Rulebook, line: TrialLine, row: VerifiedReturn | None, corrections: Corrections
) -> list[IndicatorLine]:
    """'Why this tier', indicator by indicator: as filed, as counted, who changed it and why, the points."""
    return [_indicator_line(indicator, line, row, corrections) for indicator in rulebook.indicators]


def _indicator_line(
    indicator: Indicator, line: TrialLine, row: VerifiedReturn | None, corrections: Corrections
) -> IndicatorLine:
    counted = (line.values or {}).get(indicator.code, "")
    by, reason = _changed(indicator.code, counted, line, row, corrections)
    return IndicatorLine(
        code=indicator.code,
        name=indicator.name,
        category=indicator.category,
        unit=indicator.unit,
        filed=row.filed.get(indicator.code, "") if row else "",
        verified=counted,
        changed_by=by,
        change_reason=reason,
        points=line.points.get(indicator.code, 0),
        weight=indicator.weight,
    )


def _changed(
    code: str, counted: str, line: TrialLine, row: VerifiedReturn | None, corrections: Corrections
) -> tuple[str, str]:
    """Who changed a figure last and why: the county by a correction, else the township; ('', '')."""
    if row is not None and counted != row.verified.get(code, ""):
        made = [one for one in corrections.get((line.unit_id, code), ()) if one.value == counted]
        return COUNTY_CORRECTION, made[-1].reason if made else ""
    change = next((one for one in (row.changes if row else ()) if one["indicator"] == code), None)
    return (str(change["by"]), str(change["reason"])) if change else ("", "")
