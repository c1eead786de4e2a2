"""The pull job: fetch the feed, verify it as the parent's, take it in, give back what the parent lost."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.sync.batch import Batch
from shared.sync.calls import ANSWER, ask, learn
from shared.sync.messages import Answer, FeedAnswer, FeedRequest, Mark, Note, Receipt, TailRequest
from shared.sync.node import Node
from shared.sync.ownership import check_parent
from shared.sync.pushing import Progress
from shared.sync.receiving import open_from, receive
from shared.sync.records import ABOVE, FORKED, IN, OPEN, OUT
from shared.sync.signed import sign
from shared.sync.store import Ledger
from shared.sync.streams import DOWN, parse

RECEIPTS_A_CALL = 50


def pull(node: Node) -> Progress:
    """Read what the parent published, a bounded number of batches."""
    with node.store.exclusive(f"pull/{node.tier}") as got:
        if not got:
            return Progress(busy=True)
        moved = 0
        for _ in range(node.limits.batches_a_job):
            answer, count = pull_once(node)
            moved += count
            if not answer.more:
                return Progress(moved)
        return Progress(moved, more=True)


def pull_once(node: Node) -> tuple[FeedAnswer, int]:
    """One round: cursors out, a batch in; how many envelopes were new."""
    with node.store.work() as ledger:
        request, delivered = _request(node, ledger)
    answer = ask(node, "/sync/feed", msgspec.msgpack.encode(request)).read(FeedAnswer)
    if answer.life != node.above:
        # Restored since: what it lost of ours is sent again, though we have nothing new to say.
        node.aligned, node.above = None, answer.life
    with node.store.work() as ledger:
        ledger.mark_delivered(delivered, node.clock())
        learn(ledger, answer.changes, node.clock())
        note_forks(ledger, answer.forked)
    moved = take_batch(node, answer.batch) if answer.batch is not None else 0
    for mark in answer.wanted:
        give_tail(node, mark)
    return answer, moved


def take_batch(node: Node, batch: Batch) -> int:
    """Receive a downward batch; a receipt that complains travels, signed, with the next request."""
    now = node.clock()
    with node.store.ingest() as ledger:
        parent = node.parent(ledger)
        opened = open_from(ledger, parent.node, batch, node.limits.opened_bytes)
        before = sum(head.seq for head in ledger.lock_heads(sorted(opened.runs)).values())
        receipt = receive(node, ledger, parent, opened, check_parent, now)
    moved = sum(mark.seq for mark in receipt.heads) - before
    if receipt.rejections or receipt.refused:
        complain(node, receipt)
    return moved


def complain(node: Node, receipt: Receipt) -> None:
    """Sign a receipt with rejections or forks in it and keep it until the parent has it."""
    with node.store.work() as ledger:
        me = node.identity(ledger).node
        answer = Answer("/sync/feed", receipt.digest, 200, msgspec.msgpack.encode(receipt))
        signed = sign(node.keys.current, me, ANSWER, msgspec.msgpack.encode(answer))
        ledger.add_receipt(node.parent(ledger).node, OUT, signed, receipt.at)
        note_forks(ledger, receipt.refused)
        for note in receipt.refused:
            origin = parse(note.stream).origin
            ledger.audit(receipt.at, origin, "sync.fork", note.stream, {"seq": note.seq})


def note_forks(ledger: Ledger, notes: Sequence[Note]) -> None:
    """Mark received streams that forked; those that no longer do are open again."""
    reasons = {note.stream: note.reason for note in notes}
    marked = [head.stream for head in ledger.heads(IN) if head.state == FORKED]
    heads = ledger.lock_heads({*reasons, *marked})
    for name, head in heads.items():
        head.state, head.reason = (FORKED, reasons[name]) if name in reasons else (OPEN, None)
    ledger.save_heads(heads.values())


def give_tail(node: Node, after: Mark) -> None:
    """Give the parent back what it published before its database was restored to an older state."""
    with node.store.work() as ledger:
        items, manifests = ledger.received_after(after.stream, after.seq, node.limits.tail_envelopes)
    if items:
        ask(node, "/sync/tail", msgspec.msgpack.encode(TailRequest(after, items, manifests)))


def _request(node: Node, ledger: Ledger) -> tuple[FeedRequest, list[UUID]]:
    parent = node.parent(ledger)
    cursors = [head.mark for head in ledger.heads(IN) if parse(head.stream).way == DOWN]
    receipts = ledger.undelivered(RECEIPTS_A_CALL)
    above = [parent, *ledger.peers(ABOVE)]
    known = [key.public.id for peer in above for key in ledger.keys(peer.node)]
    request = FeedRequest(
        cursors, [signed for _, signed in receipts], known, parent.last_batch, node.above or ""
    )
    return request, [number for number, _ in receipts]
