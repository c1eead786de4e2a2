"""Changing a node's key: signed by the old and the new one, with the first batch number the new one signs."""

from __future__ import annotations

import msgspec

from shared.sync.calls import KEY_CHANGE, ask
from shared.sync.keys import PrivateKey
from shared.sync.messages import KeyChange, KeyNotice
from shared.sync.node import Node
from shared.sync.records import PARENT, SELF, Key
from shared.sync.refusal import Refused
from shared.sync.signed import sign
from shared.sync.store import Ledger


def rotate(node: Node) -> str:
    """Make a new key and put it to use; its id. Interrupted anywhere, the next push finishes it."""
    with node.store.exclusive(f"push/{node.tier}") as got:
        if not got:
            raise Refused(409, "a push is under way: try again")
        if node.keys.pending is None:
            node.keys.prepare(PrivateKey.from_seed(node.rng(32)))
        resume_rotation(node)
    return node.keys.current.public.id


def resume_rotation(node: Node) -> None:
    """Finish a rotation that was begun: tell the parent (a root has none), remember it, use the new key."""
    new = node.keys.pending
    if new is None:
        return
    with node.store.work() as ledger:
        change = notice_of(node, ledger, new)
        has_parent = bool(ledger.peers(PARENT))
    if has_parent:
        ask(node, "/sync/rotate", msgspec.msgpack.encode(change), claim=False)
    with node.store.work() as ledger:
        notice = msgspec.msgpack.decode(change.by_old.content, type=KeyNotice)
        ledger.add_key(Key(notice.node, new.public, notice.from_batch), None, node.clock())
    node.keys.promote(msgspec.msgpack.encode(change))


def notice_of(node: Node, ledger: Ledger, new: PrivateKey) -> KeyChange:
    """The key change, both signatures on the same bytes. The batch number it takes is used by no batch."""
    me = ledger.peers(SELF)[0].node
    notice = KeyNotice(
        node=me,
        key=new.public.id,
        algorithm=new.public.algorithm,
        public=new.public.raw,
        from_batch=ledger.next_number(),
        at=node.clock(),
    )
    content = msgspec.msgpack.encode(notice)
    old = sign(node.keys.current, me, KEY_CHANGE, content)
    return KeyChange(old, sign(new, me, KEY_CHANGE, content))
