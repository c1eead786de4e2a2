"""Getting back what a restore lost, from a peer: believed only under manifests we signed ourselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from shared.sync.applying import as_received, run_act
from shared.sync.batch import read_manifest
from shared.sync.calls import ask
from shared.sync.envelope import Envelope, Item, check_link, open_item
from shared.sync.messages import Mark, TailAnswer, TailRequest
from shared.sync.node import Node, own_keys
from shared.sync.records import FORKED, Draft, Head, Rebuilt, Received
from shared.sync.refusal import Refused
from shared.sync.signed import Signed
from shared.sync.store import Ledger


def recover_up(node: Node, mine: Mark, theirs: Mark) -> None:
    """Fetch from the parent what follows our head, page by page; a new epoch begins with the last page."""
    while mine.seq < theirs.seq:
        body = msgspec.msgpack.encode(TailRequest(mine, [], []))
        answer = ask(node, "/sync/tail", body).read(TailAnswer)
        with node.store.work() as ledger:
            head = ledger.lock_heads([mine.stream])[mine.stream]
            try:
                restore(node, ledger, head, answer.items, answer.manifests)
            except Refused as refused:
                head.state, head.reason = FORKED, refused.message
                ledger.save_heads([head])
                return
            head.acked = head.seq
            if head.seq >= theirs.seq:
                head.epoch = max(head.epoch, theirs.epoch) + 1
            ledger.save_heads([head])
            mine = head.mark


def restore(
    node: Node, ledger: Ledger, head: Head, items: Sequence[Item], manifests: Sequence[Signed]
) -> None:
    """Put own envelopes back behind the locked head. Refused (400): they do not follow it, are not ours."""
    envelopes = vouched(node, ledger, head, items, manifests)
    drafts = {_fingerprint_of(draft): draft for draft in reversed(ledger.drafts(head.stream, None))}
    again: list[tuple[int, Envelope]] = []
    lost: list[Envelope] = []
    for envelope in envelopes:
        draft = drafts.pop(_fingerprint(envelope), None)
        if draft is None:
            lost.append(envelope)
        else:
            again.append((draft.id, envelope))
    ledger.mark_sealed(again)
    ledger.add_sent(lost)
    ledger.add_rebuilt(rebuild(node, ledger, lost), node.clock())
    tip = envelopes[-1]
    head.epoch = max(head.epoch, tip.header.epoch)
    head.seq, head.hash = tip.header.seq, tip.hash


def vouched(
    node: Node, ledger: Ledger, head: Head, items: Sequence[Item], manifests: Sequence[Signed]
) -> list[Envelope]:
    """The envelopes up to the last one whose hash stands in a manifest this node signed."""
    find = own_keys(node, node.identity(ledger).node)
    ranges = [held for signed in manifests for held in read_manifest(signed, find).ranges]
    tips = {held.hash for held in ranges if held.stream == head.stream}
    chain: list[Envelope] = []
    epoch, seq, tip = 0, head.seq, head.hash
    for item in items:
        envelope = open_item(item)
        if envelope.header.stream != head.stream:
            raise Refused(400, "the tail is of another stream")
        check_link(epoch, seq, tip, envelope)
        epoch, seq, tip = envelope.header.epoch, envelope.header.seq, envelope.hash
        chain.append(envelope)
    while chain and chain[-1].hash not in tips:
        chain.pop()
    if not chain:
        raise Refused(400, f"nothing in the tail of {head.stream} is vouched for by our own signature")
    return chain


def rebuild(node: Node, ledger: Ledger, lost: Sequence[Envelope]) -> list[Rebuilt]:
    """Call `recover` of each kind, in order; what cannot be rebuilt is listed with the reason."""
    rows: list[Rebuilt] = []
    for kind, group in groupby(lost, key=lambda envelope: (envelope.header.kind, envelope.header.version)):
        run = list(group)
        action = node.actions.get(kind)
        if action is None or action.recover is None or kind not in node.contracts:
            rows += [_row(envelope, "nothing here rebuilds this kind") for envelope in run]
            continue
        received: list[Received] = [as_received(node, envelope) for envelope in run]
        faults = run_act(node, ledger, action.recover, received, node.clock())
        reasons: Mapping[int, str] = {fault.seq: fault.reason for fault in faults}
        rows += [_row(envelope, reasons.get(envelope.header.seq)) for envelope in run]
    return rows


def _row(envelope: Envelope, reason: str | None) -> Rebuilt:
    header = envelope.header
    return Rebuilt(header.stream, header.seq, header.kind, header.unit, reason is None, reason)


# A draft in the restored backup may be the very envelope that was sent after the backup was taken.
def _fingerprint(envelope: Envelope) -> tuple[object, ...]:
    header = envelope.header
    return header.kind, header.version, header.unit, header.created_at, envelope.item.payload


def _fingerprint_of(draft: Draft) -> tuple[object, ...]:
    return draft.kind, draft.version, draft.unit, draft.created_at, draft.payload
