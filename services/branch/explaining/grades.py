"""A member's grading and bases as the branch keeps them, in the shape of a derivation."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import (
    AppraisalFiling,
    AppraisalVerdict,
    GradeLine,
    GradingRun,
    MemberBase,
)
from services.branch.appraisal.state import newest_run, publicity_of
from services.branch.generals.submitting import word_on
from services.branch.outcomes.corrected import brought_bases
from services.branch.outcomes.models import BaseCorrection
from services.branch.roster.models import Member
from services.branch.transfers.models import BroughtGrade
from services.branch.transfers.reading import arrivals
from shared.contracts.appraisal import AppraisedLine, GradedLine, TieWord
from shared.contracts.regrade import inputs_digest, regrade
from shared.explaining.grading import grade_words
from shared.explaining.held import Base, Elsewhere, Grading, Step
from shared.explaining.words import both
from shared.kit.errors import Absent
from shared.rules.words import Line, RuleError
from shared.sync.years import MemberYear, year_of


def grading_held(
    session: Session, here: MemberYear, member: UUID, units: Sequence[UUID], *, personal: bool
) -> Grading | None:
    """The newest working out with this member. Who sees only his own rows is told it once it is public."""
    for unit in reversed(units):
        run = newest_run(session, unit, here.year)
        line = session.get(GradeLine, (run.id, member)) if run else None
        if run is None or line is None or (personal and publicity_of(session, run) is None):
            continue
        return _grading(session, here, run, line, personal=personal)
    return None


def _grading(
    session: Session, here: MemberYear, run: GradingRun, line: GradeLine, *, personal: bool
) -> Grading:
    decisions = msgspec.convert(run.decisions, list[TieWord])
    given = msgspec.convert(line.given, AppraisedLine)
    stored = [Line(*one) for one in line.lines]
    found = regrade(here.appraisal, [given], [], run.skip_reason)
    scored = len(found.points[line.member_id].lines)
    steps, confirmed = _steps(session, run)
    again = _own_again(line, found.points[line.member_id].points, stored, found.points[line.member_id].lines)
    if not personal:
        again = _again(session, here, run, decisions)
    return Grading(
        unit_id=run.unit_id,
        rulebook=here.appraisal,
        pinned=run.rulebook,
        rule_version=run.rule_version,
        digest=run.digest,
        given=given,
        stated=GradedLine(line.member_id, line.appraisal, line.total, line.grade, line.rank),
        scored=stored[:scored],
        totalled=stored[scored],
        graded=stored[scored + 1 :],
        ties=[one for one in decisions if line.member_id in one.members],
        steps=steps,
        again=again,
        confirmed=confirmed,
    )


def _own_again(line: GradeLine, appraisal: int, stored: Sequence[Line], lines: Sequence[Line]) -> str | None:
    """None where one's own points and total come out the same; seats need everybody's figures."""
    total = line.base + line.months + appraisal + line.bonus - line.deductions
    same = appraisal == line.appraisal and total == line.total and list(stored[: len(lines)]) == list(lines)
    return None if same else "own points"


def _again(session: Session, here: MemberYear, run: GradingRun, decisions: Sequence[TieWord]) -> str:
    """'' where everybody's grading comes out the same from what was pinned, else what differs."""
    rows = session.scalars(select(GradeLine).where(GradeLine.run_id == run.id)).all()
    inputs = [msgspec.convert(one.given, AppraisedLine) for one in rows]
    if inputs_digest(here.appraisal, inputs, decisions, run.skip_reason) != run.digest:
        return "digest"
    try:
        found = regrade(here.appraisal, inputs, decisions, run.skip_reason)
    except RuleError as error:
        return str(error)
    wire = {one.member_id: one for one in found.wire}
    stored = {
        one.member_id: GradedLine(one.member_id, one.appraisal, one.total, one.grade, one.rank)
        for one in rows
    }
    off = [member for member, one in stored.items() if wire.get(member) != one]
    return f"graded otherwise: {len(off)}" if off else ""


def _steps(session: Session, run: GradingRun) -> tuple[tuple[Step, ...], bool]:
    steps = [Step(both("支部核算"), run.by, run.at)]
    if shown := publicity_of(session, run):
        words = both("公示到 %(day)s", day=shown.until.isoformat())
        steps.append(Step(words, shown.by, shown.at))
    query = select(AppraisalFiling).where(AppraisalFiling.run_id == run.id).order_by(AppraisalFiling.at)
    confirmed = False
    for filing in session.scalars(query):
        steps.append(Step(both("支部上报"), filing.by, filing.at))
        standing = word_on(session, filing.id)
        if standing is not None and (word := standing.words.get("endorsed")):
            steps.append(Step(both("党总支审核通过"), word.by, word.at))
        steps += _verdicts(session, filing.id)
        confirmed = confirmed or _confirmed(session, filing.id)
    return tuple(steps), confirmed


def _said(session: Session, filing: UUID) -> Sequence[AppraisalVerdict]:
    query = select(AppraisalVerdict).where(AppraisalVerdict.filing_id == filing)
    return session.scalars(query.order_by(AppraisalVerdict.at)).all()


def _confirmed(session: Session, filing: UUID) -> bool:
    return any(one.verdict == "confirmed" for one in _said(session, filing))


def _verdicts(session: Session, filing: UUID) -> list[Step]:
    words = {
        "accepted": both("乡镇受理"),
        "confirmed": both("乡镇审定"),
        "returned": both("乡镇退回"),
    }
    return [Step(words[one.verdict], one.by, one.at, one.reason) for one in _said(session, filing)]


def base_held(session: Session, member: Member, units: Sequence[UUID], year: int) -> Base | None:
    """The base of a year as a branch carried it, or as a transfer brought it along."""
    query = (
        select(MemberBase)
        .where(MemberBase.unit_id.in_(units), MemberBase.member_id == member.id, MemberBase.year == year)
        .order_by(MemberBase.at.desc())
    )
    row = session.scalars(query).first()
    if row is None:
        return _brought(session, member, year)
    entries = [
        (one.case_id, one.points, one.at)
        for one in session.scalars(
            select(BaseCorrection)
            .where(BaseCorrection.member_id == member.id, BaseCorrection.year == year)
            .order_by(BaseCorrection.at)
        )
    ]
    try:
        rulebook = year_of(session, year - 1).appraisal
    except Absent:
        rulebook = None
    return Base(year, row.base, row.from_total, row.from_earned, rulebook, entries)


def grade_elsewhere(session: Session, here: MemberYear, member: Member) -> Elsewhere | None:
    """The grade of the year that came along with the member; None where none has."""
    found = session.get(BroughtGrade, (member.unit_id, member.id, here.year))
    if found is None:
        return None
    grade = grade_words(here.appraisal, found.grade)
    return Elsewhere(found.branch_name, grade, found.total, [Line(*one) for one in found.lines])


def _brought(session: Session, member: Member, year: int) -> Base | None:
    followed = brought_bases(session, member.unit_id, [member.id]).get((member.id, year))
    if followed is not None:
        return Base(year, followed, None, None, None)
    record = arrivals(session, member.unit_id).get(member.id)
    carried = record.year(year) if record else None
    if carried is None or carried.base is None:
        return None
    return Base(year, carried.base, None, None, None)
