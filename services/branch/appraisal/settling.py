"""A branch's year with nothing left to decide, told upward: the next bases, and how many problems go on.

What the county finds wrong with it, or counts elsewhere, is put right here and told anew.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import (
    AppraisalFiling,
    GradeLine,
    MemberBase,
    YearAsk,
    YearSettlement,
)
from services.branch.appraisal.state import newest_filing, open_problems, steps_of
from services.branch.outcomes.corrected import corrected
from services.branch.outcomes.models import BaseCorrection
from services.branch.outcomes.waiting import corrected_bases
from services.branch.roster.models import Member
from shared.contracts.outcomes import BaseLine, YearSettled
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.db import insert_rows
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.outcomes.corrections import Corrected, one_at_a_time
from shared.rules.appraisal import next_base
from shared.sync.outbox import send_up
from shared.sync.years import MemberYear

REASON_LENGTH = 400


def settle(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, now: datetime, reason: str = ""
) -> None:
    """Tell the county that this branch's year is settled; whose year counts elsewhere is left out."""
    found = newest_filing(session, unit.id, year.year)
    assert found is not None, "the steps before are closed on a filing"
    filing = found[0]
    session.add(
        YearSettlement(
            id=new_id(),
            unit_id=unit.id,
            year=year.year,
            reason=reason,
            by=actor.name,
            by_id=actor.account_id,
            at=now,
        )
    )
    elsewhere = {one.member_id for one in counted_elsewhere(session, unit.id, year.year)}
    body = YearSettled(
        branch_id=unit.id,
        year=year.year,
        filing_id=filing.id,
        bases=[one for one in _bases(session, unit, year, filing) if one.member_id not in elsewhere],
        open_problems=len(open_problems(session, unit.id, year.year)),
        by=actor.name,
        at=now.isoformat(),
    )
    send_up(session, unit.id, unit.id, body, now)


def _bases(session: Session, unit: Unit, year: MemberYear, filing: AppraisalFiling) -> list[BaseLine]:
    """Worked out of the run that was filed; where an appeal changed a total, as it was carried."""
    lines = _filed_lines(session, filing)
    appealed = corrected(session, list(lines), year.year)
    query = (
        select(MemberBase.member_id, MemberBase.base, MemberBase.from_total, MemberBase.from_earned)
        .where(MemberBase.unit_id == unit.id, MemberBase.year == year.year + 1)
        .order_by(MemberBase.member_id)
    )
    return [
        BaseLine(*one)
        if line is None or (one.member_id, year.year) in appealed
        else BaseLine(one.member_id, next_base(year.appraisal, line.total, earned), line.total, earned)
        for one in session.execute(query)
        for line in [lines.get(one.member_id)]
        for earned in [line.total - line.base if line else 0]
    ]


def _filed_lines(session: Session, filing: AppraisalFiling) -> dict[UUID, Any]:
    """`run_id`, `member_id`, `total` and `base` of each, by member."""
    wanted = (GradeLine.run_id, GradeLine.member_id, GradeLine.total, GradeLine.base)
    query = select(*wanted).where(GradeLine.run_id == filing.run_id)
    return {line.member_id: line for line in session.execute(query)}


# --- anew ---


def settle_again(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, reason: str, now: datetime
) -> int:
    """Put the bases right by counter-entries and tell the year anew; how many were changed or added.

    Raises Refused: not settled yet, closed, without a reason.
    """
    if "next_base" not in steps_of(session, unit.id, year.year):
        raise Refused(N_("本年度还没有办结，办到“结转下年基础分”那一步就会上报。"))
    if year.closed is not None:
        raise Refused(N_("%(year)s 年度已经关闭，不能再改。"), year=year.year)
    if not reason.strip():
        raise Refused(N_("请写明为什么重新办结。"))
    found = newest_filing(session, unit.id, year.year)
    assert found is not None, "the steps before are closed on a filing"
    changed = _put_right(session, unit, year, found[0], now)
    settle(session, actor, unit, year, now, reason.strip()[:REASON_LENGTH])
    audit.record(
        session, now, actor.account_id, unit.id, "appraisal.settle_again", str(found[0].id), members=changed
    )
    return changed


