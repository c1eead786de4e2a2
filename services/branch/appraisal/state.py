"""Where a branch's appraisal of a year stands: who is appraised, which steps are closed, what is missing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, select
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
from services.branch.commitments.models import Problem
from services.branch.generals.models import Endorsement, Submission
from services.branch.outcomes.waiting import undecided as undecided_outcomes
from services.branch.points.reading import statements
from services.branch.roster.actions import members
from services.branch.roster.models import Member
from services.branch.transfers.reading import arrivals
from services.branch.transfers.stays import roster_on
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.rules.appraisal import STEPS, Facts, Quorum, next_step, tally_holds
from shared.rules.words import Refusal, RuleError
from shared.sync.years import MemberYear

# What the township returns is done again from here on.
AGAIN_FROM = "opinion"
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
_RETURNED = select(_BY_TOWNSHIP.scalar_subquery() + _BY_GENERAL.scalar_subquery())


class RuleRefused(Refused):
    """A rule's own refusal, in both languages."""

    def __init__(self, refusal: Refusal | RuleError) -> None:
        super().__init__(refusal.message)
        self.english = refusal.message_en


def subjects(session: Session, unit_id: UUID, year: MemberYear, now: datetime) -> list[Member]:
    """Who is appraised: those on the members' ballot once it is open, before that the year's last roster."""
    box = live_box(session, unit_id, year.year, "members")
    if box is None:
        return roster_on(session, unit_id, min(civil(now).date(), date(year.year, 12, 31)))
    wanted = set(map(UUID, box.subjects))
    return [one for one in members(session, unit_id) if one.id in wanted]


def left_out(session: Session, unit_id: UUID, year: MemberYear) -> list[str]:
    """Names of members of the year's last day who came by a transfer after an open members' ballot began."""
    box = live_box(session, unit_id, year.year, "members")
    if box is None or box.state != "open":
        return []
    known = set(box.subjects)
    came = arrivals(session, unit_id)
    roster = roster_on(session, unit_id, date(year.year, 12, 31))
    return [one.name for one in roster if one.id in came and str(one.id) not in known]


def round_of(session: Session, unit_id: UUID, year: int) -> int:
    """1, and one more each time the township, or the general branch before it, returned a filing."""
    returned = session.connection().execute(_RETURNED, {"unit": unit_id, "of": year})
    return int(returned.scalar_one()) + 1


def steps_of(session: Session, unit_id: UUID, year: int) -> dict[str, AppraisalStep]:
    """Steps closed or skipped that still hold, by code."""
    now_round = round_of(session, unit_id, year)
    query = select(AppraisalStep).where(AppraisalStep.unit_id == unit_id, AppraisalStep.year == year)
    return {one.code: one for one in session.scalars(query) if one.code in BEFORE or one.round == now_round}


def require_turn(session: Session, unit_id: UUID, year: MemberYear, *codes: str) -> None:
    """Raises RuleRefused unless one of these steps is the one to be closed next."""
    due = next_step(year.appraisal, frozenset(steps_of(session, unit_id, year.year)))
    if due is None or due.code not in codes:
        name, english = (due.name, due.name_en) if due else ("—", "none")
        words = f"现在办的是“{name}”，这件事要到它那一步才能办，办结后不能再改。"
        told = f"The step now is '{english}': this belongs to another one, and what is closed stays."
        raise RuleRefused(Refusal("out_of_turn", words, told))


def newest_run(session: Session, unit_id: UUID, year: int) -> GradingRun | None:
    """The last working out of points and grades in this round, or None."""
    query = (
        select(GradingRun)
        .where(
            GradingRun.unit_id == unit_id,
            GradingRun.year == year,
            GradingRun.round == round_of(session, unit_id, year),
        )
        .order_by(GradingRun.number.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def publicity_of(session: Session, run: GradingRun | None) -> Publicity | None:
    """The publicity of a run, or None."""
    return session.get(Publicity, (run.unit_id, run.year, run.id)) if run else None


def newest_filing(
    session: Session, unit_id: UUID, year: int
) -> tuple[AppraisalFiling, AppraisalVerdict | None] | None:
    """The last filing with the township's newest word on it."""
    query = (
        select(AppraisalFiling)
        .where(AppraisalFiling.unit_id == unit_id, AppraisalFiling.year == year)
        .order_by(AppraisalFiling.at.desc())
        .limit(1)
    )
    filing = session.scalars(query).one_or_none()
    if filing is None:
        return None
    said = (
        select(AppraisalVerdict)
        .where(AppraisalVerdict.filing_id == filing.id)
        .order_by(AppraisalVerdict.at.desc())
        .limit(1)
    )
    return filing, session.scalars(said).one_or_none()


def quorum_of(session: Session, unit_id: UUID, year: MemberYear, kind: str) -> Quorum | None:
    """Of a counted box, else None."""
    box = live_box(session, unit_id, year.year, kind)
    if box is None or box.state != "counted":
        return None
    return tally_holds(year.appraisal, kind, box.eligible, box.cast)


def open_months(session: Session, unit_id: UUID, year: int) -> tuple[str, ...]:
    """Months whose newest statement the township has not approved."""
    approved = {
        statement.month: verdict is not None and verdict.verdict == "approved"
        for statement, verdict in statements(session, unit_id, year)
    }
    return tuple(f"{year}-{month:02}" for month in range(1, 13) if not approved.get(month))


def facts(session: Session, unit_id: UUID, year: MemberYear, step: str, now: datetime) -> Facts:
    """What is on record, as the rule asks for it before this step is closed; the rest is left empty."""
    closed = steps_of(session, unit_id, year.year)
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
    if step in ("members_ballot", "mass_review"):
        kind = "members" if step == "members_ballot" else "masses"
        return {f"{kind}_quorum": quorum_of(session, unit_id, year, kind)}
    if step == "appraisal_points":
        return _points_facts(session, unit_id, year, now)
    if step == "publicity":
        run = newest_run(session, unit_id, year.year)
        shown = publicity_of(session, run)
        until = shown.until if shown else None
        return {"publicity_until": until, "open_objections": _open_objections(session, run)}
    if step == "township_confirmation":
        filing = newest_filing(session, unit_id, year.year)
        return {"confirmed": bool(filing and filing[1] and filing[1].verdict == "confirmed")}
    if step == "outcomes":
        return {"open_outcomes": undecided_outcomes(session, unit_id, year.year)}
    problems = open_problems(session, unit_id, year.year) if step == "rectification" else ()
    return {"open_rectifications": tuple(one.text for one in problems)}


def _points_facts(session: Session, unit_id: UUID, year: MemberYear, now: datetime) -> dict[str, Any]:
    appraised = subjects(session, unit_id, year, now)
    names = {str(one.id): one.name for one in appraised}
    run = newest_run(session, unit_id, year.year)
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


def _open_objections(session: Session, run: GradingRun | None) -> tuple[str, ...]:
    if run is None:
        return ()
    query = select(GradeObjection.text).where(
        GradeObjection.run_id == run.id, GradeObjection.answered_at.is_(None)
    )
    return tuple(session.scalars(query.order_by(GradeObjection.at)))


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
