"""The parent's side of downward streams: what a child may read, and what the parent must ask back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.sync.alignment import raise_number
from shared.sync.calls import ANSWER
from shared.sync.messages import Answer, FeedAnswer, FeedRequest, Mark, Note, Receipt
from shared.sync.node import Node, key_changes, known_keys
from shared.sync.pushing import gather, sign_batch
from shared.sync.records import BEHIND, IN, OPEN, OUT, SELF, UNHEARD, Head, Peer
from shared.sync.refusal import Refused
from shared.sync.sealing import seal_drafts
from shared.sync.signed import Signed, verify
from shared.sync.store import Ledger
from shared.sync.streams import DOWN, parse


def serve_feed(node: Node, caller: Peer, request: FeedRequest, now: datetime) -> FeedAnswer:
    """Judge the child's cursors, seal what waits, and answer with the next batch."""
    with node.store.work() as ledger:
        fence_if_restored(ledger, now)
        keep_receipts(ledger, caller, request.receipts, now)
        raise_number(node, ledger, request.last_batch)
        fresh = request.life == ledger.life()
        again = not fresh and ledger.restored_since() is not None
        wanted, forked, cursors = listen(node, ledger, caller, request.cursors, now, fresh=fresh)
    skipped = {mark.stream for mark in wanted} | {note.stream for note in forked}
    with node.store.work() as ledger:
        drafts = waiting_drafts(node, ledger, now)
        sealed = seal_drafts(ledger, drafts, node.limits.batch_envelopes)
        places = places_after(ledger, caller.node, cursors, skipped)
        runs = gather(ledger, places, node.limits)
        batch = sign_batch(node, ledger, runs) if runs else None
        changes = key_changes(node, ledger, request.known_keys)
        life = ledger.life()
    left = sum(head.seq - after for head, after in places) - sum(map(len, runs.values()))
    more = left > 0 or bool(wanted) or again or sealed >= node.limits.batch_envelopes
    return FeedAnswer(batch, wanted, forked, changes, more, life)


def listen(
    node: Node, ledger: Ledger, caller: Peer, said: Sequence[Mark], now: datetime, *, fresh: bool
) -> tuple[list[Mark], list[Note], dict[str, Mark]]:
    """What the child's cursors tell: tails to ask back, forks; and its cursors on streams it may read.

    `fresh`: it was asked after our last restore.
    """
    heads = readable_heads(ledger, caller.node, said)
    cursors = {mark.stream: mark for mark in said if mark.stream in heads}
    lost, forked = judge(ledger, heads, cursors)
    restored = {name for name, head in heads.items() if head.state == BEHIND}
    ledger.unhear([name for name in lost if name not in restored])
    # Of a stream that waits, saying nothing says that nothing of it is held.
    silent = [Head.fresh(parse(name), OUT).mark for name in restored - cursors.keys()]
    if fresh or not (restored or lost):
        ledger.save_readings(caller.node, [*cursors.values(), *silent], now, always=bool(restored or lost))
    if fresh:
        ledger.read_by(caller.node, now)
    locked = ledger.lock_heads({*lost, *restored})
    for name, seq in lost.items():
        mark_behind(locked[name], seq, now)
    release(node, ledger, locked, now)
    ledger.save_heads(locked.values())
    for note in forked:
        detail = {"node": str(caller.node), "seq": note.seq}
        ledger.audit(now, heads[note.stream].origin, "sync.fork", note.stream, detail)
    return [locked[name].mark for name in lost], forked, cursors


def readable_heads(ledger: Ledger, reader: UUID, cursors: Sequence[Mark]) -> dict[str, Head]:
    """Heads the child may read. A stream it has read and we have lost is made anew, to be refilled."""
    heads = {head.stream: head for head in ledger.readable(reader)}
    me = ledger.peers(SELF)[0].node
    absent = [parse(mark.stream) for mark in cursors if mark.stream not in heads]
    own = ledger.owned(me, {stream.origin for stream in absent})
    lost = [Head.fresh(stream, OUT) for stream in absent if stream.way == DOWN and stream.origin in own]
    if lost:
        ledger.open_heads(lost)
        heads = {head.stream: head for head in ledger.readable(reader)}
    return heads