def _put_right(session: Session, unit: Unit, year: MemberYear, filing: AppraisalFiling, now: datetime) -> int:
    lines = _filed_lines(session, filing)
    for member in sorted(lines):
        one_at_a_time(session, member)
    query = select(MemberBase).where(MemberBase.unit_id == unit.id, MemberBase.year == year.year + 1)
    stored = {one.member_id: one for one in session.scalars(query)}
    before = corrected_bases(session, unit.id, list(lines))
    appealed = corrected(session, list(lines), year.year)
    missing, entries, entry = [], [], new_id()
    for member, line in lines.items():
        right = _right(year, line, appealed.get((member, year.year)))
        known = stored.get(member)
        if known is None:
            missing.append(_row(unit, year, line, right, now))
        elif change := right.base - known.base - before.get((member, year.year + 1), 0):
            row = {"id": new_id(), "case_id": entry, "member_id": member, "year": year.year + 1}
            entries.append(row | {"unit_id": unit.id, "points": change, "at": now})
    insert_rows(session, MemberBase, missing)
    insert_rows(session, BaseCorrection, entries)
    return len(missing) + len(entries)


def _right(year: MemberYear, line: Any, appealed: Corrected | None) -> BaseLine:
    total = line.total + (appealed.points if appealed else 0)
    return BaseLine(
        line.member_id, next_base(year.appraisal, total, total - line.base), total, total - line.base
    )


def _row(unit: Unit, year: MemberYear, line: Any, right: BaseLine, now: datetime) -> dict[str, object]:
    return {
        "unit_id": unit.id,
        "member_id": line.member_id,
        "year": year.year + 1,
        "base": right.base,
        "from_total": right.from_total,
        "from_earned": right.from_earned,
        "run_id": line.run_id,
        "at": now,
    }


# --- what the county asks ---


@dataclass(frozen=True)
class Asked:
    """What waits for the branch about a settled year: whose counts elsewhere, and requests to settle anew."""

    elsewhere: Sequence[tuple[str, str]]
    again: Sequence[YearAsk]

    @property
    def waiting(self) -> bool:
        """Whether anything does."""
        return bool(self.elsewhere or self.again)


def counted_elsewhere(session: Session, unit_id: UUID, year: int) -> list[YearAsk]:
    """The county's newest word on each member graded by two branches, where it is another that counts."""
    said = (
        select(YearAsk)
        .where(YearAsk.unit_id == unit_id, YearAsk.year == year, YearAsk.sort.in_(("elsewhere", "counts")))
        .order_by(YearAsk.at)
    )
    newest = {one.member_id: one for one in session.scalars(said)}
    return [one for one in newest.values() if one.sort == "elsewhere"]


def asked(session: Session, unit_id: UUID, year: int) -> Asked:
    """What the county asked since this branch last told its year."""
    query = select(func.max(YearSettlement.at)).where(
        YearSettlement.unit_id == unit_id, YearSettlement.year == year
    )
    last = session.scalar(query)
    again = select(YearAsk).where(YearAsk.unit_id == unit_id, YearAsk.year == year, YearAsk.sort == "again")
    if last is not None:
        again = again.where(YearAsk.at > last)
    waiting = [one for one in counted_elsewhere(session, unit_id, year) if last is None or one.at > last]
    names = _names(session, unit_id, [one.member_id for one in waiting])
    return Asked(
        [(names.get(one.member_id, ""), one.counts_name) for one in waiting],
        session.scalars(again.order_by(YearAsk.at)).all(),
    )


def _names(session: Session, unit_id: UUID, members: Collection[UUID]) -> dict[UUID, str]:
    query = select(Member.id, Member.name).where(Member.unit_id == unit_id, Member.id.in_(members))
    return {row.id: row.name for row in session.execute(query)}
