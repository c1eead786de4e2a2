"""Where a branch's appraisal of a year stands: who is appraised, which steps are closed, what is missing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from services.branch.appraisal.models import (
    AppraisalFiling,
    AppraisalStep,
    AppraisalVerdict,
    Feedback,
    GradeObjection,
    GradingRun,
    MemberBase,
    MemberWord,
    Publicity,
    Rectification,
    SelfReport,
)
from services.branch.ballots.boxes import live_box
from services.branch.ballots.models import BallotBox
from services.branch.commitments.models import Problem
from services.branch.generals.models import Endorsement, Submission
from services.branch.outcomes.waiting import undecided as undecided_outcomes
from services.branch.points.models import Statement, StatementVerdict
from services.branch.roster.models import Member
from services.branch.roster.reading import members
from services.branch.transfers.reading import arrivals
from services.branch.transfers.stays import roster_on
from shared.kit.clock import civil
from shared.kit.db import read_rows, take_turn
from shared.kit.errors import Refused
from shared.rules.appraisal import STEPS, Facts, Quorum, next_step, tally_holds
from shared.rules.words import Refusal, RuleError
from shared.sync.years import MemberYear

# What the township returns is done again from here on.
AGAIN_FROM = "opinion"
BALLOTS = {"members_ballot": "members", "mass_review": "masses"}
BEFORE = frozenset(STEPS[: STEPS.index(AGAIN_FROM)])


# Step → the fact that names who is still without a row, the table, how many years on, and which rows of it.
_WITHOUT: dict[str, tuple[str, type, int, dict[str, str]]] = {
    "self_report": ("without_report", SelfReport, 0, {}),
    "organisation_check": ("without_check", MemberWord, 0, {"kind": "check"}),
    "opinion": ("without_opinion", MemberWord, 0, {"kind": "opinion"}),
    "feedback": ("unsigned_feedback", Feedback, 0, {}),
    "next_base": ("without_base", MemberBase, 1, {}),
}


_UNIT, _OF = bindparam("unit", type_=Uuid), bindparam("of", type_=Integer)
_BY_TOWNSHIP = (
    select(func.count())
    .select_from(AppraisalVerdict)
    .join(AppraisalFiling, AppraisalFiling.id == AppraisalVerdict.filing_id)
    .where(
        AppraisalFiling.unit_id == _UNIT,
        AppraisalFiling.year == _OF,
        AppraisalVerdict.verdict == "returned",
    )
)
_BY_GENERAL = (
    select(func.count())
    .select_from(Endorsement)
    .join(Submission, Submission.id == Endorsement.submission_id)
    .where(
        Submission.unit_id == _UNIT,
        Submission.kind == "appraisal",
        Submission.year == _OF,
        Endorsement.word == "sent_back",
    )
)
# Asked at every step, several times: built once, one look.
_ROUND = _BY_TOWNSHIP.scalar_subquery() + _BY_GENERAL.scalar_subquery() + 1
_ROUND_NOW = select(_ROUND)
_NOW = select(_ROUND.label("round")).subquery()
_HERE = and_(AppraisalStep.unit_id == _UNIT, AppraisalStep.year == _OF)
_HOLDS = and_(_HERE, or_(AppraisalStep.code.in_(BEFORE), AppraisalStep.round == _NOW.c.round))
_COURSE = select(_NOW.c.round, AppraisalStep.code).select_from(_NOW).outerjoin(AppraisalStep, _HOLDS)
_STEPS = select(AppraisalStep).join(_NOW, _HOLDS)
_RUN = (
    select(GradingRun)
    .where(GradingRun.unit_id == _UNIT, GradingRun.year == _OF, GradingRun.round == _ROUND)
    .order_by(GradingRun.number.desc())
    .limit(1)
)
_FILING = (
    select(AppraisalFiling, AppraisalVerdict)
    .outerjoin(AppraisalVerdict, AppraisalVerdict.filing_id == AppraisalFiling.id)
    .where(AppraisalFiling.unit_id == _UNIT, AppraisalFiling.year == _OF)
    .order_by(
        # Two of one moment: ids are in the order of time.
        *(AppraisalFiling.at.desc(), AppraisalFiling.id.desc()),
        *(AppraisalVerdict.at.desc().nulls_last(), AppraisalVerdict.id.desc()),
    )
    .limit(1)
)
_MONTHS = (
    select(Statement.month, StatementVerdict.verdict)
    .outerjoin(StatementVerdict, StatementVerdict.statement_id == Statement.id)
    .where(Statement.unit_id == _UNIT, Statement.year == _OF)
    .order_by(Statement.month, Statement.part, StatementVerdict.at, StatementVerdict.id)
)
_ON_BALLOT = select(BallotBox.subjects).where(
    BallotBox.unit_id == _UNIT,
    BallotBox.year == _OF,
    BallotBox.kind == "members",
    BallotBox.state != "voided",
)


@dataclass(frozen=True)
class Course:
    """The round an appraisal is in, and the steps closed or skipped that still hold in it."""

    round: int
    closed: frozenset[str]


class RuleRefused(Refused):
    """A rule's own refusal, in both languages."""

    def __init__(self, refusal: Refusal | RuleError) -> None:
        super().__init__(refusal.message)
        self.english = refusal.message_en


