"""The tier above decides what units filed about themselves, and enters deductions for another to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, func, literal, select
from sqlalchemy.orm import Session

from shared.contracts.organisations import OrganisationDecided
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import among, insert_rows
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.persons import same_person
from shared.kit.units import Unit
from shared.organisations.entering import enter
from shared.organisations.gathering import units_of
from shared.organisations.ledger import Standing, Tables, standings
from shared.rules.points.claims import Claimed, worth
from shared.sync.outbox import publish_down, publish_each_down
from shared.sync.years import MemberYear

REASON_LENGTH = 200


@dataclass(frozen=True)
class Seen:
    """An entry as the person saw it; `points` (hundredths) only for items with a range."""

    id: UUID
    version: int
    points: int | None = None


@dataclass(frozen=True)
class Above:
    """Who decides: the unit whose units these are, the year, and where entries are kept."""

    pool: Unit
    year: MemberYear
    tables: Tables


def unit_below(session: Session, pool: Unit, unit_id: UUID) -> Unit:
    """A unit that this one decides about; raises Absent."""
    unit = next((one for one in units_of(session, pool) if one.id == unit_id), None)
    if unit is None:
        raise Absent
    return unit


def approve(session: Session, above: Above, actor: SignedIn, seen: Sequence[Seen], now: datetime) -> int:
    """Approve entries, all or none; how many. Raises Refused: changed since, one's own, faulty, unheard."""
    held = _held(session, above, actor, seen, "waiting")
    points = [_worth(one, given, now) for one, given in zip(held, seen, strict=True)]
    _say(session, above, actor, list(zip(held, points, strict=True)), "approved", "", now)
    return len(held)


def give_back(
    session: Session, above: Above, actor: SignedIn, seen: Sequence[Seen], reason: str, now: datetime
) -> int:
    """Return entries with a reason (a deduction: let it drop). Raises Refused, Absent."""
    return _end(session, above, actor, seen, "waiting", "returned", reason, now)


def strike(
    session: Session, above: Above, actor: SignedIn, seen: Sequence[Seen], reason: str, now: datetime
) -> int:
    """Take approved entries back with a reason: they count no more. Raises Refused, Absent."""
    return _end(session, above, actor, seen, "approved", "struck", reason, now)


def deduct(
    session: Session, above: Above, actor: SignedIn, unit_id: UUID, given: Claimed, now: datetime
) -> bool:
    """Enter a deduction; the branch is heard and another person decides. Raises Unclaimable, Absent."""
    unit = unit_below(session, above.pool, unit_id)
    body = enter(session, above.tables, actor, unit.id, above.year, given, now, above=True)
    if body is None:
        return False
    assert unit.parent_id is not None
    publish_down(session, unit.parent_id, unit.id, unit.id, body, now)
    audit.record(session, now, actor.account_id, unit.id, "organisation.deduct", given.id)
    return True


def _end(
    session: Session,
    above: Above,
    actor: SignedIn,
    seen: Sequence[Seen],
    before: str,
    kind: str,
    reason: str,
    now: datetime,
) -> int:
    if not reason.strip():
        raise Refused(N_("请写明理由，支部会看到。"))
    held = _held(session, above, actor, seen, before)
    _say(session, above, actor, [(one, None) for one in held], kind, reason.strip()[:REASON_LENGTH], now)
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
    session: Session, above: Above, actor: SignedIn, seen: Sequence[Seen], state: str
) -> list[Standing]:
    """The entries in the order chosen, nobody else deciding; refused unless each stands as it was seen."""
    if not seen:
        raise Refused(N_("请先勾选要办理的申报。"))
    names = literal(sorted(f"organisation/{one.id}" for one in seen), ARRAY(Text))
    keys = func.unnest(names).column_valued("key")
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(keys, 0))))
    entry, year = above.tables.entry, above.year
    query = select(entry.unit_id).where(among(entry.id, [one.id for one in seen]))
    # Its own entries are the tier above's to decide.
    units = set(session.scalars(query)) & {one.id for one in units_of(session, above.pool)}
    rows = standings(session, above.tables, year.organisations, year.year, units)
    found = {one.entry.id: one for one in rows}
    for one in seen:
        standing = found.get(one.id)
        if standing is None:
            raise Absent
        if standing.state != state or standing.version != one.version:
            raise Refused(N_("有申报刚刚被别人办理过，没有改动任何一条。请刷新后再办。"))
        if state == "waiting" and same_person(session, actor, standing.entry.by_id, standing.entry.by):
            raise Refused(N_("自己登记的扣分要由另一位同志来定。"))
    return [found[one.id] for one in seen]


def _say(
    session: Session,
    above: Above,
    actor: SignedIn,
    decided: Sequence[tuple[Standing, int | None]],
    kind: str,
    reason: str,
    now: datetime,
) -> None:
    """The same word on each, with its points; every unit is told."""
    rows = [
        {
            "id": new_id(),
            "entry_id": one.entry.id,
            "unit_id": one.entry.unit_id,
            "kind": kind,
            "points": points,
            "text": reason,
            "by": actor.name,
            "by_id": actor.account_id,
            "at": now,
        }
        for one, points in decided
    ]
    insert_rows(session, above.tables.word, rows)
    at = now.isoformat()
    publish_each_down(
        session,
        [
            (
                above.pool.id,
                row["unit_id"],
                row["unit_id"],
                OrganisationDecided(
                    row["id"], row["entry_id"], row["unit_id"], kind, row["points"], reason, actor.name, at
                ),
            )
            for row in rows
        ],
        now,
    )
    acts = [(row["unit_id"], str(row["entry_id"])) for row in rows]
    audit.record_each(session, now, actor.account_id, f"organisation.{kind}", acts)
