"""Receiving a batch, in one transaction: whose is it? → heads → apply → inbox → heads → receipt.

The same for both directions: a parent receives upward batches, a child receives downward ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.sync.applying import Outcome, apply
from shared.sync.batch import Batch, Opened, open_body, read_manifest
from shared.sync.envelope import Envelope
from shared.sync.messages import Mark, Note, Receipt
from shared.sync.node import Node, known_keys
from shared.sync.records import APPLIED, HELD, IN, QUARANTINED, Head, InboxRow, Peer
from shared.sync.refusal import Refused, Untrusted
from shared.sync.store import Ledger
from shared.sync.streams import parse

OwnershipCheck = Callable[[Ledger, UUID, Mapping[str, Sequence[Envelope]]], None]
"""Raises Refused (403) unless the node may speak on these streams about these units."""


@dataclass(slots=True)
class Sorted:
    """A batch's runs told apart: what is new, and what is refused with a reason."""

    fresh: dict[str, list[Envelope]] = field(default_factory=dict)
    gaps: list[Mark] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)


def open_from(ledger: Ledger, sender: UUID, batch: Batch, limit: int) -> Opened:
    """Verify a batch as the sender's, its number as one its key may sign, then open it."""
    if batch.manifest.node != sender:
        raise Untrusted("the batch is another node's")
    manifest = read_manifest(batch.manifest, known_keys(ledger))
    keys = [key for key in ledger.keys(sender) if key.public.id == batch.manifest.key]
    if not any(key.signs(manifest.number) for key in keys):
        raise Untrusted(f"this key does not sign batch {manifest.number}")
    return open_body(manifest, batch, limit)


def receive(
    node: Node, ledger: Ledger, sender: Peer, opened: Opened, check: OwnershipCheck, now: datetime
) -> Receipt:
    """Take a verified batch in. Refused (403, 409) leaves nothing behind."""
    check(ledger, sender.node, opened.runs)
    heads = ledger.open_heads([Head.fresh(parse(name), IN) for name in sorted(opened.runs)])
    found = sort_runs(ledger, heads, opened.runs)
    if found.fresh and opened.manifest.number <= sender.last_batch:
        # A retired key may still sign old numbers: those bring duplicates only.
        raise Refused(409, f"batch {opened.manifest.number} is old and holds something new")
    faults = []
    if found.fresh:
        ready = {name: run for name, run in found.fresh.items() if heads[name].applied == heads[name].seq}
        outcome = apply(node, ledger, ready, now)
        manifest = ledger.add_manifest(sender.node, opened.manifest.number, opened.signed, now)
        ledger.add_received(inbox_rows(found.fresh, outcome), manifest, now)
        ledger.add_faults(outcome.faults, now)
        advance(heads, found.fresh, outcome)
        ledger.save_heads(heads.values())
        ledger.saw_peer(sender.node, opened.manifest.number, now)
        faults = outcome.faults
    return Receipt(
        number=opened.manifest.number,
        digest=opened.manifest.digest,
        at=now,
        heads=[head.mark for head in heads.values()],
        rejections=[Note(fault.stream, fault.seq, fault.reason) for fault in faults],
        gaps=found.gaps,
        refused=found.refused,
        held=[head.stream for head in heads.values() if head.applied < head.seq],
    )


def sort_runs(ledger: Ledger, heads: Mapping[str, Head], runs: Mapping[str, Sequence[Envelope]]) -> Sorted:
    """Compare each run with its locked head: the heads are the dedupe."""
    found = Sorted()
    old = [(name, run[-1].header.seq) for name, run in runs.items() if run[-1].header.seq < heads[name].seq]
    hashes = ledger.received_hashes(old)
    for name, run in runs.items():
        head, last = heads[name], run[-1]
        if last.header.seq < head.seq:
            if hashes.get(name) != last.hash:
                found.refused.append(_fork(head, last.header.seq))
        elif run[0].header.seq > head.seq + 1:
            found.gaps.append(head.mark)
        else:
            _sort_at_head(found, head, run)
    return found


def _sort_at_head(found: Sorted, head: Head, run: Sequence[Envelope]) -> None:
    known = head.seq - run[0].header.seq + 1
    tip = run[known - 1].hash if known else run[0].header.prev
    fresh = list(run[known:])
    if tip != head.hash:
        found.refused.append(_fork(head, head.seq))
    elif fresh and fresh[0].header.epoch < head.epoch:
        reason = f"epoch {fresh[0].header.epoch} is over, {head.epoch} holds"
        found.refused.append(Note(head.stream, fresh[0].header.seq, reason))
    elif fresh:
        found.fresh[head.stream] = fresh


def _fork(head: Head, seq: int) -> Note:
    return Note(head.stream, seq, f"fork: another envelope is held at {seq}")


def inbox_rows(runs: Mapping[str, Sequence[Envelope]], outcome: Outcome) -> list[InboxRow]:
    """The rows to store, each with its state."""
    bad = {(fault.stream, fault.seq) for fault in outcome.faults}
    rows: list[InboxRow] = []
    for name, run in runs.items():
        settled = outcome.settled.get(name, 0)
        for envelope in run:
            header = envelope.header
            state = HELD if header.seq > settled else APPLIED
            if bad and (name, header.seq) in bad:
                state = QUARANTINED
            row = InboxRow(
                envelope.item.header, envelope.item.payload, name, header.epoch, header.seq,
                envelope.hash, header.kind, header.version, header.unit, state,
            )  # fmt: skip
            rows.append(row)
    return rows


def advance(heads: Mapping[str, Head], runs: Mapping[str, Sequence[Envelope]], outcome: Outcome) -> None:
    """Move the heads over the runs; a stream whose applying waits says for what."""
    for name, run in runs.items():
        head, last = heads[name], run[-1]
        head.epoch, head.seq, head.hash = last.header.epoch, last.header.seq, last.hash
        head.applied = outcome.settled.get(name, head.applied)
        if head.applied < head.seq and head.reason is None:
            waiting = next(envelope.header for envelope in run if envelope.header.seq > head.applied)
            head.reason = f"waits for {waiting.kind} version {waiting.version}"
