"""Points and grades worked out under pinned inputs; equals at the cut decided by a meeting."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.appraisal.figures import figures
from services.branch.appraisal.models import GradeLine, GradingRun, MemberWord, TieDecision
from services.branch.appraisal.state import (
    RuleRefused,
    hold_year,
    newest_run,
    publicity_of,
    require_turn,
    steps_of,
    subjects,
)
from services.branch.ballots.models import BallotBox, BallotTotal
from services.branch.roster.models import Member
from shared.contracts.appraisal import AppraisedLine, TallyLine, TieWord
from shared.contracts.regrade import Regraded, inputs_digest, regrade
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import insert_rows
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.rules.appraisal import RULE_VERSION
from shared.rules.words import Line, RuleError
from shared.sync.years import MemberYear

STEP = "appraisal_points"
# Once more when what the run stands on has moved, as long as nobody has been shown it.
TURNS = (STEP, "publicity")


def work_out(session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime) -> GradingRun:
    """Work out points and grades anew; nothing is overwritten. Raises Refused out of turn, RuleRefused."""
    hold_year(session, unit.id, year.year)
    course = require_turn(session, unit.id, year, *TURNS)
    _require_unshown(session, newest_run(session, unit.id, year.year))
    appraised = subjects(session, unit.id, year, now)
    inputs, skip = inputs_of(session, unit.id, year, appraised)
    decisions = decided(session, unit.id, year.year)
    names = {one.id: one.name for one in appraised}
    try:
        found = regrade(year.appraisal, inputs, decisions, skip, names)
        # What no longer names exactly the equals decides nothing: leave it out of what is pinned.
        used = [one for one in decisions if not _unused(found, one)]
        if len(used) < len(decisions):
            found = regrade(year.appraisal, inputs, used, skip, names)
    except RuleError as error:
        raise RuleRefused(error) from error
    run = GradingRun(
        id=new_id(),
        unit_id=unit.id,
        year=year.year,
        number=_runs(session, unit.id, year.year) + 1,
        round=course.round,
        rulebook=year.appraisal.hash,
        rule_version=RULE_VERSION,
        digest=inputs_digest(year.appraisal, inputs, used, skip),
        graded=found.grading.graded,
        seats=found.grading.seats,
        undecided=[{"members": list(one.members), "seats": one.seats} for one in found.grading.undecided],
        decisions=msgspec.to_builtins(used),
        skip_reason=skip,
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(run)
    session.flush()
    insert_rows(session, GradeLine, [_row(run, one, found) for one in inputs])
    audit.record(session, now, actor.account_id, unit.id, "appraisal.grade", str(run.id), digest=run.digest)
    return run


def _require_unshown(session: Session, run: GradingRun | None) -> None:
    if publicity_of(session, run) is not None:
        raise Refused(N_("已经公示，不能再核算。"))


def still_stands(session: Session, unit_id: UUID, year: MemberYear, run: GradingRun, now: datetime) -> bool:
    """Whether roster and points still give what the run was worked out of. Raises Refused as `inputs_of`."""
    inputs, skip = inputs_of(session, unit_id, year, subjects(session, unit_id, year, now))
    query = select(GradeLine.member_id, GradeLine.given).where(GradeLine.run_id == run.id)
    held = {row.member_id: row.given for row in session.execute(query)}
    return skip == run.skip_reason and held == {one.member_id: msgspec.to_builtins(one) for one in inputs}


def _runs(session: Session, unit_id: UUID, year: int) -> int:
    query = select(func.count()).where(GradingRun.unit_id == unit_id, GradingRun.year == year)
    return session.scalar(query) or 0


def _unused(found: Regraded, word: TieWord) -> bool:
    wanted = {str(one) for one in word.members}
    return any(set(one.members) == wanted for one in found.grading.unused_decisions)


def inputs_of(
    session: Session, unit_id: UUID, year: MemberYear, appraised: Sequence[Member]
) -> tuple[list[AppraisedLine], str]:
    """What goes into the grading, and why there was no mass review ('' where there was). Raises Refused."""
    points = figures(session, year, unit_id, appraised)
    tallies = _tallies(session, unit_id, year.year)
    skipped = steps_of(session, unit_id, year.year).get("mass_review")
    skip = skipped.reason if skipped and skipped.skipped else ""
    said = select(MemberWord.member_id, MemberWord.kind, MemberWord.code).where(
        MemberWord.unit_id == unit_id, MemberWord.year == year.year
    )
    words = {(row.member_id, row.kind): row.code for row in session.execute(said)}
    lines = []
    for one in appraised:
        known = points[one.id]
        members, masses = tallies.get((one.id, "members")), tallies.get((one.id, "masses"))
        if members is None or not (skip or masses):
            raise Refused(N_("%(name)s不在测评票上，请报上级处理。"), name=one.name)
        lines.append(
            AppraisedLine(
                member_id=one.id,
                base=known.base,
                months=known.months,
                bonus=known.bonus,
                deductions=known.deductions,
                standard=known.standard,
                applicable=known.applicable,
                exempt=one.exempt,
                probationary=one.status == "probationary",
                members=members,
                masses=None if skip else masses,
                check=words.get((one.id, "check"), ""),
                opinion=words.get((one.id, "opinion"), ""),
            )
        )
    return lines, skip


def _tallies(session: Session, unit_id: UUID, year: int) -> dict[tuple[UUID, str], TallyLine]:
    """Of the boxes that are counted, by member and kind of ballot."""
    query = (
        select(BallotTotal.member_id, BallotBox.kind, BallotBox.eligible, BallotBox.cast, BallotTotal.counts)
        .join(BallotBox, BallotBox.id == BallotTotal.box_id)
        .where(BallotBox.unit_id == unit_id, BallotBox.year == year, BallotBox.state == "counted")
    )
    return {(row[0], row[1]): TallyLine(*row[2:]) for row in session.execute(query)}


def _row(run: GradingRun, one: AppraisedLine, found: Regraded) -> dict[str, Any]:
    result, points = found.by_member[one.member_id], found.points[one.member_id]
    lines: list[Line] = [*points.lines, found.totals[one.member_id], *result.lines]
    return {
        "run_id": run.id,
        "member_id": one.member_id,
        "unit_id": run.unit_id,
        "year": run.year,
        "base": one.base,
        "months": one.months,
        "bonus": one.bonus,
        "deductions": one.deductions,
        "appraisal": points.points,
        "total": result.total,
        "grade": result.grade,
        "rank": result.rank,
        "lines": [[line.text, line.text_en, line.clause] for line in lines],
        "given": msgspec.to_builtins(one),
    }


def decided(session: Session, unit_id: UUID, year: int) -> list[TieWord]:
    """The meeting's words on equals; of several on the same people the last one."""
    query = (
        select(TieDecision)
        .where(TieDecision.unit_id == unit_id, TieDecision.year == year)
        .order_by(TieDecision.at, TieDecision.id)
    )
    newest = {frozenset(one.members): one for one in session.scalars(query)}
    return [TieWord([UUID(member) for member in one.members], one.reason) for one in newest.values()]


