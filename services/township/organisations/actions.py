"""The township decides what branches filed about themselves, and enters deductions for another to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.township.organisations.models import TABLES, OrganisationEntry, OrganisationWord
from shared.contracts.organisations import OrganisationDecided
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import among
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.organisations.entering import enter, keep_entries, keep_words
from shared.organisations.ledger import Standing, standings
from shared.rules.points.claims import Claimed, worth
from shared.sync.outbox import publish_down
from shared.sync.records import Received
from shared.sync.years import MemberYear

REASON_LENGTH = 200


@dataclass(frozen=True)
class Seen:
    """An entry as the person saw it; `points` (hundredths) only for items with a range."""

    id: UUID
    version: int
    points: int | None = None


def branch_of(session: Session, unit_id: UUID) -> Unit:
    """A branch in scope; raises Absent."""
    unit = session.get(Unit, unit_id)
    if unit is None or unit.level != "branch":
        raise Absent
    return unit


def approve(session: Session, actor: SignedIn, year: MemberYear, seen: Sequence[Seen], now: datetime) -> int:
    """Approve entries, all or none; how many. Raises Refused: changed since, one's own, faulty, unheard."""
    held = _held(session, actor, year, seen, "waiting")
    points = [_worth(one, given, now) for one, given in zip(held, seen, strict=True)]
    for one, hundredths in zip(held, points, strict=True):
        _say(session, actor, one, "approved", hundredths, "", now)
    return len(held)


def give_back(
    session: Session, actor: SignedIn, year: MemberYear, seen: Sequence[Seen], reason: str, now: datetime
) -> int:
    """Return entries with a reason (a deduction: let it drop). Raises Refused, Absent."""
    return _end(session, actor, year, seen, "waiting", "returned", reason, now)


def strike(
    session: Session, actor: SignedIn, year: MemberYear, seen: Sequence[Seen], reason: str, now: datetime
) -> int:
    """Take approved entries back with a reason: they count no more. Raises Refused, Absent."""
    return _end(session, actor, year, seen, "approved", "struck", reason, now)


def deduct(
    session: Session, actor: SignedIn, unit_id: UUID, year: MemberYear, given: Claimed, now: datetime
) -> bool:
    """Enter a deduction; the branch is heard and another person decides. Raises Unclaimable, Absent."""
    unit = branch_of(session, unit_id)
    body = enter(session, TABLES, actor, unit.id, year, given, now, above=True)
    if body is None:
        return False
    assert unit.parent_id is not None
    publish_down(session, unit.parent_id, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "organisation.deduct", given.id)
    return True


def _end(
    session: Session,
    actor: SignedIn,
    year: MemberYear,
    seen: Sequence[Seen],
    before: str,
    kind: str,
    reason: str,
    now: datetime,
) -> int:
    if not reason.strip():
        raise Refused(N_("请写明理由，支部会看到。"))
    held = _held(session, actor, year, seen, before)
    for one in held:
        _say(session, actor, one, kind, None, reason.strip()[:REASON_LENGTH], now)
    return len(held)


def _worth(one: Standing, given: Seen, now: datetime) -> int:
    """Hundredths before caps as decided. Raises Refused."""
    item = one.item
    if item is None or one.entry.fault:
        raise Refused(N_("按积分办法不能报的，只能退回。"))
    if one.entry.above and not one.reply and civil(now).date() <= one.heard_by:
        raise Refused(N_("扣分要先听支部说明，支部可在 %(until)s 前说明，之后再定。"), until=one.heard_by)
    try:
        return worth(item, one.entry.times, given.points if item.ranged else None)
    except ValueError as error:
        raise Refused(N_("“%(item)s”的分数不在规定范围内。"), item=item.name) from error


def _held(
    session: Session, actor: SignedIn, year: MemberYear, seen: Sequence[Seen], state: str
) -> list[Standing]:
    """The entries in the order chosen, nobody else deciding; refused unless each stands as it was seen."""
    if not seen:
        raise Refused(N_("请先勾选要办理的申报。"))
    for key in sorted(f"organisation/{one.id}" for one in seen):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    query = select(OrganisationEntry.unit_id).where(among(OrganisationEntry.id, [one.id for one in seen]))
    units = set(session.scalars(query))
    found = {one.entry.id: one for one in standings(session, TABLES, year.organisations, year.year, units)}
    for one in seen:
        standing = found.get(one.id)
        if standing is None:
            raise Absent
        if standing.state != state or standing.version != one.version:
            raise Refused(N_("有申报刚刚被别人办理过，没有改动任何一条。请刷新后再办。"))
        if state == "waiting" and standing.entry.by_id == actor.account_id:
            raise Refused(N_("自己登记的扣分要由另一位同志来定。"))
    return [found[one.id] for one in seen]


def _say(
    session: Session,
    actor: SignedIn,
    one: Standing,
    kind: str,
    points: int | None,
    reason: str,
    now: datetime,
) -> None:
    unit = session.get_one(Unit, one.entry.unit_id)
    assert unit.parent_id is not None
    made = OrganisationWord(
        id=new_id(),
        entry_id=one.entry.id,
        unit_id=unit.id,
        kind=kind,
        points=points,
        text=reason,
        by=actor.name,
        by_id=actor.account_id,
        at=now,
    )
    session.add(made)
    session.flush()
    body = OrganisationDecided(
        made.id, made.entry_id, unit.id, kind, points, reason, made.by, now.isoformat()
    )
    publish_down(session, unit.parent_id, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, f"organisation.{kind}", str(made.entry_id))


def receive_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What branches filed, each looked at again by the rule."""
    keep_entries(session, TABLES, received, above=False)


def receive_replies(session: Session, received: Sequence[Received], now: datetime) -> None:
    """What branches say to deductions."""
    keep_words(session, TABLES, received, "reply")


def recover_entries(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own deductions that branches still hold, after this database was restored to before them."""
    keep_entries(session, TABLES, received, above=True)


def recover_decisions(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own decisions, likewise."""
    keep_words(session, TABLES, received)
