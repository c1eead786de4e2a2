"""What the protocol needs kept. `sql_store.py` keeps it in PostgreSQL; a simulator may keep it in memory.

A `Ledger` is one open transaction: what is done through it happens at its end, all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.sync.anchors import Anchor, Break
from shared.sync.envelope import Envelope, Item
from shared.sync.messages import KeyChange, Mark, UnitRow
from shared.sync.records import Code, Draft, Fault, Head, InboxRow, Key, Peer, Reading, Rebuilt
from shared.sync.signed import Signed


class HeadBook(Protocol):
    """Heads of streams and how far children have read."""

    def lock_heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Heads that exist among `streams`, locked in name order until the transaction ends."""

    def open_heads(self, heads: Sequence[Head]) -> dict[str, Head]:
        """Make those that do not exist yet, then lock and return them all."""

    def save_heads(self, heads: Iterable[Head]) -> None:
        """Write locked heads back."""

    def heads(self, side: str) -> list[Head]:
        """Every head of one side, by name, not locked."""

    def unsent(self) -> list[Head]:
        """Own upward heads that are open and ahead of what the parent acknowledged."""

    def heads_from(self, node: UUID) -> list[Head]:
        """Received heads of the streams whose origin is bound to `node`."""

    def readable(self, node: UUID) -> list[Head]:
        """Heads of own downward streams that `node` may read: above its units, or addressed to them."""

    def readings(self, head: Head) -> dict[UUID, Reading | None]:
        """For every child that may read the stream: what it last said, None if it never has."""

    def slowest(self) -> Mapping[str, int]:
        """For every own downward stream with readers, how far the slowest has read."""

    def unhear(self, streams: Sequence[str]) -> None:
        """From now on nobody has been heard on these streams, whatever clocks say."""

    def save_readings(self, node: UUID, marks: Sequence[Mark], at: datetime, always: bool = False) -> None:
        """Remember how far `node` has read; a place that did not move, seldom, unless `always`."""


class OutBook(Protocol):
    """Own envelopes, sealed or drafts."""

    def draft_streams(self) -> list[str]:
        """Streams that have drafts waiting to be sealed."""

    def drafts(self, stream: str, limit: int | None) -> list[Draft]:
        """Drafts of a stream in outbox order."""

    def mark_sealed(self, rows: Sequence[tuple[int, Envelope]]) -> None:
        """Give drafts (by outbox id) their place in the chain."""

    def unseal(self, stream: str, after: int) -> None:
        """Turn sealed rows after a number into drafts again: the peer never acknowledged them."""

    def sent_after(self, stream: str, seq: int, limit: int) -> list[Item]:
        """Sealed items of a stream after a number, in order."""

    def sent_hash(self, stream: str, seq: int) -> bytes | None:
        """Hash of an own envelope; GENESIS for 0, None if there is none."""

    def add_sent(self, envelopes: Sequence[Envelope]) -> None:
        """Put back own envelopes recovered from a peer."""

    def mark_rejected(self, faults: Iterable[tuple[str, int, str]]) -> None:
        """Note the receiver's signed rejections: stream, number, reason."""

    def add_rebuilt(self, rows: Sequence[Rebuilt], at: datetime) -> None:
        """List what came back and what could not be rebuilt."""


class InBook(Protocol):
    """Received envelopes and the evidence they came with."""

    def received_hashes(self, places: Sequence[tuple[str, int]]) -> dict[str, bytes]:
        """Hash at one number per stream, for those received."""

    def add_received(self, rows: Sequence[InboxRow], manifest: UUID, at: datetime) -> None:
        """Store received envelopes, in bulk."""

    def held_after(self, stream: str, seq: int, limit: int) -> list[Item]:
        """Received items of a stream after a number, in order."""

    def mark_applied(self, stream: str, first: int, last: int, quarantined: Sequence[int]) -> None:
        """Rows first … last are applied, except the quarantined ones."""

    def add_faults(self, faults: Sequence[Fault], at: datetime) -> None:
        """Quarantine."""

    def in_quarantine(self, stream: str, seq: int) -> bool:
        """Whether that envelope is in quarantine and not released."""

    def release_fault(self, stream: str, seq: int, at: datetime) -> None:
        """Take an envelope out of quarantine; the row stays as history."""

    def received_after(self, stream: str, seq: int, limit: int) -> tuple[list[Item], list[Signed]]:
        """Received items after a number, and the manifests they came under."""

    def add_manifest(self, node: UUID, number: int, document: Signed, at: datetime) -> UUID:
        """Keep a signed manifest; its id."""

    def add_receipt(self, node: UUID, side: str, document: Signed, at: datetime) -> None:
        """Keep a signed receipt: got from a peer (IN), or given to one and not delivered yet (OUT)."""

    def undelivered(self, limit: int) -> list[tuple[UUID, Signed]]:
        """Given receipts the peer has not got yet."""

    def mark_delivered(self, ids: Sequence[UUID], at: datetime) -> None:
        """The peer has them."""

    def prune_receipts(self, before: datetime) -> int:
        """Drop settled receipts older than `before`; how many."""


