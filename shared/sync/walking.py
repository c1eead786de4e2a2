"""The audit chain read row by row: links, signed runs, events without a seal. Finds, and judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.audit import EVENT, GENESIS, PRINT, AuditEvent, AuditSeal, Stone, link
from shared.sync.anchors import read_stone
from shared.sync.refusal import Untrusted
from shared.sync.signed import KeyFinder, read

AT_ONCE = 2000
PIECE = 10_000
"""Links worked out by one statement, or in one job: half a second or so."""


@dataclass(frozen=True, slots=True)
class Bad:
    """The first row that is wrong: its seal's number, its event's where there is one, and what is wrong.

    `until`: with the seals up to this one it cannot be told, for their signature is gone; 0: it is certain.
    """

    seal: int
    event: int | None
    words: str
    until: int = 0


@dataclass(slots=True)
class Walk:
    """What the links tell: the last seal, the first bad row, hash and highest event at the numbers asked for.

    `late`: seals of an event numbered lower than one sealed before it (seal, event). `begun`: a row was read;
    `previous`, `high`: the hash and the highest event up to there.
    """

    wanted: frozenset[int]
    begun: bool = False
    end: int = 0
    previous: bytes = GENESIS
    high: int = 0
    bad: Bad | None = None
    hashes: dict[int, bytes] = field(default_factory=dict)
    highest: dict[int, int] = field(default_factory=dict)
    late: list[tuple[int, int]] = field(default_factory=list)


def walk(session: Session, marks: Iterable[int]) -> Walk:
    """Work every link out again from the first row."""
    found = Walk(frozenset(marks))
    while go_on(session, found):
        pass
    return found


def go_on(session: Session, found: Walk, most: int = PIECE) -> bool:
    """Work the next links out, `most` of them; whether there may be more."""
    query = select(AuditSeal.seq, AuditSeal.event_id, AuditSeal.hash, *EVENT)
    query = query.outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id).order_by(AuditSeal.seq)
    if found.begun:  # at first no row is left out, whatever its number
        query = query.where(AuditSeal.seq > found.end)
    left = most
    for row in session.execute(query.limit(most).execution_options(yield_per=AT_ONCE)):
        _take(found, row)
        left -= 1
    return left == 0


def _take(found: Walk, row: Any) -> None:
    if found.bad is None:
        found.bad = _wrong(row, found.end + 1, found.previous)
    if found.bad is None:
        if row.event_id < found.high:
            found.late.append((row.seq, row.event_id))
        found.high = max(found.high, row.event_id)
        if row.seq in found.wanted:
            found.hashes[row.seq], found.highest[row.seq] = row.hash, found.high
    found.begun, found.previous, found.end = True, row.hash, row.seq


def _wrong(row: Any, expected: int, previous: bytes) -> Bad | None:
    if row.seq != expected:
        return Bad(expected, None, f"seal {expected} is missing")
    if row.id is None:
        return Bad(row.seq, row.event_id, f"event {row.event_id} (seal {row.seq}) is missing")
    if link(previous, row) != row.hash:
        return Bad(row.seq, row.event_id, f"event {row.event_id} (seal {row.seq}) does not match its seal")
    return None


def unsigned(session: Session, after: int, find: KeyFinder) -> Bad | None:
    """The first seal behind `after` that is not the one which was signed.

    `after` is 0 or a signed run's end. None also where no seal was ever signed: the chain is older than that.
    """
    query = select(AuditSeal.seq, AuditSeal.event_id, AuditSeal.hash, AuditSeal.prints, AuditSeal.proof)
    query = query.where(AuditSeal.seq > after).order_by(AuditSeal.seq)
    rows: list[Any] = []
    signed, odd = after > 0, ""
    with session.execute(query.execution_options(yield_per=AT_ONCE)) as found:
        for row in found:
            rows.append(row)
            if row.proof is None:
                continue
            signed = True
            stone, why = stone_in(row.proof, find)
            if stone is None or rows[0].seq != stone.first:
                odd = odd or why  # its own may still follow
                continue
            bad = _reprinted(rows, row.prints, stone)
            if bad is not None:
                return bad
            rows, odd = [], ""
    if not rows or not signed:
        return None
    first, last = rows[0], rows[-1]
    stretch = f"seal {first.seq}" if first is last else f"one of the seals {first.seq} to {last.seq}"
    words = f"{stretch} was written anew: {odd}" if odd else f"{stretch} is not what was signed"
    return Bad(first.seq, first.event_id, words, 0 if odd else last.seq)


def sealed_later(session: Session, after: int, until: int, at: datetime, find: KeyFinder) -> Stone | None:
    """The first run behind `after` that begins at `until` or before and was signed later than `at`."""
    query = select(AuditSeal.proof).where(AuditSeal.seq > after, AuditSeal.proof.is_not(None))
    with session.execute(query.order_by(AuditSeal.seq).execution_options(yield_per=AT_ONCE)) as found:
        for row in found:
            stone, _ = stone_in(row.proof, find)
            if stone is not None and stone.first > until:
                return None
            if stone is not None and stone.at > at:
                return stone
    return None


def stone_in(proof: bytes, find: KeyFinder) -> tuple[Stone | None, str]:
    """What a proof says, or why nothing is given for it."""
    try:
        return read_stone(read(proof), find), ""
    except Untrusted as error:
        return None, str(error)


def _reprinted(rows: Sequence[Any], prints: bytes | None, stone: Stone) -> Bad | None:
    """The first seal of a run that is not as printed when it was signed."""
    if prints is None or sha256(prints).digest() != stone.prints:
        words = f"one of the seals {stone.first} to {stone.seq} was written anew, and their prints"
        unchanged = (rows[-1].seq, rows[-1].hash) == (stone.seq, stone.hash)
        words = f"the prints of the seals {stone.first} to {stone.seq} were changed" if unchanged else words
        return Bad(rows[0].seq, rows[0].event_id, words)
    for place, row in enumerate(rows):
        if row.hash[:PRINT] != prints[PRINT * place : PRINT * (place + 1)]:
            return Bad(row.seq, row.event_id, f"event {row.event_id} (seal {row.seq}) was written anew")
    last = rows[-1]
    if (last.seq, last.hash) != (stone.seq, stone.hash):
        return Bad(last.seq + 1, None, f"seal {last.seq + 1} is missing: others were put in its place")
    return None
