"""Sealing: drafts get gapless numbers and hashes under the locked head, in outbox order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from shared.sync.envelope import Envelope, Header, seal
from shared.sync.records import BEHIND, FORKED, OUT, Draft, Head
from shared.sync.store import Ledger
from shared.sync.streams import parse


def seal_drafts(ledger: Ledger, streams: Iterable[str], limit: int) -> int:
    """Seal up to `limit` drafts of each stream; how many. A stream that is BEHIND or FORKED waits."""
    heads = ledger.open_heads([Head.fresh(parse(name), OUT) for name in sorted(streams)])
    rows: list[tuple[int, Envelope]] = []
    for head in heads.values():
        if head.state not in (BEHIND, FORKED):
            rows += _seal_stream(head, ledger.drafts(head.stream, limit))
    ledger.mark_sealed(rows)
    ledger.save_heads(heads.values())
    return len(rows)


def _seal_stream(head: Head, drafts: Sequence[Draft]) -> Iterator[tuple[int, Envelope]]:
    for draft in drafts:
        envelope = place(head, draft)
        head.seq, head.hash = envelope.header.seq, envelope.hash
        yield draft.id, envelope


def place(head: Head, draft: Draft) -> Envelope:
    """The draft as the envelope that follows the head."""
    header = Header(
        stream=head.stream,
        epoch=head.epoch,
        seq=head.seq + 1,
        prev=head.hash,
        kind=draft.kind,
        version=draft.version,
        unit=draft.unit,
        digest=sha256(draft.payload).digest(),
        created_at=draft.created_at,
    )
    return seal(header, draft.payload)
