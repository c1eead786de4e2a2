"""Whether an audit chain is whole, as far as can be told: links, signatures, and what others keep of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from shared.kit.audit import GRACE, AuditEvent, AuditSeal, floor, unsealed
from shared.kit.clock import civil
from shared.sync.anchors import Anchor, Break, countersign, read_anchor, read_stone
from shared.sync.insertions import Vouched, put_in
from shared.sync.node import Node, all_keys
from shared.sync.records import CHILD, PARENT
from shared.sync.refusal import Untrusted
from shared.sync.signed import KeyFinder, Signed
from shared.sync.store import Ledger
from shared.sync.walking import PIECE, Bad, Walk, go_on, sealed_later, unsigned, walk


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found. `bad` is None where nothing is wrong; `anchored` the last head others vouch for.

    `tail`: events since then, `since` the first of them. `unsealed` is part of it. `accepted`: breaks that
    another node has accepted, as the heads it countersigned with its reason.
    """

    seals: int
    bad: Bad | None
    anchored: Anchor | None
    tail: int
    since: datetime | None
    unsealed: int
    accepted: tuple[Anchor, ...] = ()


def prove(
    ledger: Ledger,
    me: UUID,
    find: KeyFinder,
    now: datetime,
    others: Sequence[Signed] = (),
    walked: Walk | None = None,
) -> Proof:
    """Work the chain out again. `others`: heads of it that other nodes keep, as they gave them.

    `walked`: the links, where they were worked out already; what was countersigned since waits.
    """
    anchors, forged = gather(ledger, me, find, others)
    session = ledger.session
    found = walked or walk(session, {one.seq for one in _binding(anchors)})
    binding = [one for one in _binding(anchors) if one.seq in found.wanted]
    reach = found.end if found.bad is None else found.bad.seal - 1
    held = [one for one in binding if one.seq <= reach]
    differs = next((one for one in held if found.hashes[one.seq] != one.hash), None)
    good = [one for one in held if differs is None or one.seq < differs.seq]
    anchored = good[-1] if good else None
    after = anchored.seq if anchored else 0
    old = sorted(Vouched(found.highest[one.seq], one.seq, one.sealed or one.at) for one in good)
    below = max([floor(session, now), *(found.highest[one.seq] for one in good if one.at < now - GRACE)])
    missing, bare = _missing(binding, found), unsigned(session, after, find)
    beyond = differs or (binding[-1] if missing else None)
    replaced = _replaced(ledger, after, beyond, find) if beyond and bare is None else None
    gone = [one for one in (found.bad, missing) if one is not None]
    if bare is not None and differs is None and any(bare.seal < one.seal <= bare.until + 1 for one in gone):
        # Who takes a row away may take the signature of those before it along: the row itself is named.
        bare = None
    suspects = [
        found.bad,
        bare,
        # Only where every signature is this node's own: else that has named the row itself.
        None if bare is not None else replaced or _differing(differs, after),
        missing,
        forged,
        put_in(session, found, old, below, find),
    ]
    bad = min((one for one in suspects if one is not None), key=lambda one: one.seal, default=None)
    waiting = session.scalar(select(func.count()).select_from(unsealed().subquery())) or 0
    tail = max(0, found.end - after) + waiting
    accepted = tuple(one for one in binding if one.reason and one.epoch > 1)
    return Proof(found.end, bad, anchored, tail, _since(ledger, after), waiting, accepted)


def gather(
    ledger: Ledger, me: UUID, find: KeyFinder, others: Sequence[Signed]
) -> tuple[list[Anchor], Bad | None]:
    """Heads of this chain that are validly countersigned, and the first kept here that is not."""
    good: dict[tuple[UUID, int, int], Anchor] = {}
    forged: Bad | None = None
    for kept in ledger.anchors(me):
        if kept.by == me:
            continue  # it only says that a flag of our own was taken back
        try:
            one = read_anchor(kept.document, find)
            if (one.node, one.place, one.hash) != (me, kept.place, kept.hash):
                raise Untrusted("the row is not what the document says")
            good[one.by, one.epoch, one.seq] = one
        except Untrusted as error:
            words = f"the countersignature kept here for seal {kept.seq} was changed: {error}"
            forged = forged or Bad(kept.seq, None, words)
    for document in others:
        one = read_anchor(document, find)
        if one.node == me:
            good[one.by, one.epoch, one.seq] = one
    return list(good.values()), forged


