"""How business code speaks to other tiers: a row in its own transaction, sealed and sent by a job later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from shared.kit.db import Database, after_commit
from shared.sync.models import Outbox
from shared.sync.streams import Stream, downward, upward

LARGEST_PAYLOAD = 2 * 2**20
_encode = msgspec.json.Encoder().encode
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
    _add(session, upward(origin), unit, body, at, kind)
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
    _add(session, downward(origin, target), unit, body, at, kind)


def _add(
    session: Session, stream: Stream, unit: UUID, body: msgspec.Struct, at: datetime, kind: str | None
) -> None:
    payload = _encode(body)
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError(f"a payload of {len(payload)} bytes is larger than {LARGEST_PAYLOAD}")
    name = kind or type(body).KIND  # type: ignore[attr-defined]
    version = getattr(type(body), "VERSION", 1)
    row = {
        "stream": stream.name,
        "kind": name,
        "version": version,
        "unit_id": unit,
        "payload": payload,
        "created_at": at,
    }
    # Inline: nothing is returned, for the ingest role may add what it passes on, but not read it.
    session.connection().execute(insert(Outbox).inline(), row)
