"""Commitments proposed (提诺), looked at by the checks, reviewed and published by the branch (审诺、公诺)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.branch.colleagues import has_colleague
from services.branch.commitments.models import Commitment, Problem
from services.branch.points.over import require_open_years
from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import among, insert_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.rules.commitments import Draft, Finding, Fit, findings, is_hollow
from shared.sync.years import MemberYear

REASON_LENGTH = 400
# What a commitment has when it is entered.
_ENTERED = (
    *("id", "unit_id", "member_id", "year", "span", "origin", "what", "for_whom", "target", "measure", "due"),
    *("findings", "hollow", "fit", "state", "proposed_by", "proposed_at", "decided_by", "decided_at"),
    *("problem_id", "version"),
)
UNTESTED = Fit()


@dataclass(frozen=True)
class NewCommitment:
    """What is entered; `member_id` None for the branch's own. `id` is made by whoever enters it."""

    id: UUID
    member_id: UUID | None
    what: str
    for_whom: str
    target: int | None
    measure: str
    due: date | None
    span: str = "year"
    origin: str = "own"
    fit: Fit = UNTESTED
    problem_id: UUID | None = None


@dataclass(frozen=True)
class Picked:
    """A commitment as the person saw it."""

    id: UUID
    version: int


def looked_at(session: Session, unit: Unit, year: MemberYear, entered: NewCommitment) -> tuple[Finding, ...]:
    """What the checks point out, each with its reason and a better example. Nothing is refused for it."""
    member = member_of(session, unit.id, entered.member_id) if entered.member_id else None
    before = _last_year(session, unit, year, [entered.member_id])
    return _findings(year, entered, member, before.get(entered.member_id, []))


