"""The push job: align, seal, send, keep the receipt. Bounded work; says whether more waits."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from shared.sync.alignment import align
from shared.sync.batch import MANIFEST, Batch, describe, pack
from shared.sync.calls import Asked, ask
from shared.sync.envelope import Envelope, Item, by_stream
from shared.sync.messages import Receipt
from shared.sync.node import Limits, Node
from shared.sync.records import FORKED, IN, REFUSED, Head
from shared.sync.refusal import Refused
from shared.sync.rotation import resume_rotation
from shared.sync.sealing import seal_drafts
from shared.sync.signed import sign
from shared.sync.store import Ledger
from shared.sync.streams import UP, parse


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job did: envelopes moved, whether more waits, whether another process held the lock."""

    moved: int = 0
    more: bool = False
    busy: bool = False


def push(node: Node) -> Progress:
    """Send what waits, a bounded number of batches. Unreachable, Untrusted, Refused: nothing is lost."""
    with node.store.exclusive(f"push/{node.tier}") as got:
        if not got:
            return Progress(busy=True)
        resume_rotation(node)
        if not align(node):
            return Progress(more=True)
        return _push_batches(node)


def _push_batches(node: Node) -> Progress:
    moved = 0
    for _ in range(node.limits.batches_a_job):
        seal_up(node)
        batch = next_batch(node)
        if batch is None:
            return Progress(moved)
        moved += send(node, batch)
    return Progress(moved, more=True)


def seal_up(node: Node) -> int:
    """Seal drafts of upward streams."""
    with node.store.work() as ledger:
        names = [name for name in ledger.draft_streams() if parse(name).way == UP]
        return seal_drafts(ledger, names, node.limits.batch_envelopes)


def next_batch(node: Node) -> Batch | None:
    """The next signed batch of what the parent is not known to hold, or None."""
    with node.store.work() as ledger:
        runs = gather(ledger, [(head, head.acked) for head in ledger.unsent()], node.limits)
        return sign_batch(node, ledger, runs) if runs else None


def gather(ledger: Ledger, places: list[tuple[Head, int]], limits: Limits) -> dict[str, list[Envelope]]:
    """Items after each place within the limits of one batch; no stream keeps the others waiting."""
    items: list[Item] = []
    size = 0
    share = max(1, limits.batch_envelopes // max(1, len(places)))
    for head, after in places:
        for item in ledger.sent_after(head.stream, after, share):
            size += len(item.header) + len(item.payload)
            if items and size > limits.batch_bytes:
                return by_stream(items)
            items.append(item)
        if len(items) >= limits.batch_envelopes:
            break
    return by_stream(items)


def sign_batch(node: Node, ledger: Ledger, runs: dict[str, list[Envelope]], at_least: int = 0) -> Batch:
    """Pack runs under a manifest with a number of our own."""
    body = pack([envelope.item for run in runs.values() for envelope in run])
    number = ledger.next_number(at_least)
    manifest = describe(number, body, runs, node.clock())
    return Batch(sign(node.keys.current, node.identity(ledger).node, MANIFEST, manifest), body)


def send(node: Node, batch: Batch) -> int:
    """Post a batch and act on its receipt; how many envelopes the parent newly holds."""
    try:
        asked = ask(node, "/sync/batch", msgspec.msgpack.encode(batch), claim=False)
    except Refused as refused:
        if refused.status != 403 or not refused.streams:
            raise
        set_aside(node, refused)
        return 0
    return take_receipt(node, asked)


def set_aside(node: Node, refused: Refused) -> None:
    """Stop sending the streams the parent does not take from us, so that the others go on."""
    with node.store.work() as ledger:
        heads = ledger.lock_heads(refused.streams)
        for head in heads.values():
            head.state, head.reason = REFUSED, refused.message
        ledger.save_heads(heads.values())
        if not heads:
            raise refused


def take_receipt(node: Node, asked: Asked) -> int:
    """Keep the signed receipt and move what it acknowledges."""
    receipt = asked.read(Receipt)
    with node.store.work() as ledger:
        ledger.add_receipt(node.parent(ledger).node, IN, asked.signed, node.clock())
        ledger.mark_rejected((note.stream, note.seq, note.reason) for note in receipt.rejections)
        heads = ledger.lock_heads([mark.stream for mark in receipt.heads])
        forks = {note.stream: note.reason for note in receipt.refused}
        moved = 0
        for mark in receipt.heads:
            head = heads[mark.stream]
            if mark.stream in forks:
                head.state, head.reason = FORKED, forks[mark.stream]
            elif mark.seq > head.seq or ledger.sent_hash(mark.stream, mark.seq) != mark.hash:
                # The parent knows more than we do, or something else: compare before sealing again.
                node.aligned = None
            else:
                moved += max(0, mark.seq - head.acked)
                head.acked = mark.seq
        ledger.save_heads(heads.values())
    return moved
