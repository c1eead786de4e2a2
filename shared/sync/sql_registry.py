"""Nodes, keys and the units they speak for, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kit.audit import record
from shared.sync.keys import PublicKey
from shared.sync.messages import KeyChange
from shared.sync.records import Key, Peer
from shared.sync.refusal import Refused

_PEER = "SELECT node_id, tier, name, relation, last_batch FROM peer WHERE"
_BY_NODE = text(f"{_PEER} node_id = :node")
_BY_RELATION = text(f"{_PEER} relation = :relation ORDER BY registered_at, node_id")
_SAVE_PEER = text(
    "INSERT INTO peer (node_id, tier, name, relation, last_batch, registered_at)"
    " VALUES (:node, :tier, :name, :relation, :last_batch, :at) ON CONFLICT (node_id)"
    " DO UPDATE SET tier = excluded.tier, name = excluded.name, relation = excluded.relation"
)
_SAW = text("UPDATE peer SET last_batch = greatest(last_batch, :number), seen_at = :at WHERE node_id = :node")
_NEXT = text(
    "UPDATE peer SET last_batch = greatest(last_batch, :at_least) + 1 WHERE relation = 'self'"
    " RETURNING last_batch"
)
_READ = text("UPDATE peer SET read_at = :at WHERE node_id = :node")
_ASKING = text("SELECT restored_at FROM peer WHERE relation = 'self'")
_ASK = text("UPDATE peer SET restored_at = :at WHERE relation = 'self'")
_FORGET_READ = text("UPDATE peer SET read_at = NULL WHERE relation = 'child'")
_UNREAD = text(
    "SELECT count(*) FROM peer WHERE relation = 'child' AND read_at IS NULL"
    " AND node_id IN (SELECT node_id FROM peer_unit)"
)
_KEYS = text(
    "SELECT node_id, algorithm, public_key, from_batch, until_batch FROM peer_key WHERE node_id = :node"
)
_END_KEYS = text(
    "UPDATE peer_key SET until_batch = :from_batch WHERE node_id = :node AND until_batch IS NULL"
    " AND key_id <> :key"
)
_ADD_KEY = text(
    "INSERT INTO peer_key (node_id, key_id, algorithm, public_key, from_batch, change, learned_at)"
    " VALUES (:node, :key, :algorithm, :public, :from_batch, :change, :at)"
    " ON CONFLICT (node_id, key_id) DO NOTHING"
)
_CHANGES = text(
    "SELECT k.change FROM peer_key k JOIN peer p USING (node_id) WHERE k.change IS NOT NULL"
    " AND p.relation IN ('parent', 'above') AND k.key_id <> ALL(:known) ORDER BY k.learned_at, k.from_batch"
)
_OWNED = text("SELECT unit_id FROM peer_unit WHERE node_id = :node AND unit_id = ANY(:units)")
_UNITS = text("SELECT unit_id FROM peer_unit WHERE node_id = :node ORDER BY unit_id")
_TAKEN = text("SELECT unit_id FROM peer_unit WHERE node_id <> :node AND unit_id = ANY(:units)")
_BIND = text(
    "INSERT INTO peer_unit (unit_id, node_id) SELECT unnest(CAST(:units AS uuid[])), :node"
    " ON CONFLICT (unit_id) DO UPDATE SET node_id = excluded.node_id"
)
_PATHS = text("SELECT id, path FROM unit WHERE id = ANY(:units)")
_SPEND = text("INSERT INTO nonce (nonce, at) VALUES (:nonce, :at) ON CONFLICT DO NOTHING RETURNING nonce")
_FORGET = text("WITH gone AS (DELETE FROM nonce WHERE at < :before RETURNING 1) SELECT count(*) FROM gone")


class SqlRegistry:
    """The registry of one transaction."""

    session: Session

    def peer(self, node: UUID) -> Peer | None:
        """A known node."""
        row = self.session.execute(_BY_NODE, {"node": node}).first()
        return Peer(*row) if row else None

    def peers(self, relation: str) -> list[Peer]:
        """Nodes of one relation."""
        return [Peer(*row) for row in self.session.execute(_BY_RELATION, {"relation": relation})]

    def save_peer(self, peer: Peer, at: datetime) -> None:
        """Register a node or change its name and relation."""
        values = {name: getattr(peer, name) for name in Peer.__dataclass_fields__}
        self.session.execute(_SAVE_PEER, {**values, "at": at})

    def saw_peer(self, node: UUID, number: int, at: datetime) -> None:
        """The node was heard."""
        self.session.execute(_SAW, {"node": node, "number": number, "at": at})

    def next_number(self, at_least: int = 0) -> int:
        """A batch number of our own, never used before."""
        number: int | None = self.session.scalar(_NEXT, {"at_least": at_least})
        if number is None:
            raise Refused(409, "this node has not been set up")
        return number

    def keys(self, node: UUID) -> list[Key]:
        """Public keys of a node, old ones too."""
        rows = self.session.execute(_KEYS, {"node": node})
        return [
            Key(row.node_id, PublicKey(row.public_key, row.algorithm), row.from_batch, row.until_batch)
            for row in rows
        ]

    def add_key(self, key: Key, change: KeyChange | None, at: datetime) -> None:
        """Register a key; the node's other open keys end where it begins."""
        values: dict[str, object] = {"node": key.node, "key": key.public.id, "from_batch": key.from_batch}
        self.session.execute(_END_KEYS, values)
        values |= {"algorithm": key.public.algorithm, "public": key.public.raw, "at": at}
        values["change"] = msgspec.msgpack.encode(change) if change else None
        self.session.execute(_ADD_KEY, values)

    def key_changes(self, known: Sequence[str]) -> list[KeyChange]:
        """Signed key changes of the nodes above, except of keys already known."""
        rows = self.session.scalars(_CHANGES, {"known": list(known)})
        return [msgspec.msgpack.decode(row, type=KeyChange) for row in rows]

    def owned(self, node: UUID, units: Iterable[UUID]) -> set[UUID]:
        """Which of `units` are bound to `node`."""
        return set(self.session.scalars(_OWNED, {"node": node, "units": list(units)}))

    def units_of(self, node: UUID) -> list[UUID]:
        """Every unit bound to `node`."""
        return list(self.session.scalars(_UNITS, {"node": node}))

    def bind_units(self, node: UUID, units: Sequence[UUID], replace: bool) -> list[UUID]:
        """Bind units to a node unless another has them."""
        taken = list(self.session.scalars(_TAKEN, {"node": node, "units": list(units)}))
        if not taken or replace:
            self.session.execute(_BIND, {"node": node, "units": list(units)})
        return taken

    def paths(self, units: Iterable[UUID]) -> dict[UUID, str]:
        """Materialised paths of known units."""
        return {row.id: row.path for row in self.session.execute(_PATHS, {"units": list(units)})}

    def read_by(self, node: UUID, at: datetime) -> None:
        """A child said how far it has read."""
        self.session.execute(_READ, {"node": node, "at": at})

    def restored_since(self) -> datetime | None:
        """Since when this node asks what a restore took."""
        found: datetime | None = self.session.scalar(_ASKING)
        return found

    def set_restored_since(self, at: datetime | None) -> None:
        """Begin to ask, so that no child has been heard; or end it."""
        self.session.execute(_ASK, {"at": at})
        if at is not None:
            self.session.execute(_FORGET_READ)

    def unread(self) -> int:
        """How many children have not said yet how far they have read."""
        count: int | None = self.session.scalar(_UNREAD)
        return count or 0

    def spend_nonce(self, nonce: bytes, at: datetime) -> bool:
        """True the first time a nonce is seen."""
        return self.session.scalar(_SPEND, {"nonce": nonce, "at": at}) is not None

    def forget(self, before: datetime) -> int:
        """Drop old nonces."""
        count: int | None = self.session.scalar(_FORGET, {"before": before})
        return count or 0

    def audit(self, at: datetime, unit: UUID, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Write an audit event of the system's own."""
        record(self.session, at, None, unit, action, subject[:120], **detail)
