"""Before sealing after any start, a child compares heads with its parent: numbers must never repeat."""

from __future__ import annotations

import msgspec

from shared.sync.calls import ask
from shared.sync.messages import HeadsAnswer, HeadsRequest, Mark
from shared.sync.node import Node
from shared.sync.records import FORKED, IN, OPEN, OUT, REFUSED, Head
from shared.sync.store import Ledger
from shared.sync.streams import DOWN, UP, parse
from shared.sync.tails import recover_up

ROUNDS = 4


def align(node: Node) -> bool:
    """Compare upward heads until they agree; True once this start may seal. Bounded work a call."""
    incarnation = node.store.incarnation()
    if node.aligned == incarnation:
        return True
    for _ in range(ROUNDS):
        answer = compare(node)
        behind, again = settle(node, answer)
        for mine, theirs in behind:
            recover_up(node, mine, theirs)
        if not behind and not again:
            node.aligned = incarnation
            return True
    return False


def compare(node: Node) -> HeadsAnswer:
    """Ask the parent for its heads, telling it ours."""
    with node.store.work() as ledger:
        up = [head.mark for head in own_heads(ledger)]
        down = [head.mark for head in ledger.heads(IN) if parse(head.stream).way == DOWN]
    return ask(node, "/sync/heads", msgspec.msgpack.encode(HeadsRequest(up, down))).read(HeadsAnswer)


def own_heads(ledger: Ledger) -> list[Head]:
    """Heads of own upward streams."""
    return [head for head in ledger.heads(OUT) if parse(head.stream).way == UP]


def settle(node: Node, answer: HeadsAnswer) -> tuple[list[tuple[Mark, Mark]], bool]:
    """Note what the parent holds. Streams on which it is ahead of us, and whether to compare again."""
    behind: list[tuple[Mark, Mark]] = []
    again = False
    with node.store.work() as ledger:
        own = {head.stream for head in own_heads(ledger)}
        names = own | {mark.stream for mark in answer.up}
        heads = ledger.open_heads([Head.fresh(parse(name), OUT) for name in sorted(names)])
        theirs = {mark.stream: mark for mark in answer.up}
        for name, head in heads.items():
            mark = theirs.get(name, Head.fresh(parse(name), OUT).mark)
            if name in answer.refused:
                head.state, head.reason = REFUSED, "the parent says this unit is not ours"
            elif ahead(ledger, head, mark):
                rewind(ledger, head)
                behind.append((head.mark, mark))
            else:
                again |= agree(ledger, head, mark)
        ledger.save_heads(heads.values())
        raise_number(node, ledger, answer.last_batch)
    return behind, again


def ahead(ledger: Ledger, head: Head, theirs: Mark) -> bool:
    """The parent holds envelopes of ours that we do not know it holds, and that are not our next ones."""
    if theirs.seq > head.seq:
        return True
    return theirs.seq > head.acked and ledger.sent_hash(head.stream, theirs.seq) != theirs.hash


def rewind(ledger: Ledger, head: Head) -> None:
    """Back to what the parent acknowledged: what was sealed since becomes drafts again.

    If the parent holds them after all, they come back with the tail and keep their numbers.
    """
    tip = ledger.sent_hash(head.stream, head.acked)
    if tip is not None:
        ledger.unseal(head.stream, head.acked)
        head.seq, head.hash = head.acked, tip


def agree(ledger: Ledger, head: Head, theirs: Mark) -> bool:
    """The parent is not ahead: what it lacks is sent again. True if our epoch had to be raised above its."""
    if ledger.sent_hash(head.stream, theirs.seq) != theirs.hash:
        head.state, head.reason = FORKED, f"the parent holds another envelope at {theirs.seq}"
        return False
    head.acked = theirs.seq
    head.state, head.reason = OPEN, None
    if theirs.epoch <= head.epoch:
        return False
    # A later epoch there: this database was restored to before it began. What we sealed under ours is over.
    rewind(ledger, head)
    head.epoch = theirs.epoch + 1
    return True


def raise_number(node: Node, ledger: Ledger, at_least: int) -> None:
    """Own batch numbers go on above what the parent has seen."""
    me = node.identity(ledger)
    if me.last_batch < at_least:
        ledger.saw_peer(me.node, at_least, node.clock())
