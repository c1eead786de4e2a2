"""The tier that classes units (分类定级): findings on reports, classes by the rulebook, two people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from shared.contracts.appraisal import TieWord
from shared.contracts.classing import BODIES, Checked, ClassingFiled, LeftOut, Shown, ShownRow
from shared.contracts.reclass import classes_of, classing_digest, reclass
from shared.contracts.regrade import Regraded
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import take_turn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.organisations.classings import (
    Room,
    Standing,
    add_classing,
    add_classing_word,
    newest,
)
from shared.organisations.gathering import Gathered, first_day, gather, too_early
from shared.organisations.year_end import UnitYear, add_words
from shared.rulebooks import holidays
from shared.rules.appraisal import Block
from shared.rules.calendar import add_working_days, parse_calendar
from shared.rules.words import RuleError, listed
from shared.sync.outbox import publish_each_down
from shared.sync.years import MemberYear

REASON_LENGTH, PROBLEM_LENGTH, MOST_PROBLEMS = 200, 200, 10
OPEN = {
    "waiting": N_("还有申报没有审定：%(names)s"),
    "unreported": N_("还没有报送年终述职：%(names)s"),
    "unchecked": N_("述职还没有核查：%(names)s"),
}


@dataclass(frozen=True)
class Found:
    """The upper tier's word on one unit's report; `version`: how many words of its year were seen."""

    version: int
    finding: str
    opinion: str
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Proposal:
    """What the rule makes of what is gathered; `block`: equals at the cut that a meeting must decide."""

    gathered: Gathered
    classed: Regraded | None
    block: Block | None
    fault: str = ""


def hold(session: Session, pool: UUID, year: int) -> None:
    """Nobody else classes this pool meanwhile."""
    take_turn(session, f"classing/{pool}/{year}")


def check(
    session: Session,
    room: Room,
    actor: SignedIn,
    pool: Unit,
    year: MemberYear,
    found: Mapping[UUID, Found],
    now: datetime,
) -> int:
    """Finding and opinion on the reports of these units, all or none. Raises Absent, Refused."""
    here = _open_pool(session, room, pool, year, found)
    rulebook = year.appraisal_organisations
    said: list[tuple[UUID, BODIES]] = []
    for unit_id, one in found.items():
        words = here.years.get(unit_id, UnitYear())
        if words.report is None:
            missing = OPEN["unreported"]
            raise Refused(missing, names=here.names[unit_id])
        if len(words.words) != one.version:
            raise Refused(
                N_("“%(unit)s”刚刚有变动，没有改动任何一个。请刷新后再办。"), unit=here.names[unit_id]
            )
        if one.finding not in rulebook.check.by_code or one.opinion not in rulebook.places:
            raise Refused(N_("请选核查结论和初定意见。"))
        problems = [text.strip()[:PROBLEM_LENGTH] for text in one.problems if text.strip()]
        body = Checked(words.report.id, one.finding, one.opinion, problems[:MOST_PROBLEMS])
        said.append((unit_id, body))
    _say_each(session, room, actor, pool, year, said, "organisation.check", now)
    return len(said)


def leave_out(
    session: Session,
    room: Room,
    actor: SignedIn,
    pool: Unit,
    year: MemberYear,
    unit_id: UUID,
    reason: str,
    now: datetime,
) -> None:
    """The unit is not classed this year; the unit sees why. Raises Absent, Refused."""
    if not reason.strip():
        raise Refused(N_("不参评要写明理由，支部会看到。"))
    _open_pool(session, room, pool, year, [unit_id])
    body = LeftOut(reason.strip()[:REASON_LENGTH])
    _say_each(session, room, actor, pool, year, [(unit_id, body)], "organisation.leave_out", now)


def _open_pool(
    session: Session, room: Room, pool: Unit, year: MemberYear, units: Sequence[UUID] | Mapping[UUID, object]
) -> Gathered:
    """The pool as it stands, while no classing of it is under way. Raises Absent for another's unit."""
    hold(session, pool.id, year.year)
    here = gather(session, room, pool, year, {})
    if not units or set(units) - set(here.names):
        raise Absent
    before = newest(session, room, year.year, pool.id)
    if before is not None and before.under_way:
        raise Refused(N_("已经提出定级，核查意见不能再改；要改先撤销定级。"))
    return here