def decide_tie(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    members: Sequence[UUID],
    reason: str,
    now: datetime,
) -> None:
    """A meeting's word, best first; it must name exactly the equals of the newest run. Raises Refused."""
    hold_year(session, unit.id, year.year)
    require_turn(session, unit.id, year, *TURNS)
    run = newest_run(session, unit.id, year.year)
    _require_unshown(session, run)
    blocks = [set(one["members"]) for one in run.undecided] if run else []
    if {str(one) for one in members} not in blocks or len(set(members)) != len(members):
        raise Refused(N_("会议决定要正好排出待定的这几个人，一个不多、一个不少。"))
    if actor.person_id in members:
        raise Refused(N_("自己在待定的人里，请由另一位支部委员录入。"))
    if not reason.strip():
        raise Refused(N_("请写明会议决定的理由。"))
    session.add(
        TieDecision(
            id=new_id(),
            unit_id=unit.id,
            year=year.year,
            members=[str(one) for one in members],
            reason=reason.strip(),
            by=actor.name,
            at=now,
        )
    )
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "appraisal.tie", str(unit.id), members=len(members))


def run_lines(session: Session, run: GradingRun) -> list[tuple[GradeLine, Member]]:
    """A run's lines with their members: ranked first, then those without a rank by number."""
    query = (
        select(GradeLine, Member)
        .join(Member, (Member.unit_id == GradeLine.unit_id) & (Member.id == GradeLine.member_id))
        .where(GradeLine.run_id == run.id)
        .order_by(GradeLine.rank.nulls_last(), Member.number)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
