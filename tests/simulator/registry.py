"""Nodes, keys, units and codes in memory, as shared/sync/sql_{registry,enrolment}.py keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.sync.messages import KeyChange, UnitRow
from shared.sync.records import ABOVE, CHILD, PARENT, SELF, Code, Key, Peer
from shared.sync.refusal import Refused
from tests.simulator.tables import Transaction


@dataclass(frozen=True)
class Known:
    """A peer and when it was first registered."""

    peer: Peer
    at: datetime


@dataclass(frozen=True)
class Learned:
    """A key, the change that brought it, and when."""

    key: Key
    change: KeyChange | None
    at: datetime


class RegistryRows:
    """The registry of one transaction."""

    session: Transaction

    def peer(self, node: UUID) -> Peer | None:
        """A known node."""
        found = self.session.read("peers").get(node)
        return found.peer if found else None

    def peers(self, relation: str) -> list[Peer]:
        """Nodes of one relation, in the order they were registered."""
        rows = sorted(self.session.read("peers").values(), key=lambda row: (row.at, row.peer.node))
        return [row.peer for row in rows if row.peer.relation == relation]

    def save_peer(self, peer: Peer, at: datetime) -> None:
        """Register a node or change its name and relation."""
        rows = self.session.write("peers")
        before = rows.get(peer.node)
        last = before.peer.last_batch if before else peer.last_batch
        rows[peer.node] = Known(replace(peer, last_batch=last), before.at if before else at)

    def saw_peer(self, node: UUID, number: int, at: datetime) -> None:
        """The node was heard."""
        rows = self.session.write("peers")
        if node in rows:
            peer = rows[node].peer
            rows[node] = replace(rows[node], peer=replace(peer, last_batch=max(peer.last_batch, number)))

    def next_number(self, at_least: int = 0) -> int:
        """A batch number of our own, never used before."""
        me = self.peers(SELF)
        if not me:
            raise Refused(409, "this node has not been set up")
        number = max(me[0].last_batch, at_least) + 1
        self.saw_peer(me[0].node, number, datetime.min)
        return number

    def keys(self, node: UUID) -> list[Key]:
        """Public keys of a node, old ones too."""
        return [row.key for (who, _), row in self.session.read("keys").items() if who == node]

    def add_key(self, key: Key, change: KeyChange | None, at: datetime) -> None:
        """Register a key; the node's other open keys end where it begins."""
        rows = self.session.write("keys")
        for place, row in list(rows.items()):
            if place[0] == key.node and row.key.until_batch is None and place[1] != key.public.id:
                rows[place] = replace(row, key=replace(row.key, until_batch=key.from_batch))
        rows.setdefault((key.node, key.public.id), Learned(key, change, at))

    def key_changes(self, known: Sequence[str]) -> list[KeyChange]:
        """Signed key changes of the nodes above, except of keys already known."""
        above = {peer.node for peer in (*self.peers(PARENT), *self.peers(ABOVE))}
        rows = [row for (who, _), row in self.session.read("keys").items() if who in above]
        rows.sort(key=lambda row: (row.at, row.key.from_batch))
        return [row.change for row in rows if row.change is not None and row.key.public.id not in known]

    def owned(self, node: UUID, units: Iterable[UUID]) -> set[UUID]:
        """Which of `units` are bound to `node`."""
        bound = self.session.read("bound")
        return {unit for unit in units if bound.get(unit) == node}

    def units_of(self, node: UUID) -> list[UUID]:
        """Every unit bound to `node`."""
        return sorted(unit for unit, owner in self.session.read("bound").items() if owner == node)

    def bind_units(self, node: UUID, units: Sequence[UUID], replace: bool) -> list[UUID]:
        """Bind units to a node unless another has them."""
        rows = self.session.write("bound")
        taken = [unit for unit in units if rows.get(unit, node) != node]
        if not taken or replace:
            rows.update(dict.fromkeys(units, node))
        return taken

    def paths(self, units: Iterable[UUID]) -> dict[UUID, str]:
        """Materialised paths of known units."""
        rows = self.session.read("units")
        return {unit: rows[unit].path for unit in units if unit in rows}

    def tree(self, roots: Sequence[UUID]) -> list[UnitRow]:
        """Above, at and below the roots, parents first."""
        rows = self.session.read("units")
        paths = [rows[root].path for root in roots if root in rows]
        found = [
            row
            for row in rows.values()
            if any(row.path.startswith(path) or path.startswith(row.path) for path in paths)
        ]
        return sorted(found, key=lambda row: row.path)

    def store_units(self, rows: Sequence[UnitRow]) -> None:
        """Write units learned from the parent."""
        self.session.write("units").update({row.id: row for row in rows})

    def add_code(self, code: Code, at: datetime) -> None:
        """Keep an enrolment code's hash."""
        self.session.write("codes")[code.hash] = code

    def lock_code(self, hashed: bytes) -> Code | None:
        """An enrolment code by its hash."""
        return self.session.read("codes").get(hashed)

    def use_code(self, hashed: bytes, node: UUID, at: datetime) -> None:
        """Spend a code."""
        rows = self.session.write("codes")
        rows[hashed] = replace(rows[hashed], used_by=node)

    def read_by(self, node: UUID, at: datetime) -> None:
        """A child said how far it has read."""
        self.session.write("read")[node] = at

    def restored_since(self) -> datetime | None:
        """Since when this node asks what a restore took."""
        return self.session.read("meta").get("restored_since")

    def set_restored_since(self, at: datetime | None) -> None:
        """Begin to ask, so that no child has been heard; or end it."""
        self.session.write("meta")["restored_since"] = at
        if at is not None:
            self.session.write("read").clear()

    def unread(self) -> int:
        """How many children have not said yet how far they have read."""
        read, bound = self.session.read("read"), set(self.session.read("bound").values())
        children = [peer.node for peer in self.peers(CHILD) if peer.node in bound]
        return sum(node not in read for node in children)

    def spend_nonce(self, nonce: bytes, at: datetime) -> bool:
        """True the first time a nonce is seen."""
        rows = self.session.write("nonces")
        fresh = nonce not in rows
        rows.setdefault(nonce, at)
        return fresh

    def forget(self, before: datetime) -> int:
        """Drop old nonces."""
        rows = self.session.write("nonces")
        gone = [nonce for nonce, at in rows.items() if at < before]
        for nonce in gone:
            del rows[nonce]
        return len(gone)

    def audit(self, at: datetime, unit: UUID, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Write an audit event."""
        self.session.write("audit")[self.session.number("audit")] = (at, unit, action, subject, dict(detail))

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """For status, by stream: drafts, rejected, quarantined, unrebuilt."""
        found: dict[str, dict[str, int]] = {}

        def add(stream: str, name: str, *, if_so: bool) -> None:
            if if_so:
                counts = found.setdefault(stream, {})
                counts[name] = counts.get(name, 0) + 1

        for row in self.session.read("outbox").values():
            add(row.stream, "drafts", if_so=row.seq is None)
            add(row.stream, "rejected", if_so=row.rejected is not None)
        for (stream, _seq), (_fault, released) in self.session.read("quarantine").items():
            add(stream, "quarantined", if_so=released is None)
        for (stream, _seq), row in self.session.read("recovered").items():
            add(stream, "unrebuilt", if_so=not row.done)
        return found