def _last_year(
    session: Session, unit: Unit, year: MemberYear, ids: Sequence[UUID | None]
) -> dict[UUID | None, list[str]]:
    """What these members (None: the branch itself) committed to the year before."""
    query = select(Commitment.member_id, Commitment.what).where(
        Commitment.unit_id == unit.id,
        Commitment.year == year.year - 1,
        Commitment.member_id.in_([one for one in ids if one]) | Commitment.member_id.is_(None),
    )
    found: dict[UUID | None, list[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.member_id, []).append(row.what)
    return found


def _findings(
    year: MemberYear, entered: NewCommitment, member: Member | None, before: Sequence[str]
) -> tuple[Finding, ...]:
    duties: list[str] = []
    if member is not None:
        scheme = year.by_field[member.field]
        duties = [item.name for item in scheme.items if scheme.category[item.category].kind == "basic"]
    draft = Draft(entered.what, entered.for_whom, entered.target, entered.measure, entered.due, year.year)
    return findings(year.checks, draft, duties, before)


def propose(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    year: MemberYear,
    entered: Sequence[NewCommitment],
    now: datetime,
) -> list[Commitment]:
    """Propose commitments for oneself, or (the branch) for members or for the branch itself; all or none.

    The same id again is the same commitment; one that was returned is put right under its id. What the
    organisation sets a member (another origin than 'own') stands published at once. Raises Refused, Absent.
    """
    if year.closed is not None:
        raise Refused(N_("%(year)s 年度已经关闭，请在新的年度提出。"), year=year.year)
    for one in entered:
        _may_enter(actor, one)
        _answers_own_problem(session, unit, year, one)
    roster = _roster(session, unit, {one.member_id for one in entered if one.member_id})
    known = _known(session, unit, entered)
    before = _last_year(session, unit, year, [one.member_id for one in entered])
    made, fresh = [], []
    for one in entered:
        there = known.get(one.id)
        if there is None or there.state == "returned":
            member = roster[one.member_id] if one.member_id else None
            found = _findings(year, one, member, before.get(one.member_id, []))
            if there is None:
                there = Commitment(id=one.id, unit_id=unit.id, member_id=one.member_id, year=year.year)
                there.decided_by = ""
                fresh.append(there)
            _fill(there, one, found, actor, now)
        made.append(there)
    session.flush()
    # A branch enters a year's at once: one statement for all of them.
    insert_rows(session, Commitment, [{name: getattr(one, name) for name in _ENTERED} for one in fresh])
    _record(session, actor, unit, "commitment.propose", made, now)
    return made


def _roster(session: Session, unit: Unit, ids: set[UUID]) -> dict[UUID, Member]:
    """These members of the branch; raises Absent where one is not of it."""
    query = select(Member).where(Member.unit_id == unit.id, Member.id.in_(ids))
    found = {one.id: one for one in session.scalars(query)}
    if found.keys() != ids:
        raise Absent
    return found


def _known(session: Session, unit: Unit, entered: Sequence[NewCommitment]) -> dict[UUID, Commitment]:
    """Those that are there already, locked. Raises Absent where an id is somebody else's."""
    query = select(Commitment).where(Commitment.id.in_([one.id for one in entered])).with_for_update()
    found = {one.id: one for one in session.scalars(query)}
    for one in entered:
        there = found.get(one.id)
        if there is not None and (there.unit_id != unit.id or there.member_id != one.member_id):
            raise Absent
    return found


def _answers_own_problem(session: Session, unit: Unit, year: MemberYear, entered: NewCommitment) -> None:
    """Raises Absent for a problem that is not last year's of the same subject."""
    if entered.problem_id is None:
        return
    found = session.get(Problem, entered.problem_id)
    of = (unit.id, entered.member_id, year.year - 1)
    if found is None or (found.unit_id, found.member_id, found.year) != of:
        raise Absent


def _may_enter(actor: SignedIn, entered: NewCommitment) -> None:
    own = entered.member_id is not None and entered.member_id == actor.person_id
    if not own and not actor.may("commitment.review"):
        raise Refused(N_("只能提出自己的承诺；替别人提出请支部办理。"))
    if entered.origin != "own" and not actor.may("commitment.review"):
        raise Refused(N_("组织交办的事项由支部下达。"))
    if entered.origin != "own" and own:
        raise Refused(N_("组织交办给自己的事项，请另一位委员下达。"))


def _fill(
    made: Commitment,
    entered: NewCommitment,
    found: Sequence[Finding],
    actor: SignedIn,
    now: datetime,
) -> None:
    made.span, made.origin, made.what = entered.span, entered.origin, entered.what.strip()
    made.for_whom, made.measure = entered.for_whom.strip(), entered.measure.strip()
    made.target = entered.target
    made.due, made.problem_id = entered.due, entered.problem_id
    made.findings, made.hollow = [one.code for one in found], is_hollow(found)
    made.fit = {"wishes": entered.fit.wishes, "strengths": entered.fit.strengths, "needs": entered.fit.needs}
    # What the branch sets itself is published by a second person, whatever its origin.
    made.state = "proposed" if entered.origin == "own" or made.member_id is None else "published"
    made.proposed_by, made.proposed_at = actor.name, now
    made.version = (made.version or 0) + 1
    if made.state == "published":
        made.decided_by, made.decided_at = actor.name, now


def publish(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    picked: Sequence[Picked],
    now: datetime,
    fit: Fit | None = None,
) -> int:
    """Accept and publish proposals, all or none; how many. `fit`: the branch's tests. Raises Refused."""
    found = held(session, actor, unit, picked, ("proposed",))
    said: dict[str, Any] = {"state": "published", "decided_by": actor.name, "decided_at": now, "reason": ""}
    if fit is not None:
        said["fit"] = {"wishes": fit.wishes, "strengths": fit.strengths, "needs": fit.needs}
    theirs = among(Commitment.id, [one.id for one in found])
    published = update(Commitment).where(theirs).values(**said, version=Commitment.version + 1)
    session.execute(published, execution_options={"synchronize_session": False})
    _record(session, actor, unit, "commitment.publish", found, now)
    for one in found:
        session.expire(one)
    return len(found)


def give_back(
    session: Session, actor: SignedIn, unit: Unit, picked: Sequence[Picked], reason: str, now: datetime
) -> int:
    """Return proposals with a reason, to be put right and proposed again. Raises Refused."""
    if not reason.strip():
        raise Refused(N_("请写明理由，本人会看到。"))
    found = held(session, actor, unit, picked, ("proposed",))
    for one in found:
        one.state, one.decided_by, one.decided_at = "returned", actor.name, now
        one.reason, one.version = reason.strip()[:REASON_LENGTH], one.version + 1
    _record(session, actor, unit, "commitment.return", found, now)
    return len(found)


def _record(
    session: Session, actor: SignedIn, unit: Unit, act: str, found: Sequence[Commitment], now: datetime
) -> None:
    audit.record(session, now, actor.account_id, unit.id, act, str(found[0].id), commitments=len(found))


def held(
    session: Session, actor: SignedIn, unit: Unit, picked: Sequence[Picked], states: Sequence[str]
) -> list[Commitment]:
    """The picked commitments locked, unless one has changed or is one's own. Raises Refused, Absent."""
    if not picked:
        raise Refused(N_("请先勾选要办理的承诺。"))
    query = (
        select(Commitment)
        .where(Commitment.unit_id == unit.id, Commitment.id.in_([one.id for one in picked]))
        .order_by(Commitment.id)
        .with_for_update()
    )
    found = {one.id: one for one in session.scalars(query)}
    if len(found) < len({one.id for one in picked}):
        raise Absent
    for one in picked:
        commitment = found[one.id]
        if commitment.handed_in is not None:
            raise Refused(N_("有承诺已经随组织关系转走，由现支部办理。"))
        if commitment.state not in states or commitment.version != one.version:
            raise Refused(N_("有承诺刚刚被别人办理过，没有改动任何一条。请刷新后再办。"))
        if commitment.member_id is not None and commitment.member_id == actor.person_id:
            raise Refused(N_("不能审自己的承诺，请另一位委员办理。"))
        if commitment.member_id is None and same_person(session, actor, None, commitment.proposed_by):
            require_second(session, unit, actor, N_("支部的承诺由谁提出，就由另一位委员公布和评定。"))
    require_open_years(session, {one.year for one in found.values()})
    return [found[one.id] for one in picked]


def require_second(session: Session, unit: Unit, actor: SignedIn, why: str) -> None:
    """Raises Refused with these words, unless the branch has nobody else: then one person does both."""
    if has_colleague(session, unit, actor, "commitment.review"):
        raise Refused(why)


def drafts(session: Session, unit: Unit, year: MemberYear, member_id: UUID | None) -> list[Problem]:
    """Problems found last year that have neither become a commitment of this year nor been let drop."""
    carried = select(Commitment.problem_id).where(
        Commitment.unit_id == unit.id, Commitment.year == year.year, Commitment.problem_id.is_not(None)
    )
    query = select(Problem).where(
        Problem.unit_id == unit.id,
        Problem.member_id == member_id,
        Problem.year == year.year - 1,
        Problem.drop_accepted_by == "",
        Problem.id.not_in(carried),
    )
    return list(session.scalars(query.order_by(Problem.at)))


def ask_to_drop(session: Session, actor: SignedIn, problem: Problem, reason: str, now: datetime) -> None:
    """Ask that a problem be not carried on; a reason is owed. Raises Refused, also once it was accepted."""
    if problem.drop_accepted_by:
        raise Refused(N_("已经同意不列入，理由不能再改。"))
    if not reason.strip():
        raise Refused(N_("不列入下年承诺要写明理由。"))
    problem.drop_reason, problem.drop_asked_by = reason.strip()[:REASON_LENGTH], actor.name
    audit.record(session, now, actor.account_id, problem.unit_id, "problem.ask_to_drop", str(problem.id))


def accept_drop(session: Session, actor: SignedIn, unit: Unit, problem: Problem, now: datetime) -> None:
    """The branch lets a problem drop. Raises Refused: nobody asked, one asked oneself, or it is one's own."""
    if problem.drop_accepted_by:
        raise Refused(N_("已经同意不列入，不用再办。"))
    if not problem.drop_reason:
        raise Refused(N_("还没有写明不列入的理由。"))
    if problem.member_id is not None and problem.member_id == actor.person_id:
        raise Refused(N_("自己的问题请另一位委员办理。"))
    if same_person(session, actor, None, problem.drop_asked_by):
        require_second(session, unit, actor, N_("提出不列入和同意要由两个人分别办理。"))
    problem.drop_accepted_by = actor.name
    audit.record(session, now, actor.account_id, problem.unit_id, "problem.accept_drop", str(problem.id))
