"""Making batches by hand, honest and not."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

import msgspec

from shared.sync.batch import MANIFEST, Batch, describe, pack
from shared.sync.calls import Reply
from shared.sync.direct import DirectTransport
from shared.sync.envelope import GENESIS, Envelope, Header, by_stream, seal
from shared.sync.keys import PrivateKey
from shared.sync.messages import Answer, Receipt, Refusal
from shared.sync.node import Node
from shared.sync.signed import sign
from shared.sync.streams import upward
from tests.sync.world import START


def chain(
    unit: UUID,
    words: Sequence[str],
    *,
    after: Envelope | None = None,
    epoch: int = 1,
    subject: UUID | None = None,
    kind: str = "test.said",
    version: int = 1,
) -> list[Envelope]:
    """Envelopes of one upward stream, following `after`."""
    made: list[Envelope] = []
    for word in words:
        payload = msgspec.json.encode({"words": word, "salt": ""})
        prev, seq = (after.hash, after.header.seq + 1) if after else (GENESIS, 1)
        digest = sha256(payload).digest()
        header = Header(upward(unit).name, epoch, seq, prev, kind, version, subject or unit, digest, START)
        after = seal(header, payload)
        made.append(after)
    return made


def batch(node: UUID, key: PrivateKey, number: int, *runs: Sequence[Envelope]) -> Batch:
    """A signed batch of runs."""
    items = [envelope.item for run in runs for envelope in run]
    body = pack(items)
    manifest = describe(number, body, by_stream(items), START)
    return Batch(sign(key, node, MANIFEST, manifest), body)


def post(parent: Node, sent: Batch) -> tuple[int, Receipt | Refusal]:
    """Post a batch; the status and what the parent says."""
    status, raw = DirectTransport(parent).call("/sync/batch", msgspec.msgpack.encode(sent), {})
    answer = msgspec.msgpack.decode(msgspec.msgpack.decode(raw, type=Reply).answer.content, type=Answer)
    form: type[Receipt | Refusal] = Receipt if status == 200 else Refusal
    return status, msgspec.msgpack.decode(answer.body, type=form)
