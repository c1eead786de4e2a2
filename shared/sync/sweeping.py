"""The sweep job: apply what was held once this tier knows the kind, and forget what may be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.sync.applying import apply
from shared.sync.envelope import Envelope, open_item
from shared.sync.node import Node
from shared.sync.pushing import Progress
from shared.sync.records import FORKED, IN, OUT, REFUSED
from shared.sync.refusal import Refused


def sweep(node: Node) -> Progress:
    """Retry held streams, a bounded number of envelopes, and drop used nonces past their window."""
    with node.store.exclusive(f"sweep/{node.tier}") as got:
        if not got:
            return Progress(busy=True)
        with node.store.work() as ledger:
            ledger.forget(node.clock() - 2 * node.limits.window)
            if any(head.state in (REFUSED, FORKED) for head in ledger.heads(OUT)):
                node.aligned = None  # the parent may have changed its mind: the next push compares again
            held = [head.stream for head in ledger.heads(IN) if head.applied < head.seq]
        moved = 0
        for stream in held:
            moved += apply_held(node, stream)
            if moved >= node.limits.sweep_envelopes:
                return Progress(moved, more=True)
        return Progress(moved)


def prune(node: Node, before: datetime) -> int:
    """Drop settled receipts older than `before`; how many.

    Manifests stay: each is the evidence of envelopes kept here, and a peer restored from nothing asks for
    all of them again.
    """
    with node.store.work() as ledger:
        return ledger.prune_receipts(before)


def apply_held(node: Node, stream: str) -> int:
    """Apply the waiting envelopes of one stream up to the next unknown kind; how many were settled."""
    now = node.clock()
    with node.store.ingest() as ledger:
        head = ledger.lock_heads([stream])[stream]
        items = ledger.held_after(stream, head.applied, node.limits.sweep_envelopes)
        run = [open_item(item) for item in items]
        outcome = apply(node, ledger, {stream: run}, now)
        settled = outcome.settled.get(stream, head.applied)
        count = settled - head.applied
        if count:
            bad = [fault.seq for fault in outcome.faults]
            ledger.mark_applied(stream, head.applied + 1, settled, bad)
            ledger.add_faults(outcome.faults, now)
            head.applied = settled
        head.reason = waiting_for(run, settled)
        ledger.save_heads([head])
    return count


def release(node: Node, stream: str, seq: int) -> str | None:
    """Apply one quarantined envelope again, after a repair; None when done, else why it still fails.

    It is applied now, after what followed it: the caller has looked whether that is right for its kind.
    """
    now = node.clock()
    with node.store.ingest() as ledger:
        ledger.lock_heads([stream])
        items = ledger.held_after(stream, seq - 1, 1)
        if not items or not ledger.in_quarantine(stream, seq):
            raise Refused(404, "this envelope is not in quarantine", [stream])
        outcome = apply(node, ledger, {stream: [open_item(items[0])]}, now)
        if outcome.faults or not outcome.settled:
            return outcome.faults[0].reason if outcome.faults else "its kind is not known here"
        ledger.mark_applied(stream, seq, seq, [])
        ledger.release_fault(stream, seq, now)
    return None


def waiting_for(run: Sequence[Envelope], settled: int) -> str | None:
    """What the first envelope not settled waits for, in words; None if none is left."""
    for envelope in run:
        if envelope.header.seq > settled:
            return f"waits for {envelope.header.kind} version {envelope.header.version}"
    return None