def _say_each(
    session: Session,
    room: Room,
    actor: SignedIn,
    pool: Unit,
    year: MemberYear,
    words: Sequence[tuple[UUID, BODIES]],
    act: str,
    now: datetime,
) -> None:
    sent = add_words(session, room.said, actor, words, year.year, now)
    publish_each_down(session, [(pool.id, one.unit_id, one.unit_id, one) for one in sent], now)
    acts = [(one.unit_id, str(one.word_id)) for one in sent]
    audit.record_each(session, now, actor.account_id, act, acts)


def propose_from(gathered: Gathered, year: MemberYear, decisions: Sequence[TieWord] = ()) -> Proposal:
    """What the rulebook makes of it; nothing is classed where something is open."""
    if any(gathered.open.values()) or not gathered.inputs:
        return Proposal(gathered, None, None)
    try:
        made = reclass(year.appraisal_organisations, gathered.inputs, decisions, gathered.names)
    except RuleError as error:
        return Proposal(gathered, None, None, error.message)
    undecided = made.grading.undecided
    return Proposal(gathered, made, undecided[0] if undecided else None)


def tie_word(block: Block, chosen: Sequence[UUID], reason: str) -> TieWord:
    """A meeting's choice among equals as the rule takes it. Raises Refused."""
    members = [UUID(one) for one in block.members]
    if len(set(chosen)) != block.seats or set(chosen) - set(members) or not reason.strip():
        raise Refused(N_("同分的要由会议定：勾选正好 %(seats)s 个，并写明理由。"), seats=block.seats)
    first = sorted(set(chosen))
    return TieWord([*first, *sorted(set(members) - set(first))], reason.strip()[:REASON_LENGTH])


def propose(
    session: Session,
    room: Room,
    actor: SignedIn,
    pool: Unit,
    year: MemberYear,
    bases: Mapping[UUID, int],
    chosen: Sequence[UUID],
    reason: str,
    now: datetime,
) -> UUID:
    """Propose the pool's classes by the rulebook. Raises Refused, naming what is still open."""
    hold(session, pool.id, year.year)
    before = newest(session, room, year.year, pool.id)
    if before is not None and before.under_way:
        raise Refused(N_("这一年已经提出定级。"))
    if year.organisations is None:
        raise Refused(N_("县里这一年没有下发党组织积分办法。"))
    if year.closed is not None:
        raise Refused(N_("%(year)s 年度已经关闭。"), year=year.year)
    if too_early(year, now):
        raise Refused(N_("%(day)s 以前还可以补报，过后才能定级。"), day=first_day(year))
    here = gather(session, room, pool, year, bases)
    _require_ready(here)
    made, decisions = propose_from(here, year), []
    if made.fault:
        raise Refused(N_("按规则定不了：%(why)s"), why=made.fault)
    if made.block is not None:
        decisions = [tie_word(made.block, chosen, reason)]
        made = propose_from(here, year, decisions)
    assert made.classed is not None and made.block is None
    filed = _filed(pool, actor, year, here, made.classed, decisions, now)
    add_classing(session, room, actor, filed, now)
    audit.record(session, now, actor.account_id, pool.id, "organisation.propose", str(filed.classing_id))
    return filed.classing_id


def _require_ready(here: Gathered) -> None:
    for sort, names in here.open.items():
        if names:
            raise Refused(OPEN[sort], names=listed(names))
    if not here.inputs:
        raise Refused(N_("没有可以定级的党组织。"))


