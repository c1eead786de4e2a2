"""A filing that the township still holds, put back after this database was restored to before it.

The run, its lines, the filing and the steps before it come back; words, reports and ballots do not.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.appraisal.models import (
    AppraisalFiling,
    AppraisalStep,
    GradeLine,
    GradingRun,
    Publicity,
)
from services.branch.appraisal.state import round_of
from services.branch.generals.submitting import remember
from services.branch.roster.models import Member
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.regrade import Regraded, regrade
from shared.kit.ids import new_id
from shared.rules.appraisal import STEPS
from shared.sync.records import Received
from shared.sync.years import year_of

BEFORE_FILING = STEPS[: STEPS.index("township_confirmation")]
NOBODY = UUID(int=0)
LOST = "（恢复数据时补记）"


def recover_filings(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Rebuild filings that are not here any more, as they were sent."""
    for item in received:
        body: AppraisalFiled = item.body
        remember(session, body, item.payload)
        if session.get(AppraisalFiling, body.filing_id) is not None:
            continue
        rulebook = year_of(session, body.year).appraisal
        found = regrade(rulebook, body.inputs, body.decisions, body.skip_reason)
        run = _run(session, body, found)
        session.add(run)
        session.flush()
        session.add_all(_lines(body, run, found))
        session.add(_publicity(session, body, run))
        session.add(
            AppraisalFiling(
                id=body.filing_id,
                unit_id=body.branch_id,
                year=body.year,
                run_id=run.id,
                by=body.filed_by,
                at=run.at,
            )
        )
        session.flush()
        _steps(session, body, run)


def _run(session: Session, body: AppraisalFiled, found: Regraded) -> GradingRun:
    query = select(func.count()).where(GradingRun.unit_id == body.branch_id, GradingRun.year == body.year)
    return GradingRun(
        id=new_id(),
        unit_id=body.branch_id,
        year=body.year,
        number=(session.scalar(query) or 0) + 1,
        round=round_of(session, body.branch_id, body.year),
        rulebook=body.rulebook,
        rule_version=body.rule_version,
        digest=body.digest,
        graded=found.grading.graded,
        seats=found.grading.seats,
        undecided=[],
        decisions=msgspec.to_builtins(body.decisions),
        skip_reason=body.skip_reason,
        by=body.filed_by,
        by_id=NOBODY,
        at=datetime.fromisoformat(body.filed_at),
    )


def _lines(body: AppraisalFiled, run: GradingRun, found: Regraded) -> list[GradeLine]:
    inputs = {one.member_id: one for one in body.inputs}
    made = []
    for grade in body.grades:
        one, result = inputs[grade.member_id], found.by_member[grade.member_id]
        words = [*found.points[grade.member_id].lines, found.totals[grade.member_id], *result.lines]
        made.append(
            GradeLine(
                run_id=run.id,
                member_id=grade.member_id,
                unit_id=run.unit_id,
                year=run.year,
                base=one.base,
                months=one.months,
                bonus=one.bonus,
                deductions=one.deductions,
                appraisal=grade.appraisal,
                total=grade.total,
                grade=grade.grade,
                rank=grade.rank,
                lines=[[line.text, line.text_en, line.clause] for line in words],
                given=msgspec.to_builtins(one),
            )
        )
    return made


def _publicity(session: Session, body: AppraisalFiled, run: GradingRun) -> Publicity:
    query = select(Member.id, Member.name, Member.number).where(Member.unit_id == body.branch_id)
    names = {row.id: (row.name, row.number) for row in session.execute(query)}
    shown: list[dict[str, Any]] = [
        {
            "name": names.get(one.member_id, ("", ""))[0],
            "number": names.get(one.member_id, ("", ""))[1],
            "total": one.total,
            "grade": one.grade,
        }
        for one in body.grades
    ]
    return Publicity(
        unit_id=run.unit_id,
        year=run.year,
        run_id=run.id,
        until=date.fromisoformat(body.publicity_until),
        shown=sorted(shown, key=lambda row: str(row["number"])),
        by=body.filed_by,
        at=run.at,
    )


def _steps(session: Session, body: AppraisalFiled, run: GradingRun) -> None:
    for code in BEFORE_FILING:
        skipped = code == "mass_review" and bool(body.skip_reason)
        row = {
            "unit_id": run.unit_id,
            "year": run.year,
            "round": run.round,
            "code": code,
            "skipped": skipped,
            "reason": body.skip_reason if skipped else "",
            "by": f"{body.filed_by}{LOST}"[:64],
            "by_id": NOBODY,
            "at": run.at,
        }
        session.execute(insert(AppraisalStep).values(row).on_conflict_do_nothing())
