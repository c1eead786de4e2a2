"""Closing a year: one county action, refused while something is undecided, done branch by branch.

Each branch's grades are graded again from its own bytes, and its bases worked out again. What comes out
otherwise keeps the year open, under the branch's name. A closing interrupted goes on where it stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.county.contest.announcing import announce
from services.county.grades.counting import aside_of, graded_nowhere, told_besides
from services.county.grades.models import ConfirmedAppraisal
from services.county.organisations.closing import carry_bases, classings_again, open_classes
from services.county.outcomes.models import OutcomeCase, OutcomeRun
from services.county.roster.models import KnownMember
from services.county.years.bases import correct_bases
from services.county.years.books import schemes_of, stored_book
from services.county.years.kept import figures_off
from services.county.years.models import CarriedBase, ClosedBranch, MemberYear, SettledYear, YearClosing
from shared.contracts.appraisal import AppraisalFiled
from shared.contracts.documents import YearClosed
from shared.contracts.regrade import differences, inputs_digest
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit, with_members
from shared.rules.appraisal import Rulebook, next_base
from shared.rules.points.claims import december_until
from shared.rules.points.scheme_values import Scheme
from shared.rules.words import RuleError
from shared.sync.signer import Signer

# Branches gone through in one transaction: a killed worker loses no more.
AT_ONCE = 50
FAILED = "failed"
UNGRADED = N_("年底在册、没有参加评议的党员有 %(count)s 名，请逐个核实，勾选后再关闭年度。")
log = structlog.get_logger()
_decode = msgspec.json.Decoder(AppraisalFiled).decode


@dataclass(frozen=True)
class Open:
    """What keeps a year open: a sort of thing, and the units or members (with their branch) where it stands.

    `cases` are ids of the cases to be settled, one for each name, or empty.
    """

    sort: str
    names: Sequence[str]
    cases: Sequence[UUID] = ()


def undecided(session: Session, year: MemberYear, today: date) -> list[Open]:
    """What is still open, each by name; [] when the year may be closed."""
    of = year.year
    confirmed = exists().where(ConfirmedAppraisal.unit_id == Unit.id, ConfirmedAppraisal.year == of)
    settled = exists().where(SettledYear.unit_id == Unit.id, SettledYear.year == of)
    drawn = exists().where(OutcomeRun.unit_id == Unit.id, OutcomeRun.year == of)
    branches = (
        select(Unit.name)
        .where(with_members(), Unit.closed_on.is_(None) | (Unit.closed_on > date(of, 12, 31)))
        .where(
            exists().where(
                KnownMember.unit_id == Unit.id,
                KnownMember.since <= date(of, 12, 31),
                KnownMember.until.is_(None) | (KnownMember.until > date(of, 12, 31)),
            )
        )
        .order_by(Unit.path)
    )
    cases = (
        select(
            KnownMember.name,
            Unit.name.label("unit"),
            OutcomeCase.unit_id,
            OutcomeCase.member_id,
            OutcomeCase.id,
        )
        .join(
            OutcomeCase,
            (OutcomeCase.member_id == KnownMember.member_id) & (OutcomeCase.unit_id == KnownMember.unit_id),
        )
        .join(Unit, Unit.id == OutcomeCase.unit_id)
        .where(OutcomeCase.year == of, OutcomeCase.state.in_(("open", "decided")))
        .order_by(Unit.path, KnownMember.number, OutcomeCase.id)
    )
    found = [
        Open("unconfirmed", session.scalars(branches.where(~confirmed)).all()),
        Open("unsettled", session.scalars(branches.where(confirmed, ~settled)).all()),
        Open("undrawn", session.scalars(branches.where(confirmed, ~drawn)).all()),
        *(
            _members(sort, session.execute(cases.where(OutcomeCase.sort == sort)).all())
            for sort in ("outcome", "tolerance", "appeal")
        ),
        *(Open(sort, names) for sort, names in open_classes(session, of, today)),
    ]
    return [one for one in found if one.names]


def _members(sort: str, rows: Sequence[Any]) -> Open:
    """Each member once, by name and branch, with the first of their cases; namesakes are two."""
    first: dict[tuple[UUID, UUID], tuple[str, UUID]] = {}
    for row in rows:
        first.setdefault((row.unit_id, row.member_id), (f"{row.unit} {row.name}", row.id))
    return Open(sort, [name for name, _case in first.values()], [case for _name, case in first.values()])


def begin_closing(
    session: Session, actor: SignedIn, year: int, now: datetime, ungraded: int = 0
) -> YearClosing:
    """Begin to close a year; the worker goes through its branches. Raises Absent, Refused.

    `ungraded`: how many of the year's last roster have no grade anywhere, as whoever closes has looked at.
    """
    opened = session.get(MemberYear, year, with_for_update=True)
    if opened is None:
        raise Absent
    if opened.state == "closed":
        raise Refused(N_("%(year)s 年度已经关闭。"), year=year)
    last = december_until(year, schemes_of(session, opened.rulebooks))
    if civil(now).date() <= last:
        raise Refused(N_("%(day)s 以前还可以补报，过后才能关闭年度。"), day=last)
    if undecided(session, opened, civil(now).date()):
        raise Refused(N_("还有没办结的，列在下面，办结后再关闭年度。"))
    nowhere = require_looked_at(session, year, ungraded)
    before = session.get(YearClosing, year)
    if before is not None and before.ended_at is None:
        raise Refused(N_("已经在关闭了。"))
    # What did not come out the same is gone through again; what did stays.
    session.execute(delete(ClosedBranch).where(ClosedBranch.year == year, ClosedBranch.fault != ""))
    closing = before or YearClosing(year=year, unit_id=actor.unit.id)
    closing.begun_by, closing.begun_by_id, closing.begun_at = actor.name, actor.account_id, now
    closing.branches, closing.ended_at, closing.fault = len(_branches(session, year)), None, ""
    session.add(closing)
    session.flush()
    what = "year.begin_closing"
    audit.record(session, now, actor.account_id, actor.unit.id, what, str(year), ungraded=nowhere)
    return closing


def require_looked_at(session: Session, year: int, ungraded: int) -> list[str]:
    """Ids of who was on the last roster and is graded nowhere. Raises Refused unless they are `ungraded`."""
    found = [str(one.member_id) for one in graded_nowhere(session, year)]
    if len(found) != ungraded:
        raise Refused(UNGRADED, count=len(found))
    return found


def _branches(session: Session, year: int) -> Sequence[UUID]:
    query = select(SettledYear.unit_id).where(SettledYear.year == year).order_by(SettledYear.unit_id)
    return session.scalars(query).all()


def go_on(session: Session, sign: Signer, year: int, now: datetime, at_once: int = AT_ONCE) -> bool:
    """Go through the next branches of a closing under way; whether more is left. Safe to repeat."""
    closing = session.get(YearClosing, year, with_for_update=True)
    if closing is None or closing.ended_at is not None:
        return False
    closing.fault = ""
    opened = session.get_one(MemberYear, year)
    done = set(session.scalars(select(ClosedBranch.unit_id).where(ClosedBranch.year == year)))
    waiting = [unit for unit in _branches(session, year) if unit not in done]
    rulebook: Rulebook = stored_book(session, opened.rulebooks["appraisal"]).parsed
    schemes = schemes_of(session, opened.rulebooks)
    rows = [_closed(session, rulebook, schemes, unit, year, now) for unit in waiting[:at_once]]
    if rows:
        session.execute(insert(ClosedBranch), rows)
    if len(waiting) > at_once:
        return True
    _end(session, sign, opened, closing, now)
    return False


def failed(error: Exception) -> str:
    """A failure as a fault says it: its sort alone, for its words may hold personal data."""
    return f"{FAILED}: {type(error).__name__}"


def put_off(session: Session, year: int, error: Exception) -> None:
    """Say on the year's page that its closing could not go on; the next turn tries again."""
    closing = session.get(YearClosing, year, with_for_update=True)
    if closing is not None and closing.ended_at is None:
        closing.fault = failed(error)


