"""Envelopes: a header in a hash chain, and the exact payload bytes its digest covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from shared.sync.refusal import Refused

GENESIS = bytes(32)
"""The hash before the first envelope of every stream."""


class Header(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is hashed and chained. No sealing time: sealing the same draft twice gives the same bytes."""

    stream: str
    epoch: int
    seq: int
    prev: bytes
    kind: str
    version: int
    unit: UUID
    digest: bytes
    created_at: datetime


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One envelope as it travels and as it is stored: header bytes and payload bytes, never re-encoded."""

    header: bytes
    payload: bytes


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """An item read: its header, its hash (sha256 over the header bytes) and the bytes themselves."""

    header: Header
    hash: bytes
    item: Item


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Header).decode


def seal(header: Header, payload: bytes) -> Envelope:
    """Fix a header's bytes and their hash."""
    raw = _encode(header)
    return Envelope(header, sha256(raw).digest(), Item(raw, payload))


def open_item(item: Item) -> Envelope:
    """Read one item; Refused (400) if its header cannot be read or its payload is not the digested one."""
    try:
        header = _decode(item.header)
    except msgspec.MsgspecError as error:
        raise Refused(400, "an envelope header cannot be read") from error
    if sha256(item.payload).digest() != header.digest:
        raise Refused(400, f"payload digest differs at {header.stream} {header.seq}")
    return Envelope(header, sha256(item.header).digest(), item)


def by_stream(items: Iterable[Item]) -> dict[str, list[Envelope]]:
    """Group items by stream, each checked to be one unbroken run; Refused (400) otherwise."""
    runs: dict[str, list[Envelope]] = {}
    for item in items:
        envelope = open_item(item)
        run = runs.setdefault(envelope.header.stream, [])
        if run:
            check_link(run[-1].header.epoch, run[-1].header.seq, run[-1].hash, envelope)
        run.append(envelope)
    return runs


def check_link(epoch: int, seq: int, tip: bytes, following: Envelope) -> None:
    """The next envelope continues (epoch, seq, hash of the tip); Refused (400) if not."""
    header = following.header
    if header.seq != seq + 1 or header.prev != tip or header.epoch < epoch:
        raise Refused(400, f"the chain of {header.stream} breaks at {header.seq}")


def weight(items: Sequence[Item]) -> int:
    """Bytes the items take before compression."""
    return sum(len(item.header) + len(item.payload) for item in items)