class Registry(Protocol):
    """Nodes, their keys and units, enrolment codes, used nonces, and the audit."""

    def peer(self, node: UUID) -> Peer | None:
        """A known node."""

    def peers(self, relation: str) -> list[Peer]:
        """Nodes of one relation (SELF, PARENT, CHILD, ABOVE)."""

    def save_peer(self, peer: Peer, at: datetime) -> None:
        """Register a node, or change its name and relation."""

    def saw_peer(self, node: UUID, number: int, at: datetime) -> None:
        """The node was heard; its highest batch number is at least `number`."""

    def next_number(self, at_least: int = 0) -> int:
        """A batch number of our own, never used before and above `at_least`."""

    def keys(self, node: UUID) -> list[Key]:
        """Public keys of a node, old ones too."""

    def add_key(self, key: Key, change: KeyChange | None, at: datetime) -> None:
        """Register a key; the node's keys still open end where it begins."""

    def key_changes(self, known: Sequence[str]) -> list[KeyChange]:
        """Signed key changes of the nodes above this one, except of keys already known."""

    def owned(self, node: UUID, units: Iterable[UUID]) -> set[UUID]:
        """Which of `units` are bound to `node`."""

    def units_of(self, node: UUID) -> list[UUID]:
        """Every unit bound to `node`."""

    def bind_units(self, node: UUID, units: Sequence[UUID], replace: bool) -> list[UUID]:
        """Bind units to a node; returns those that belong to another node (and stay so unless `replace`)."""

    def paths(self, units: Iterable[UUID]) -> dict[UUID, str]:
        """Materialised paths of known units."""

    def tree(self, roots: Sequence[UUID]) -> list[UnitRow]:
        """The units above `roots`, the roots, and everything below, parents first."""

    def store_units(self, rows: Sequence[UnitRow]) -> None:
        """Write units learned from the parent."""

    def add_code(self, code: Code, at: datetime) -> None:
        """Keep an enrolment code's hash."""

    def lock_code(self, hashed: bytes) -> Code | None:
        """An enrolment code by its hash, locked."""

    def use_code(self, hashed: bytes, node: UUID, at: datetime) -> None:
        """Spend a code."""

    def read_by(self, node: UUID, at: datetime) -> None:
        """A child said how far it has read, every stream that it holds."""

    def restored_since(self) -> datetime | None:
        """Since when this node asks what a restore took, None where it does not."""

    def set_restored_since(self, at: datetime | None) -> None:
        """Begin to ask, so that no child has been heard; or end it."""

    def unread(self) -> int:
        """How many children have not said yet, since it began, how far they have read."""

    def spend_nonce(self, nonce: bytes, at: datetime) -> bool:
        """True the first time a nonce is seen."""

    def forget(self, before: datetime) -> int:
        """Drop nonces older than `before`; how many."""

    def audit(self, at: datetime, unit: UUID, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Write an audit event."""

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """For status, by stream: drafts, held, quarantined, rejected, unrebuilt."""


class AnchorBook(Protocol):
    """The audit chain of this node, and heads of chains that one node countersigned for another."""

    def audit_head(self) -> Signed | None:
        """The signed end of this node's chain; None while nothing is signed."""

    def audit_hash(self, seq: int) -> bytes | None:
        """What the chain holds at a number."""

    def anchors(self, node: UUID) -> list[Anchor]:
        """Every countersigned head of a node's chain, in the order of epoch and number."""

    def last_anchor(self, node: UUID, by: UUID) -> Anchor | None:
        """The latest head of a node's chain that `by` countersigned."""

    def add_anchor(self, anchor: Anchor) -> bool:
        """Keep a countersigned head; False if it is there."""

    def open_breaks(self) -> list[Break]:
        """Chains that no longer hold what was countersigned, and have not been accepted since."""

    def add_break(self, found: Break) -> None:
        """Note that a chain no longer holds what was countersigned."""


class Ledger(HeadBook, OutBook, InBook, Registry, AnchorBook, Protocol):
    """One open transaction over all of it; `session` is what actions write their own rows with."""

    @property
    def session(self) -> Any:
        """The transaction as actions know it."""

    def savepoint(self) -> AbstractContextManager[Any]:
        """What happens inside is undone alone if it raises."""

    def life(self) -> str:
        """Which run of history the contents belong to: a restore begins another."""

    def restored(self) -> bool:
        """Whether the contents come from a backup restored since this was last asked and committed."""


class Store(Protocol):
    """Opens transactions."""

    transient: tuple[type[Exception], ...]
    """Errors that say nothing about an envelope: the transaction is given up and tried again later."""

    def work(self) -> AbstractContextManager[Ledger]:
        """A transaction of the application role over every unit."""

    def ingest(self) -> AbstractContextManager[Ledger]:
        """A transaction of the ingest role."""

    def exclusive(self, name: str) -> AbstractContextManager[bool]:
        """Whether this process got the lock of that name; kept until the block ends."""

    def incarnation(self) -> str:
        """Changes whenever the store was started anew."""
