"""Batches: envelopes of many streams under one signed manifest, opened only after it has been verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO

import msgspec
import zstandard

from shared.sync.envelope import Envelope, Item, by_stream
from shared.sync.refusal import Refused
from shared.sync.signed import KeyFinder, Signed, verify

MANIFEST = "manifest"
CONTRACT = 1
"""Version of the protocol's own frames; kinds of payload carry their own."""


class Range(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a batch holds of one stream: first and last number, the last one's epoch and hash."""

    stream: str
    epoch: int
    first: int
    last: int
    hash: bytes


class Manifest(msgspec.Struct, frozen=True, array_like=True):
    """The signed word of a batch; the signing document adds node, key and algorithm."""

    number: int
    digest: bytes
    ranges: list[Range]
    created_at: datetime
    contract: int = CONTRACT


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """A signed manifest and the compressed body its digest covers."""

    manifest: Signed
    body: bytes


class Opened(msgspec.Struct, frozen=True):
    """A verified batch: its manifest and its runs by stream."""

    manifest: Manifest
    signed: Signed
    runs: dict[str, list[Envelope]]


def pack(items: Sequence[Item]) -> bytes:
    """Compress items into a body."""
    return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(items))


def describe(number: int, body: bytes, runs: Mapping[str, Sequence[Envelope]], at: datetime) -> bytes:
    """The manifest's bytes for a body holding these runs."""
    ranges = [_range(stream, run) for stream, run in runs.items()]
    return msgspec.msgpack.encode(Manifest(number, sha256(body).digest(), ranges, at))


def open_body(manifest: Manifest, batch: Batch, limit: int) -> Opened:
    """Decompress at most `limit` bytes under a verified manifest. Refused (400, 413) if anything is amiss."""
    if sha256(batch.body).digest() != manifest.digest:
        raise Refused(400, "the body is not the one the manifest was signed for")
    runs = by_stream(unpack(batch.body, limit))
    if [_range(stream, run) for stream, run in runs.items()] != manifest.ranges:
        raise Refused(400, "the manifest does not describe this body")
    return Opened(manifest, batch.manifest, runs)


def read_manifest(document: Signed, find: KeyFinder) -> Manifest:
    """The manifest of a validly signed document; Untrusted or Refused (400)."""
    try:
        return msgspec.msgpack.decode(verify(document, MANIFEST, find), type=Manifest)
    except msgspec.MsgspecError as error:
        raise Refused(400, "the manifest cannot be read") from error


def unpack(body: bytes, limit: int) -> list[Item]:
    """Items of a body. Reads limit + 1 bytes at most: the frame's declared size is not believed."""
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(BytesIO(body)) as reader:
            raw = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise Refused(400, "the body cannot be decompressed") from error
    if len(raw) > limit:
        raise Refused(413, "the body is larger than allowed when decompressed")
    try:
        return msgspec.msgpack.decode(raw, type=list[Item])
    except msgspec.MsgspecError as error:
        raise Refused(400, "the body cannot be read") from error


def _range(stream: str, run: Sequence[Envelope]) -> Range:
    last = run[-1]
    return Range(stream, last.header.epoch, run[0].header.seq, last.header.seq, last.hash)
