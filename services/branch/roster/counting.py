"""What of a member counts towards a year, and who may change it when.

Nobody changes it of himself. From the day a year is over until the township has confirmed it, two people do
(`asks`); once its grades are shown nobody does of those graded; once its members' ballot is held nobody comes
on its last roster who does not stand on it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.appraisal.models import GradeLine
from services.branch.appraisal.state import hold_year, newest_filing, newest_run, publicity_of
from services.branch.ballots.boxes import hold_boxes, live_box
from services.branch.roster.models import Member
from services.branch.transfers.reading import records, transfers
from shared.contracts.documents import YearClosed, YearOpened
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.sync.publications import documents, latest

COUNTING = ("status", "field", "exempt", "joined_on", "since")
HIMSELF = N_(
    "状态、领域、免除硬性要求和日期关系到年度评议，不能自己改自己的，也不能把自己移出或者恢复。"
    "请由支部其他同志办理。"
)
ARRIVED = N_("%(name)s 是转接来的，到本支部的日期就是转接生效的日期，不能改。")
SHOWN = N_(
    "%(year)s 年度评议结果正在公示或者等上级审定，%(name)s 的这些信息现在不能改。"
    "请先请乡镇退回，或者在审定以后再改。"
)
UNVOTED = {
    "open": N_(
        "%(year)s 年度党员测评的票箱已经打开，票上没有 %(name)s，不能再进入 %(last)s 的名册。"
        "请先作废票箱，改好名册再重新开箱；也可以从 %(next)s 起算。"
    ),
    "counted": N_(
        "%(year)s 年度党员测评已经计票，票上没有 %(name)s，不能再进入 %(last)s 的名册。请从 %(next)s 起算。"
    ),
}
BY_TWO = N_(
    "%(year)s 年度评议还没有审定，%(name)s 的这项改动要两个人办："
    "请在本人页面上提出，写明理由，由另一位同志确认。"
)


class ByTwo(Refused):
    """Another person has to confirm it: one asks, with a reason."""

    def __init__(self, name: str, year: int) -> None:
        super().__init__(BY_TWO, name=name, year=year)


@dataclass(frozen=True)
class Spell:
    """A membership: from `since` on, before `until`."""

    since: date
    until: date | None = None

    def touches(self, year: int) -> bool:
        """Whether any day of the year lies in it."""
        return self.since <= date(year, 12, 31) and (self.until is None or self.until > date(year, 1, 1))

    def has_end(self, year: int) -> bool:
        """Whether the year's last day lies in it."""
        last = date(year, 12, 31)
        return self.since <= last and (self.until is None or self.until > last)


@dataclass(frozen=True)
class EndedYear:
    """A year that is over and not closed. `shown`: whose grades are shown or lie with the upper tiers.

    `ballot`: who stands on the members' ballot, None if there is none; `before`: who left by a transfer.
    """

    year: int
    confirmed: bool
    shown: frozenset[UUID]
    box: str
    ballot: frozenset[UUID] | None
    before: frozenset[UUID]


@dataclass(frozen=True)
class Change:
    """What would become of one membership; None where there is none before or nothing counts after."""

    member_id: UUID
    name: str
    before: Spell | None
    after: Spell | None


def himself(actor: SignedIn, member: Member) -> bool:
    """Whether the member is who acts; an account without a card is told by its name."""
    if actor.person_id is None:
        return actor.name == member.name
    return actor.person_id == member.id


def require_other(actor: SignedIn, member: Member) -> None:
    """Nobody changes what counts of himself. Raises Refused."""
    if himself(actor, member):
        raise Refused(HIMSELF)