def hold_year(session: Session, unit_id: UUID, year: int) -> None:
    """One hand at a time on a branch's appraisal."""
    key = f"appraisal/{unit_id}/{year}"
    take_turn(session, key)


def subjects(session: Session, unit_id: UUID, year: MemberYear, now: datetime) -> list[Member]:
    """Who is appraised: those on the members' ballot once it is open, before that the year's last roster."""
    listed = read_rows(session, _ON_BALLOT, {"unit": unit_id, "of": year.year}).scalar()
    if listed is None:
        return roster_on(session, unit_id, min(civil(now).date(), date(year.year, 12, 31)))
    wanted = set(map(UUID, listed))
    return [one for one in members(session, unit_id) if one.id in wanted]


def left_out(session: Session, unit_id: UUID, year: MemberYear) -> list[str]:
    """Names of members of the year's last day who are not on its members' ballot.

    Who came by a transfer that arrived after the count was graded at the old branch.
    """
    box = live_box(session, unit_id, year.year, "members")
    if box is None:
        return []
    known = set(box.subjects)
    graded_elsewhere = arrivals(session, unit_id) if box.state == "counted" else {}
    roster = roster_on(session, unit_id, date(year.year, 12, 31))
    return [one.name for one in roster if str(one.id) not in known and one.id not in graded_elsewhere]


def round_of(session: Session, unit_id: UUID, year: int) -> int:
    """1, and one more each time the township, or the general branch before it, returned a filing."""
    now_round: int = read_rows(session, _ROUND_NOW, {"unit": unit_id, "of": year}).scalar_one()
    return now_round


def course_of(session: Session, unit_id: UUID, year: int) -> Course:
    """Where the year's appraisal is, in one look."""
    found = read_rows(session, _COURSE, {"unit": unit_id, "of": year}).all()
    return Course(found[0].round, frozenset(row.code for row in found if row.code is not None))


def steps_of(session: Session, unit_id: UUID, year: int) -> dict[str, AppraisalStep]:
    """Steps closed or skipped that still hold, by code."""
    return {one.code: one for one in session.scalars(_STEPS, {"unit": unit_id, "of": year})}


def require_turn(session: Session, unit_id: UUID, year: MemberYear, *codes: str) -> Course:
    """Raises RuleRefused unless one of these steps is the one to be closed next."""
    course = course_of(session, unit_id, year.year)
    due = next_step(year.appraisal, course.closed)
    if due is None or due.code not in codes:
        name, english = (due.name, due.name_en) if due else ("—", "none")
        words = f"现在办的是“{name}”，这件事要到它那一步才能办，办结后不能再改。"
        told = f"The step now is '{english}': this belongs to another one, and what is closed stays."
        raise RuleRefused(Refusal("out_of_turn", words, told))
    return course


def newest_run(session: Session, unit_id: UUID, year: int) -> GradingRun | None:
    """The last working out of points and grades in this round, or None."""
    return session.scalars(_RUN, {"unit": unit_id, "of": year}).one_or_none()


def publicity_of(session: Session, run: GradingRun | None) -> Publicity | None:
    """The publicity of a run, or None."""
    return session.get(Publicity, (run.unit_id, run.year, run.id)) if run else None


def newest_filing(
    session: Session, unit_id: UUID, year: int
) -> tuple[AppraisalFiling, AppraisalVerdict | None] | None:
    """The last filing with the township's newest word on it."""
    row = session.execute(_FILING, {"unit": unit_id, "of": year}).one_or_none()
    return (row[0], row[1]) if row else None


def quorum_of(session: Session, unit_id: UUID, year: MemberYear, kind: str) -> Quorum | None:
    """Of a counted box, else None."""
    box = live_box(session, unit_id, year.year, kind)
    if box is None or box.state != "counted":
        return None
    return tally_holds(year.appraisal, kind, box.eligible, box.cast)


def box_at(session: Session, unit_id: UUID, year: MemberYear, step: str) -> str:
    """How the box of a ballot's step stands, "open" or "counted"; empty where there is none."""
    kind = BALLOTS.get(step)
    box = live_box(session, unit_id, year.year, kind) if kind else None
    return box.state if box else ""


