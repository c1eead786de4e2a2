"""How business code speaks to other tiers: a row in its own transaction, sealed and sent by a job later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from shared.kit.db import Database, after_commit
from shared.sync.models import Outbox
from shared.sync.records import Received
from shared.sync.streams import Stream, downward, upward

LARGEST_PAYLOAD = 2 * 2**20
_encode = msgspec.json.Encoder().encode
# Inline: nothing is returned, for the ingest role may add what it passes on, but not read it.
_INSERT = insert(Outbox).inline()
_bells: WeakKeyDictionary[Any, Callable[[str], None]] = WeakKeyDictionary()


def wire_bell(database: Database, ring: Callable[[str], None]) -> None:
    """Ring `push` after every commit on this database that leaves something to send."""
    _bells[database.engine] = ring


def send_up(
    session: Session, origin: UUID, unit: UUID, body: msgspec.Struct, at: datetime, kind: str | None = None
) -> None:
    """Send a fact of `origin` about `unit` (itself or below it) to the tier above.

    `body` is a contract; `kind` is needed where its class serves several kinds. ValueError if too large.
    """
    send_each_up(session, [(origin, unit, body)], at, kind)


def send_each_up(
    session: Session,
    messages: Sequence[tuple[UUID, UUID, msgspec.Struct]],
    at: datetime,
    kind: str | None = None,
) -> None:
    """Several facts, each (origin, unit, body), as `send_up` sends one."""
    _add_up(session, [_row(upward(origin), unit, body, at, kind) for origin, unit, body in messages])


def pass_up(session: Session, origin: UUID, unit: UUID, item: Received, at: datetime) -> None:
    """Send up, about `unit`, what came from below as it came: in its version, byte for byte."""
    _add_up(session, [_as_it_came(upward(origin), unit, item, at)])


def _add_up(session: Session, rows: Sequence[dict[str, object]]) -> None:
    _add(session, rows)
    ring = _bells.get(session.get_bind())
    if ring is not None:
        after_commit(session, "sync.push", lambda: ring("push"))


def publish_down(
    session: Session,
    origin: UUID,
    target: UUID | None,
    unit: UUID,
    body: msgspec.Struct,
    at: datetime,
    kind: str | None = None,
) -> None:
    """Publish as `origin` to one unit below (`target`), or to everything below it (None)."""
    publish_each_down(session, [(origin, target, unit, body)], at, kind)


def publish_each_down(
    session: Session,
    messages: Sequence[tuple[UUID, UUID | None, UUID, msgspec.Struct]],
    at: datetime,
    kind: str | None = None,
) -> None:
    """Several publications, each (origin, target, unit, body), as `publish_down` publishes one."""
    rows = [_row(downward(origin, target), unit, body, at, kind) for origin, target, unit, body in messages]
    _add(session, rows)


def pass_down(session: Session, origin: UUID, target: UUID, unit: UUID, item: Received, at: datetime) -> None:
    """Publish to `target` what came from above or beside as it came: in its version, byte for byte."""
    _add(session, [_as_it_came(downward(origin, target), unit, item, at)])


def _as_it_came(stream: Stream, unit: UUID, item: Received, at: datetime) -> dict[str, object]:
    """A reader that knows this version only takes neither a newer one nor fields it does not know."""
    return {
        "stream": stream.name,
        "kind": item.kind,
        "version": item.version,
        "unit_id": unit,
        "payload": item.payload,
        "created_at": at,
    }


def _row(
    stream: Stream, unit: UUID, body: msgspec.Struct, at: datetime, kind: str | None
) -> dict[str, object]:
    payload = _encode(body)
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError(f"a payload of {len(payload)} bytes is larger than {LARGEST_PAYLOAD}")
    name = kind or type(body).KIND  # type: ignore[attr-defined]
    version = getattr(type(body), "VERSION", 1)
    return {
        "stream": stream.name,
        "kind": name,
        "version": version,
        "unit_id": unit,
        "payload": payload,
        "created_at": at,
    }


def _add(session: Session, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        session.connection().execute(_INSERT, rows)
