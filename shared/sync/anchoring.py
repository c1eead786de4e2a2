"""Audit heads go up to be countersigned and come back; a chain that has no parent is kept by its children.

One row on each side for a reconciliation in which the chain has grown. What is kept is never given up: a
chain that no longer holds it is flagged on both sides, and not countersigned again before it was accepted.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from shared.sync.anchors import Anchor, Break, countersign, read_anchor, read_stone
from shared.sync.calls import ask
from shared.sync.messages import AnchorAnswer, AnchorRequest, Held
from shared.sync.node import Node, all_keys
from shared.sync.pushing import Progress
from shared.sync.records import PARENT, Peer
from shared.sync.refusal import Refused, Untrusted
from shared.sync.signed import Signed
from shared.sync.store import Ledger

CALL = "/sync/anchor"
ROUNDS = 3


def anchor(node: Node) -> Progress:
    """Have the end of this node's chain countersigned; how many heads were. Raises as `ask` does."""
    with node.store.exclusive(f"anchor/{node.tier}") as got:
        if not got:
            return Progress(busy=True)
        moved, asked = 0, None
        for _ in range(ROUNDS):
            with node.store.work() as ledger:
                request = _request(node, ledger, asked)
            answer = ask(node, CALL, msgspec.msgpack.encode(request)).read(AnchorAnswer)
            with node.store.work() as ledger:
                moved += take_answer(node, ledger, answer)
                asked = _asked(node, ledger, request, answer)
            if asked is None:
                break
        return Progress(moved)


def question(node: Node) -> Anchor | None:
    """What the parent keeps of this node's chain, asked without telling it anything."""
    answer = ask(node, CALL, msgspec.msgpack.encode(AnchorRequest())).read(AnchorAnswer)
    with node.store.work() as ledger:
        return read_anchor(answer.anchor, all_keys(node, ledger)) if answer.anchor else None


def serve_anchor(node: Node, caller: Peer, request: AnchorRequest, now: datetime) -> AnchorAnswer:
    """The parent's side: countersign the caller's head if its chain still holds what is kept of it."""
    with node.store.work() as ledger:
        kept, _ = keep(node, ledger, caller.node, request.head, request.held, now)
        document = kept.document if kept else None
        if ledger.peers(PARENT):
            return AnchorAnswer(document)
        held = None
        if request.kept is not None:
            held = take_own(node, ledger, request.kept, caller.node, now)
        return AnchorAnswer(document, ledger.audit_head(), held)


def keep(
    node: Node, ledger: Ledger, whose: UUID, head: Signed | None, held: Held | None, now: datetime
) -> tuple[Anchor | None, bool]:
    """What this node keeps of another's chain, and whether it has just countersigned it.

    Before more is countersigned the other has to say what it holds where this node last did.
    """
    me = node.identity(ledger).node
    kept = ledger.last_anchor(whose, me)
    if kept is not None:
        if held is None or held.seq != kept.seq:
            return kept, False
        if held.hash != kept.hash:
            note_break(node, ledger, kept, held.hash or None, head, now)
            return kept, False
    if head is None:
        return kept, False
    if head.node != whose:
        raise Refused(400, "the head is another node's")
    stone = read_stone(head, all_keys(node, ledger))
    if kept is not None and stone.seq <= kept.seq:
        return kept, False
    made = countersign(node.keys, me, head, stone, now, kept.epoch if kept else 1)
    return made, ledger.add_anchor(made)


def take_answer(node: Node, ledger: Ledger, answer: AnchorAnswer) -> int:
    """Keep what the parent countersigned, and countersign the parent's own head; how many heads were new."""
    now, parent = node.clock(), node.parent(ledger).node
    new = 0
    if answer.anchor is not None:
        before = ledger.last_anchor(node.identity(ledger).node, parent)
        take_own(node, ledger, answer.anchor, parent, now)
        new += before is None or before.document != answer.anchor
    if answer.head is not None:
        _, made = keep(node, ledger, parent, answer.head, answer.held, now)
        new += made
    return new


def take_own(node: Node, ledger: Ledger, document: Signed, by: UUID, now: datetime) -> Held:
    """Keep a head of this node's own chain that `by` countersigned; what the chain holds there."""
    own = read_anchor(document, all_keys(node, ledger))
    if (own.node, own.by) != (node.identity(ledger).node, by):
        raise Untrusted("the countersigned head is another's")
    ledger.add_anchor(own)
    found = ledger.audit_hash(own.seq)
    if found != own.hash:
        note_break(node, ledger, own, found, ledger.audit_head(), now)
    return Held(own.seq, found or b"")


def note_break(
    node: Node, ledger: Ledger, kept: Anchor, found: bytes | None, head: Signed | None, now: datetime
) -> None:
    """Flag a chain that no longer holds what was countersigned: once, and again when it has an end again."""
    before = [one for one in ledger.open_breaks() if (one.node, one.by) == (kept.node, kept.by)]
    if any(one.head is not None or head is None for one in before):
        return
    ends = read_stone(head, all_keys(node, ledger)).seq if head else 0
    ledger.add_break(Break(kept.node, kept.by, kept.epoch, kept.seq, kept.hash, found, head, ends, now))
    units = ledger.units_of(kept.node) or ledger.units_of(node.identity(ledger).node)
    if units:
        detail = {"seal": kept.seq, "kept_by": str(kept.by), "ends": ends}
        ledger.audit(now, units[0], "audit.broken", str(kept.node), detail)


def accept(node: Node, whose: UUID, reason: str) -> Anchor:
    """Go on from a chain as it is, after a restore say: countersigned anew with the reason, in a new epoch.

    Refused (404): this node has flagged no break of it; (409): the chain had no end when it was flagged.
    """
    with node.store.work() as ledger:
        me = node.identity(ledger).node
        found = [one for one in ledger.open_breaks() if (one.node, one.by) == (whose, me)]
        if not found:
            raise Refused(404, "no break of that node's chain is open here")
        last = found[-1]
        if last.head is None:
            raise Refused(409, "its chain was empty when last compared: wait until it has been heard again")
        stone = read_stone(last.head, all_keys(node, ledger))
        made = countersign(node.keys, me, last.head, stone, node.clock(), last.epoch + 1, reason)
        ledger.add_anchor(made)
        units = ledger.units_of(whose) or ledger.units_of(me)
        ledger.audit(made.at, units[0], "audit.accepted", str(whose), {"seal": made.seq, "reason": reason})
        return made


def _request(node: Node, ledger: Ledger, asked: int | None) -> AnchorRequest:
    me, parent = node.identity(ledger).node, node.parent(ledger).node
    if asked is None:
        last = ledger.last_anchor(me, parent)
        asked = last.seq if last else None
    held = None if asked is None else Held(asked, ledger.audit_hash(asked) or b"")
    kept = ledger.last_anchor(parent, me)
    return AnchorRequest(ledger.audit_head(), held, kept.document if kept else None)


def _asked(node: Node, ledger: Ledger, request: AnchorRequest, answer: AnchorAnswer) -> int | None:
    """The number at which the parent wants to know first what our chain holds; None: it has said its last."""
    if answer.anchor is None:
        return None
    find = all_keys(node, ledger)
    kept = read_anchor(answer.anchor, find)
    said = request.held is not None and request.held.seq == kept.seq
    ends = read_stone(request.head, find).seq if request.head else 0
    return None if said or kept.seq == ends else kept.seq