def judge(
    ledger: Ledger, heads: Mapping[str, Head], cursors: Mapping[str, Mark]
) -> tuple[dict[str, int], list[Note]]:
    """Streams on which the child is ahead of us (with its number), and streams that forked."""
    lost: dict[str, int] = {}
    forked: list[Note] = []
    for name, cursor in cursors.items():
        head = heads[name]
        if (cursor.seq, cursor.hash) == (head.seq, head.hash):
            continue
        if cursor.seq > head.seq and cursor.epoch >= head.epoch:
            lost[name] = cursor.seq
        elif ledger.sent_hash(name, cursor.seq) != cursor.hash:
            forked.append(Note(name, cursor.seq, "fork: the parent holds another envelope there"))
    return lost, forked


def mark_behind(head: Head, seq: int, now: datetime) -> None:
    """Stop sealing a stream until what a restore lost is back."""
    if head.state != BEHIND:
        head.state, head.reason, head.since = BEHIND, "restored from a backup: waits for the children", now
    head.wanted = max(head.wanted, seq)


def fence_if_restored(ledger: Ledger, now: datetime) -> None:
    """After a restore no downward stream is sealed before the children have said what they hold."""
    if not ledger.restored():
        return
    ledger.set_restored_since(now)
    own = [head.stream for head in ledger.heads(OUT) if parse(head.stream).way == DOWN]
    heads = ledger.lock_heads(own)
    for head in heads.values():
        mark_behind(head, head.seq, now)
    ledger.save_heads(heads.values())
    ledger.unhear(own)


def waiting_drafts(node: Node, ledger: Ledger, now: datetime) -> list[str]:
    """Downward streams to be sealed. After a restore none that looks new, until every child was heard.

    The backup may be older than the stream's first envelope: a child that holds it makes us remember it, and
    before that its numbers would be given away again.
    """
    drafts = [name for name in ledger.draft_streams() if parse(name).way == DOWN]
    since = ledger.restored_since()
    if since is None:
        return drafts
    if ledger.unread() and now - since < node.limits.restore_wait:
        known = ledger.lock_heads(drafts)
        return [name for name in drafts if name in known]
    ledger.set_restored_since(None)
    return drafts


def release(node: Node, ledger: Ledger, heads: Mapping[str, Head], now: datetime) -> None:
    """Go on in a new epoch, once the tail is back and every child was heard (or time is up)."""
    for head in heads.values():
        if head.state != BEHIND or head.seq < head.wanted or head.since is None:
            continue
        heard = all(said and said.seen_at > UNHEARD for said in ledger.readings(head).values())
        if heard or now - head.since >= node.limits.restore_wait:
            head.state, head.reason, head.since, head.wanted = OPEN, None, None, 0
            head.epoch += 1


def places_after(
    ledger: Ledger, reader: UUID, cursors: Mapping[str, Mark], except_for: set[str]
) -> list[tuple[Head, int]]:
    """Where the child goes on reading: every readable stream that has more than its cursor."""
    places = []
    for head in ledger.readable(reader):
        cursor = cursors.get(head.stream)
        after = cursor.seq if cursor else 0
        if after < head.seq and head.stream not in except_for:
            places.append((head, after))
    return places


def keep_receipts(ledger: Ledger, caller: Peer, receipts: Sequence[Signed], now: datetime) -> None:
    """Keep what the child signed about downward batches; note its rejections on our envelopes."""
    for signed in receipts:
        if signed.node != caller.node:
            raise Refused(403, "a receipt is not the caller's own")
        answer = msgspec.msgpack.decode(verify(signed, ANSWER, known_keys(ledger)), type=Answer)
        receipt = msgspec.msgpack.decode(answer.body, type=Receipt)
        ledger.add_receipt(caller.node, IN, signed, now)
        mine = {head.stream for head in ledger.readable(caller.node)}
        ledger.mark_rejected((n.stream, n.seq, n.reason) for n in receipt.rejections if n.stream in mine)
