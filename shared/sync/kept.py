"""What arrived, as the stream kept it: to be compared with what was made of it."""

from collections.abc import Callable, Collection
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kit.db import among
from shared.sync.envelope import Item, open_item
from shared.sync.models import Inbox
from shared.sync.refusal import Refused

Body = TypeVar("Body")
# Envelopes read in one round trip.
_AT_ONCE = 200


def arrived(
    session: Session,
    kind: str,
    body: type[Body],
    what: Callable[[Body, bytes], tuple[UUID, bytes]],
    units: Collection[UUID] | None = None,
) -> dict[UUID, set[str]]:
    """By id, SHA-256 of every original that envelopes of a kind brought; `units` None: of everybody in scope.

    `what` takes id and original out of a body and its bytes. An envelope whose own bytes are no longer
    those of its hash brought nothing.
    """
    read = msgspec.json.Decoder(body).decode
    query = select(Inbox.header, Inbox.payload, Inbox.hash).where(Inbox.kind == kind)
    if units is not None:
        query = query.where(among(Inbox.unit_id, units))
    found: dict[UUID, set[str]] = {}
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        try:
            envelope = open_item(Item(row.header, row.payload))
            known, original = what(read(row.payload), row.payload)
        except (Refused, msgspec.MsgspecError):
            continue
        if envelope.hash == row.hash:
            found.setdefault(known, set()).add(sha256(original).hexdigest())
    return found


def otherwise(arrived_by_id: dict[UUID, set[str]], known: UUID, original: bytes) -> str:
    """'' where these bytes are what arrived, else how they differ from it."""
    brought, stored = arrived_by_id.get(known, set()), sha256(original).hexdigest()
    if stored in brought:
        return ""
    if not brought:
        return "the stream keeps no envelope that brought it"
    return f"not the bytes that arrived: {stored[:12]} ≠ {min(brought)[:12]}"