def _filed(
    pool: Unit,
    actor: SignedIn,
    year: MemberYear,
    here: Gathered,
    classed: Regraded,
    decisions: list[TieWord],
    now: datetime,
) -> ClassingFiled:
    assert year.organisations is not None
    rulebook = year.appraisal_organisations
    return ClassingFiled(
        classing_id=new_id(),
        pool_id=pool.id,
        year=year.year,
        rulebook=rulebook.hash,
        scheme=year.organisations.hash,
        rule_version=classed.grading.rule_version,
        digest=classing_digest(rulebook, year.organisations, here.inputs, decisions),
        inputs=list(here.inputs),
        decisions=decisions,
        classes=classes_of(classed),
        left_out=dict(here.left_out),
        publicity_until="",
        proposed_by=actor.name,
        proposed_at=now.isoformat(),
        confirmed_by="",
        confirmed_at="",
    )


def standing_of(
    session: Session, room: Room, pool: Unit, year: MemberYear, seen: tuple[UUID, int], states: Sequence[str]
) -> Standing:
    """The pool's newest classing as it was seen, nobody else deciding on it. Raises Absent, Refused."""
    hold(session, pool.id, year.year)
    one = newest(session, room, year.year, pool.id)
    if one is None:
        raise Absent
    if (one.row.id, one.version) != seen or one.state not in states:
        raise Refused(N_("这次定级刚刚被别人办理过，没有改动。请刷新后再办。"))
    return one


def drop(
    session: Session,
    room: Room,
    actor: SignedIn,
    pool: Unit,
    year: MemberYear,
    seen: tuple[UUID, int],
    reason: str,
    now: datetime,
) -> None:
    """Take a proposal back before it is confirmed. Raises Refused."""
    if not reason.strip():
        raise Refused(N_("请写明理由。"))
    one = standing_of(session, room, pool, year, seen, ("proposed",))
    add_classing_word(session, room, actor, one, "dropped", reason.strip()[:REASON_LENGTH], now)
    audit.record(session, now, actor.account_id, pool.id, "organisation.drop", str(one.row.id))


def confirm(
    session: Session,
    room: Room,
    actor: SignedIn,
    pool: Unit,
    year: MemberYear,
    bases: Mapping[UUID, int],
    seen: tuple[UUID, int],
    now: datetime,
) -> ClassingFiled:
    """A second person confirms; publicity begins, every unit is told. What to file above is handed back.

    Raises Refused: the proposer, or what it stands on has changed since.
    """
    one = standing_of(session, room, pool, year, seen, ("proposed",))
    if same_person(session, actor, one.row.by_id, one.row.by):
        raise Refused(N_("提出和审定要由两个人分别办理。"))
    here, filed = gather(session, room, pool, year, bases), one.filed
    assert year.organisations is not None
    rulebook = year.appraisal_organisations
    now_is = classing_digest(rulebook, year.organisations, here.inputs, filed.decisions)
    if now_is != filed.digest or dict(here.left_out) != filed.left_out:
        raise Refused(N_("提出以后依据有变动，不能审定。请撤销后重新提出。"))
    days = rulebook.classing.publicity_days
    until = add_working_days(civil(now).date(), days, parse_calendar(holidays()))
    filed = msgspec.structs.replace(
        filed, publicity_until=until.isoformat(), confirmed_by=actor.name, confirmed_at=now.isoformat()
    )
    add_classing_word(session, room, actor, one, "confirmed", until.isoformat(), now)
    rows = [
        ShownRow(line.unit_id, here.names[line.unit_id], line.total, line.grade or "", line.rank)
        for line in sorted(filed.classes, key=lambda line: (line.rank or 0, line.unit_id))
    ]
    body = Shown(filed.classing_id, filed.publicity_until, rows)
    words: list[tuple[UUID, BODIES]] = [(unit.id, body) for unit in here.units]
    _say_each(session, room, actor, pool, year, words, "organisation.show", now)
    audit.record(session, now, actor.account_id, pool.id, "organisation.confirm", str(one.row.id))
    return filed