def _closed(
    session: Session,
    rulebook: Rulebook,
    schemes: Sequence[Scheme],
    unit_id: UUID,
    year: int,
    now: datetime,
) -> dict[str, Any]:
    try:
        with session.begin_nested():
            members, fault = branch_again(session, rulebook, schemes, unit_id, year, now)
    except OperationalError:
        # The database is away, or two waited for each other: the next turn tries again.
        raise
    except Exception as error:
        log.exception("a branch could not be worked out again", unit=str(unit_id), year=year)
        members, fault = 0, failed(error)
    return {"unit_id": unit_id, "year": year, "members": members, "fault": fault[:200], "at": now}


def branch_again(
    session: Session,
    rulebook: Rulebook,
    schemes: Sequence[Scheme],
    unit_id: UUID,
    year: int,
    now: datetime,
) -> tuple[int, str]:
    """A branch's year worked out again from what it pinned: how many members, and what differs."""
    settled = session.get_one(SettledYear, (unit_id, year))
    confirmed = session.get(ConfirmedAppraisal, settled.filing_id)
    if confirmed is None:
        return 0, f"filing {settled.filing_id} is not confirmed"
    filed = _decode(confirmed.original)
    try:
        if inputs_digest(rulebook, filed.inputs, filed.decisions, filed.skip_reason) != filed.digest:
            return len(filed.grades), "inputs differ from their digest"
        if found := differences(filed, rulebook):
            return len(filed.grades), f"graded otherwise: {found[0].member_id}"
        if off := figures_off(session, rulebook, schemes, filed):
            return len(filed.grades), f"figures not held: {off[0].member_id}"
    except RuleError as error:
        return len(filed.grades), str(error)
    return len(filed.grades), _bases_again(session, rulebook, filed, now)


