"""Events put into an audit log below what had been sealed long before, and who wrote there by right."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.kit.audit import GRACE, AuditSeal, Stone, unsealed
from shared.sync.signed import KeyFinder
from shared.sync.walking import Bad, Walk, stone_in

AT_ONCE = 100


class Vouched(NamedTuple):
    """A countersigned seal: the highest event up to it, its number, when its own node had sealed it."""

    event: int
    seq: int
    sealed: datetime


def put_in(session: Session, found: Walk, old: Sequence[Vouched], floor: int, find: KeyFinder) -> Bad | None:
    """The first event put in below what had been sealed long before.

    `old`: what was countersigned, ascending. `floor`: below this number every event must have been sealed.
    """
    without = session.scalar(select(func.min(unsealed().subquery().c.id))) if floor else None
    if without is not None and without < floor:
        return Bad(
            found.end + 1, without, f"event {without} was put in later: events after it had been sealed"
        )
    for seal, event in found.late:
        place = bisect_left(old, event, key=lambda one: one.event)
        if place == len(old) or old[place].seq >= seal:
            continue  # nobody vouches that a later event had been sealed before
        if not _in_time(session, seal, old, old[place].sealed, find):
            return Bad(
                seal, event, f"event {event} (seal {seal}) was put in later, below events sealed before"
            )
    return None


def _in_time(session: Session, seal: int, old: Sequence[Vouched], since: datetime, find: KeyFinder) -> bool:
    """Whether who wrote while a later event was sealed, `since` at the latest, may have ended only now."""
    stone = stone_of(session, seal, find)
    if stone is None or stone.at <= since + GRACE:
        return True
    begun = stone.watching
    if begun is None or stone.at >= begun + GRACE:
        return False
    # Nobody looked between the last run and `begun`; what is countersigned tells it too if proofs are gone.
    ends = [one.sealed for one in old if one.seq < seal and one.sealed < begun]
    last = _last_before(session, stone.first, begun, find)
    return since + GRACE >= max([*ends, *([last] if last else [])], default=since)


def _last_before(session: Session, first: int, begun: datetime, find: KeyFinder) -> datetime | None:
    """When the last run was sealed of those in front of seal `first` and earlier than `begun`."""
    query = select(AuditSeal.proof).where(AuditSeal.seq < first, AuditSeal.proof.is_not(None))
    with session.execute(query.order_by(AuditSeal.seq.desc()).execution_options(yield_per=AT_ONCE)) as found:
        for row in found:
            stone, _ = stone_in(row.proof, find)
            if stone is not None and stone.at < begun:
                return stone.at
    return None


def stone_of(session: Session, seal: int, find: KeyFinder) -> Stone | None:
    """What was signed of a seal's run; None if nothing was."""
    query = select(AuditSeal.proof).where(AuditSeal.seq >= seal, AuditSeal.proof.is_not(None))
    proof = session.scalar(query.order_by(AuditSeal.seq).limit(1))
    return stone_in(proof, find)[0] if proof else None