def _binding(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Of each keeper those of its latest epoch, by number."""
    latest: dict[UUID, int] = {}
    for one in anchors:
        latest[one.by] = max(one.epoch, latest.get(one.by, 0))
    return sorted((one for one in anchors if one.epoch == latest[one.by]), key=lambda one: (one.seq, one.at))


def _differing(one: Anchor | None, after: int) -> Bad | None:
    if one is None:
        return None
    which = f"seal {one.seq} is" if one.seq == after + 1 else f"the seals {after + 1} to {one.seq} are"
    words = f"{which} not what was countersigned on {stamp(one.at)}: the log was put back and went on"
    return Bad(after + 1, None, words)


def _replaced(ledger: Ledger, after: int, kept: Anchor, find: KeyFinder) -> Bad | None:
    """What was countersigned had been sealed by then: a run in its place that was signed later is another."""
    stone = sealed_later(ledger.session, after, kept.seq, kept.at, find)
    if stone is None:
        return None
    words = f"seal {stone.first} was made on {stamp(stone.at)}, but seal {kept.seq} was countersigned before,"
    return Bad(stone.first, None, f"{words} on {stamp(kept.at)}: the log was put back and went on")


def _missing(binding: Sequence[Anchor], found: Walk) -> Bad | None:
    last = binding[-1] if binding else None
    if last is None or last.seq <= found.end:
        return None
    words = f"the log ends at seal {found.end}, but seal {last.seq} was countersigned on {stamp(last.at)}"
    return Bad(found.end + 1, None, f"seal {found.end + 1} is missing: {words}")


def _since(ledger: Ledger, after: int) -> datetime | None:
    query = select(AuditEvent.at).outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
    query = query.where((AuditSeal.seq > after) | AuditSeal.seq.is_(None))
    first: datetime | None = ledger.session.scalar(query.order_by(AuditSeal.seq, AuditEvent.id).limit(1))
    return first


def prove_piece(node: Node, walked: Walk | None, most: int = PIECE) -> Walk | Proof:
    """As `prove_own`, `most` links at a time: how far it went, to be handed in again, or the proof."""
    with node.store.work() as ledger:
        if walked is None:
            me, find = node.identity(ledger).node, all_keys(node, ledger)
            anchors, _ = gather(ledger, me, find, ())
            walked = Walk(frozenset(one.seq for one in _binding(anchors)))
        if go_on(ledger.session, walked, most):
            return walked
    return prove_own(node, walked=walked)


def prove_own(node: Node, others: Sequence[Signed] = (), walked: Walk | None = None) -> Proof:
    """Prove this node's own chain; what is wrong is flagged on its desk until it is found whole again."""
    now = node.clock()
    with node.store.work() as ledger:
        me, find = node.identity(ledger).node, all_keys(node, ledger)
        proof = prove(ledger, me, find, now, others, walked)
    with node.store.work() as ledger:
        _flag(node, ledger, me, proof, now)
    return proof


def _flag(node: Node, ledger: Ledger, me: UUID, proof: Proof, now: datetime) -> None:
    flagged = [one for one in ledger.open_breaks() if one.node == me]
    last, head = ledger.last_anchor(me, me), ledger.audit_head()
    epoch = last.epoch if last else 0
    if proof.bad is None and any(one.by == me for one in flagged) and head is not None:
        stone = read_stone(head, all_keys(node, ledger))
        ledger.add_anchor(countersign(node.keys, me, head, stone, now, epoch + 1, "found whole again"))
    if proof.bad is not None and not flagged:
        ledger.add_break(Break(me, me, epoch, proof.bad.seal, b"", None, head, proof.seals, now))
        units = ledger.units_of(me)
        if units:
            ledger.audit(now, units[0], "audit.broken", str(me), {"seal": proof.bad.seal})


@dataclass(frozen=True, slots=True)
class Kept:
    """A neighbour's chain as this node keeps it: the last head countersigned, and whether it is broken."""

    node: UUID
    name: str
    relation: str
    last: Anchor | None
    broken: Break | None


def neighbours(ledger: Ledger, me: UUID) -> list[Kept]:
    """The chains this node keeps heads of: its children's, and its parent's if that has no parent itself."""
    broken = {one.node: one for one in ledger.open_breaks() if one.by == me}
    rows = []
    for peer in [*ledger.peers(CHILD), *ledger.peers(PARENT)]:
        last = ledger.last_anchor(peer.node, me)
        if last is not None or peer.relation == CHILD:
            rows.append(Kept(peer.node, peer.name, peer.relation, last, broken.get(peer.node)))
    return rows


def stamp(at: datetime) -> str:
    """A moment as the commands print it, to the minute."""
    return f"{civil(at):%Y-%m-%d %H:%M}"