def _bases_again(session: Session, rulebook: Rulebook, filed: AppraisalFiled, now: datetime) -> str:
    members = [one.member_id for one in filed.grades]
    aside = aside_of(session, filed.branch_id, filed.year)
    query = select(CarriedBase).where(CarriedBase.year == filed.year + 1, CarriedBase.member_id.in_(members))
    carried = {row.member_id: row for row in session.scalars(query)}
    # What an appeal changed after it was carried is put right here at the latest, by counter-entry.
    put_right = correct_bases(session, members, now)
    began = {one.member_id: one.base for one in filed.inputs}
    if strangers := told_besides(session, filed.branch_id, filed.year, members):
        return f"a base of somebody not graded: {strangers[0]}"
    for one in filed.grades:
        if one.member_id in aside:
            continue
        row = carried.get(one.member_id)
        if row is None:
            return f"no base carried: {one.member_id}"
        if one.member_id in put_right:
            continue
        expected = next_base(rulebook, one.total, one.total - began[one.member_id])
        if (row.from_total, row.base) != (one.total, expected):
            return f"base differs: {one.member_id}"
    return ""


def _end(session: Session, sign: Signer, opened: MemberYear, closing: YearClosing, now: datetime) -> None:
    """Close the year when every branch came out the same, and tell it; otherwise it stays open."""
    closing.ended_at = now
    _classings_again(session, opened.year, now)
    faulty = session.scalar(
        select(func.count()).where(ClosedBranch.year == opened.year, ClosedBranch.fault != "")
    )
    # An appeal may have come in since the closing began; what was over by then stays over.
    if faulty or undecided(session, opened, civil(max(now, closing.begun_at)).date()):
        session.flush()
        return
    carry_bases(session, sign, opened.year, now)
    opened.state = "closed"
    session.flush()
    document = YearClosed(
        county_id=opened.unit_id, year=opened.year, by=closing.begun_by, closed_at=now.isoformat()
    )
    announce(session, sign, opened.unit_id, document, now)
    audit.record(session, now, closing.begun_by_id, opened.unit_id, "year.close", str(opened.year))


def _classings_again(session: Session, year: int, now: datetime) -> None:
    """Organisations' classes worked out again; what differs stands under the name of who filed it."""
    rows = [
        {"unit_id": one.pool_id, "year": year, "members": one.units, "fault": one.fault[:200], "at": now}
        for one in classings_again(session, year)
        if one.fault
    ]
    if rows:
        session.execute(insert(ClosedBranch), rows)


@dataclass(frozen=True)
class Progress:
    """How far a closing is: branches gone through of all, those that did not come out the same."""

    done: int
    branches: int
    faults: Sequence[tuple[UUID, str, str]]


def progress(session: Session, closing: YearClosing) -> Progress:
    """As it stands."""
    done = session.scalar(select(func.count()).where(ClosedBranch.year == closing.year))
    query = (
        select(Unit.id, Unit.name, ClosedBranch.fault)
        .join(Unit, Unit.id == ClosedBranch.unit_id)
        .where(ClosedBranch.year == closing.year, ClosedBranch.fault != "")
        .order_by(Unit.path)
    )
    return Progress(done or 0, closing.branches, [(row[0], row[1], row[2]) for row in session.execute(query)])


def closings_under_way(session: Session) -> Sequence[int]:
    """Years whose closing has begun and not ended."""
    return session.scalars(select(YearClosing.year).where(YearClosing.ended_at.is_(None))).all()
