"""A node: one service instance with its keys, its store, its actions, and a way to its parent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import msgspec

from shared.kit.clock import Clock
from shared.sync.keys import KeyRing, PublicKey
from shared.sync.messages import KeyChange
from shared.sync.records import PARENT, SELF, Peer, Received
from shared.sync.refusal import Refused
from shared.sync.signed import KeyFinder
from shared.sync.store import Ledger, Store

Act = Callable[[Any, Sequence[Received], datetime], None]
"""(session, envelopes of one kind in stream order, now). Raise Unacceptable for one that can never apply."""


class Transport(Protocol):
    """A way to the parent: its address comes from settings, never from a payload."""

    def call(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Post a body; (status, answer). Raises Unreachable when nothing is known about the outcome."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a tier does with one kind: when it arrives, and when an own one comes back after a restore."""

    receive: Act | None = None
    recover: Act | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request, one job and one wait."""

    batch_envelopes: int = 500
    batch_bytes: int = 4 * 2**20
    body_bytes: int = 8 * 2**20
    opened_bytes: int = 32 * 2**20
    batches_a_job: int = 20
    tail_envelopes: int = 1000
    sweep_envelopes: int = 5000
    window: timedelta = timedelta(minutes=5)
    restore_wait: timedelta = timedelta(minutes=15)


@dataclass(slots=True)
class Node:
    """Everything the protocol touches is passed in, so that a simulator can drive this very code."""

    tier: str
    keys: KeyRing
    store: Store
    clock: Clock
    rng: Callable[[int], bytes]
    contracts: Mapping[tuple[str, int], type[msgspec.Struct]]
    actions: Mapping[tuple[str, int], Action]
    transport: Transport | None = None
    limits: Limits = field(default_factory=Limits)
    aligned: str | None = None
    """The store's incarnation for which heads have been compared with the parent."""
    above: str | None = None
    """The parent's life as it was last told."""

    def identity(self, ledger: Ledger) -> Peer:
        """This node's own row; Refused (409) before it has been set up or enrolled."""
        found = ledger.peers(SELF)
        if not found:
            raise Refused(409, "this node has not been set up")
        return found[0]

    def parent(self, ledger: Ledger) -> Peer:
        """The parent's row; Refused (409) before enrolment."""
        found = ledger.peers(PARENT)
        if not found:
            raise Refused(409, "this node has not been enrolled")
        return found[0]


def own_keys(node: Node, me: UUID) -> KeyFinder:
    """Finds this node's own keys, old ones too."""
    return lambda who, key: node.keys.public(key) if who == me else None


def known_keys(ledger: Ledger) -> KeyFinder:
    """Finds registered keys, retired ones too."""

    def find(who: UUID, key_id: str) -> PublicKey | None:
        return next((key.public for key in ledger.keys(who) if key.public.id == key_id), None)

    return find


def all_keys(node: Node, ledger: Ledger) -> KeyFinder:
    """Finds own keys in the key file and others' in the registry, retired ones too."""
    me, others = node.identity(ledger).node, known_keys(ledger)
    return lambda who, key: node.keys.public(key) if who == me else others(who, key)


def open_keys(ledger: Ledger) -> KeyFinder:
    """Finds keys in present use: retired ones sign no requests and no answers."""

    def find(who: UUID, key_id: str) -> PublicKey | None:
        keys = [key for key in ledger.keys(who) if key.public.id == key_id and key.until_batch is None]
        return keys[0].public if keys else None

    return find


def key_changes(node: Node, ledger: Ledger, known: Sequence[str]) -> list[KeyChange]:
    """Signed key changes of this node and of those above it, except of keys already known."""
    own = [msgspec.msgpack.decode(raw, type=KeyChange) for raw in node.keys.changes]
    return [change for change in own if change.by_new.key not in known] + ledger.key_changes(known)
