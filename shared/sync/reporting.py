"""What the streams look like from here, and whether child and parent hold the same heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.sync.alignment import align, compare
from shared.sync.messages import Mark
from shared.sync.node import Node
from shared.sync.pulling import pull
from shared.sync.pushing import Progress, push
from shared.sync.records import OUT, PARENT, Head
from shared.sync.streams import UP, parse


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream. `lag`: what the peer is not known to hold, drafts included, or is not applied here."""

    stream: str
    side: str
    epoch: int
    seq: int
    hash: str
    peer_seq: int | None
    lag: int
    held: int
    drafts: int = 0
    quarantined: int = 0
    rejected: int = 0
    unrebuilt: int = 0
    state: str = "open"
    reason: str | None = None
    equal: bool | None = None


def status(node: Node) -> list[StreamStatus]:
    """Every stream as this node knows it, without asking anyone."""
    with node.store.work() as ledger:
        counts = ledger.counts()
        slowest = ledger.slowest()
        heads = ledger.heads("in") + ledger.heads(OUT)
        return [_status(head, slowest, **counts.get(head.stream, {})) for head in heads]


def reconcile(node: Node) -> list[StreamStatus]:
    """Compare heads with the parent: `equal` is None for streams the parent has no part in."""
    answer = compare(node)
    theirs = {mark.stream: mark for mark in (*answer.up, *answer.down)}
    rows = {row.stream: row for row in status(node)}
    with node.store.work() as ledger:
        mine = {head.stream: head for head in ledger.heads("in") + ledger.heads(OUT)}
    for name, mark in theirs.items():
        row = rows.get(name) or _absent(mark)
        rows[name] = replace(row, peer_seq=mark.seq, equal=_equal(mine.get(name), mark))
    for name, head in mine.items():
        if head.side == OUT and parse(name).way == UP and name not in theirs:
            rows[name] = replace(rows[name], peer_seq=0, equal=head.seq == 0)
    return [rows[name] for name in sorted(rows)]


def recover(node: Node) -> Progress:
    """Compare heads anew, fetch back what is lost here, send what is lost there."""
    node.aligned = None
    if not align(node):
        return Progress(more=True)
    sent, read = push(node), pull(node)
    return Progress(sent.moved + read.moved, sent.more or read.more, sent.busy or read.busy)


def has_parent(node: Node) -> bool:
    """Whether this node has been enrolled with a parent."""
    with node.store.work() as ledger:
        return bool(ledger.peers(PARENT))


def _equal(head: Head | None, mark: Mark) -> bool:
    if head is None:
        return mark.seq == 0
    return (head.seq, head.hash) == (mark.seq, mark.hash)


def _absent(mark: Mark) -> StreamStatus:
    return StreamStatus(mark.stream, "in", 0, 0, "", mark.seq, mark.seq, 0)


def _status(head: Head, slowest: Mapping[str, int], **counts: int) -> StreamStatus:
    peer_seq: int | None = None
    lag = held = 0
    if head.side == OUT:
        up = parse(head.stream).way == UP
        peer_seq = head.acked if up else slowest.get(head.stream, head.seq)
        lag = head.seq - peer_seq + counts.get("drafts", 0)
    else:
        lag = held = head.seq - head.applied
    return StreamStatus(
        head.stream, head.side, head.epoch, head.seq, head.hash.hex(), peer_seq, lag, held,
        counts.get("drafts", 0), counts.get("quarantined", 0), counts.get("rejected", 0),
        counts.get("unrebuilt", 0), head.state, head.reason,
    )  # fmt: skip