def open_months(session: Session, unit_id: UUID, year: int) -> tuple[str, ...]:
    """Months whose newest statement the township has not approved."""
    # In order: of each month the newest word on the last statement stays.
    told = read_rows(session, _MONTHS, {"unit": unit_id, "of": year})
    approved = {row.month: row.verdict == "approved" for row in told}
    return tuple(f"{year}-{month:02}" for month in range(1, 13) if not approved.get(month))


def facts(
    session: Session, unit_id: UUID, year: MemberYear, step: str, now: datetime, closed: Collection[str]
) -> Facts:
    """What is on record, as the rule asks for it before this step is closed; the rest is left empty."""
    return Facts(
        today=civil(now).date(), closed=frozenset(closed), **_asked(session, unit_id, year, step, now)
    )


def _asked(session: Session, unit_id: UUID, year: MemberYear, step: str, now: datetime) -> dict[str, Any]:
    """The facts of one step."""
    if step in _WITHOUT:
        name, table, ahead, more = _WITHOUT[step]
        appraised = subjects(session, unit_id, year, now)
        return {name: _without(session, table, unit_id, year.year + ahead, appraised, **more)}
    if step == "december_statement":
        return {"open_months": open_months(session, unit_id, year.year)}
    if kind := BALLOTS.get(step):
        return {f"{kind}_quorum": quorum_of(session, unit_id, year, kind)}
    if step == "appraisal_points":
        return _points_facts(session, unit_id, year, now)
    if step == "publicity":
        run = newest_run(session, unit_id, year.year)
        shown = publicity_of(session, run)
        until = shown.until if shown else None
        return {"publicity_until": until, "open_objections": open_objections(session, run)}
    if step == "township_confirmation":
        filing = newest_filing(session, unit_id, year.year)
        return {"confirmed": bool(filing and filing[1] and filing[1].verdict == "confirmed")}
    if step == "outcomes":
        return {"open_outcomes": undecided_outcomes(session, unit_id, year.year)}
    problems = open_problems(session, unit_id, year.year) if step == "rectification" else ()
    return {"open_rectifications": tuple(one.text for one in problems)}


def _points_facts(session: Session, unit_id: UUID, year: MemberYear, now: datetime) -> dict[str, Any]:
    run = newest_run(session, unit_id, year.year)
    if run is not None and not run.undecided:
        return {}
    names = {str(one.id): one.name for one in subjects(session, unit_id, year, now)}
    if run is None:
        return {"without_points": tuple(names.values())}
    undecided = [names.get(one, one) for block in run.undecided for one in block["members"]]
    return {"undecided_ties": tuple(undecided)}


def _without(
    session: Session, table: type, unit_id: UUID, year: int, appraised: Sequence[Member], **more: str
) -> tuple[str, ...]:
    """Names of those for whom the table has no row."""
    query = select(table.member_id).where(table.unit_id == unit_id, table.year == year)  # type: ignore[attr-defined]
    for name, value in more.items():
        query = query.where(getattr(table, name) == value)
    found = set(session.scalars(query))
    return tuple(one.name for one in appraised if one.id not in found)


def open_objections(session: Session, run: GradingRun | None) -> tuple[str, ...]:
    """What objections to a run say that nobody has answered."""
    if run is None:
        return ()
    query = select(GradeObjection.text).where(
        GradeObjection.run_id == run.id, GradeObjection.answered_at.is_(None)
    )
    return tuple(session.scalars(query.order_by(GradeObjection.at)))


def problems_named(session: Session, of: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], list[str]]:
    """What was found of these members in these years and not let drop, in the order it was written down."""
    found: dict[tuple[UUID, int], list[str]] = {}
    for one in session.scalars(
        select(Problem)
        .where(tuple_(Problem.member_id, Problem.year).in_(of), Problem.drop_accepted_by == "")
        .order_by(Problem.at, Problem.id)
    ):
        assert one.member_id is not None
        found.setdefault((one.member_id, one.year), []).append(one.text)
    return found


def open_problems(session: Session, unit_id: UUID, year: int) -> Sequence[Problem]:
    """Problems of the year not yet put right and found so, nor let drop."""
    settled = select(Rectification.problem_id).where(Rectification.settled_at.is_not(None))
    query = (
        select(Problem)
        .where(
            Problem.unit_id == unit_id,
            Problem.year == year,
            # The branch's own problems are the upper tier's to close.
            Problem.member_id.is_not(None),
            Problem.drop_accepted_by == "",
            Problem.id.not_in(settled),
        )
        .order_by(Problem.at)
    )
    return session.scalars(query).all()