def counted(member: Member, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What of a change counts: name → (from, to)."""
    return {
        name: (getattr(member, name), values[name])
        for name in COUNTING
        if name in values and getattr(member, name) != values[name]
    }


def ended_years(session: Session, unit: Unit, now: datetime) -> list[EndedYear]:
    """Years that are over and not closed, as they stand here. A general branch has no members of its own."""
    if unit.is_general:
        return []
    opened = {one.year for one in documents(session, YearOpened)}
    ended = sorted(one for one in opened if one < civil(now).year)
    return [
        _year(session, unit.id, one) for one in ended if latest(session, YearClosed, f"year/{one}") is None
    ]


def unconfirmed(years: Collection[EndedYear]) -> int | None:
    """The first of them that the township has not confirmed, or None."""
    return next((one.year for one in years if not one.confirmed), None)


def hold_years(session: Session, unit: Unit, now: datetime) -> list[EndedYear]:
    """The same, and until we commit nobody goes on with their appraisals."""
    found = ended_years(session, unit, now)
    for one in found:
        hold_year(session, unit.id, one.year)
    if found:
        hold_boxes(session, unit.id)
        found = ended_years(session, unit, now)
    return found


def _year(session: Session, unit_id: UUID, year: int) -> EndedYear:
    filing = newest_filing(session, unit_id, year)
    confirmed = bool(filing and filing[1] and filing[1].verdict == "confirmed")
    run = newest_run(session, unit_id, year)
    shown = frozenset[UUID]()
    if run is not None and not confirmed and publicity_of(session, run) is not None:
        shown = frozenset(session.scalars(select(GradeLine.member_id).where(GradeLine.run_id == run.id)))
    box = live_box(session, unit_id, year, "members")
    return EndedYear(
        year,
        confirmed,
        shown,
        box.state if box else "",
        frozenset(map(UUID, box.subjects)) if box else None,
        _before(session, unit_id, year),
    )


def _before(session: Session, unit_id: UUID, year: int) -> frozenset[UUID]:
    """Who left by a transfer and belonged here in the year, whether or not they are back."""
    return frozenset(
        one.member_id
        for one in transfers(session, unit_id)
        if one.out and one.state == "closed" and one.closed is not None
        if Spell(date.fromisoformat(one.closed.card.since), date.fromisoformat(one.closed.since)).touches(
            year
        )
    )


def weigh(years: Collection[EndedYear], change: Change) -> int | None:
    """The year for whose sake two people are needed, or None. Raises Refused: grades shown, ballot held."""
    by_two = None
    for one in years:
        spells = [spell for spell in (change.before, change.after) if spell is not None]
        if not (change.member_id in one.before or any(spell.touches(one.year) for spell in spells)):
            continue
        if change.member_id in one.shown:
            raise Refused(SHOWN, name=change.name, year=one.year)
        _require_on_ballot(one, change)
        if not one.confirmed:
            by_two = one.year
    return by_two


def _require_on_ballot(one: EndedYear, change: Change) -> None:
    was = change.before is not None and change.before.has_end(one.year)
    becomes = change.after is not None and change.after.has_end(one.year)
    if one.ballot is None or was or not becomes or change.member_id in one.ballot:
        return
    last, first = date(one.year, 12, 31), date(one.year + 1, 1, 1)
    raise Refused(UNVOTED[one.box], name=change.name, year=one.year, last=last, next=first)


def weigh_edit(
    session: Session, actor: SignedIn, years: Collection[EndedYear], member: Member, values: Mapping[str, Any]
) -> int | None:
    """The year for whose sake this edit needs two people, or None.

    Raises Refused: of oneself, the day of a transfer, and as `weigh`.
    """
    found = counted(member, values)
    if not found:
        return None
    require_other(actor, member)
    if "since" in found and member.id in records(session, member.unit_id):
        raise Refused(ARRIVED, name=member.name)
    after = Spell(values.get("since", member.since), member.until)
    return weigh(years, Change(member.id, member.name, Spell(member.since, member.until), after))


def weigh_leave(years: Collection[EndedYear], member: Member, until: date) -> int | None:
    """The same of taking somebody off: a day after the year is over leaves it alone."""
    touched = [one for one in years if until <= date(one.year, 12, 31)]
    after = Spell(member.since, until)
    return weigh(touched, Change(member.id, member.name, Spell(member.since, member.until), after))


def weigh_back(years: Collection[EndedYear], member: Member, since: date | None = None) -> int | None:
    """The same of taking somebody back, as a member from `since` on; a leaving after it left it alone."""
    touched = [one for one in years if member.until is not None and member.until <= date(one.year, 12, 31)]
    before, after = Spell(member.since, member.until), Spell(since or member.since)
    return weigh(touched, Change(member.id, member.name, before, after))


def back_only_from(years: Collection[EndedYear], member: Member) -> date | None:
    """From when somebody who left may be a member again, where a ballot was held without him."""
    found = [
        date(one.year + 1, 1, 1)
        for one in years
        if one.ballot is not None and member.id not in one.ballot
        if member.until is not None and member.until <= date(one.year, 12, 31)
    ]
    return max(found, default=None)


def weigh_enter(years: Collection[EndedYear], member_id: UUID, name: str, since: date) -> int | None:
    """The same of entering somebody new."""
    return weigh(years, Change(member_id, name, None, Spell(since)))
