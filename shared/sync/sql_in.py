"""Received envelopes and their evidence in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kit.copying import copy_rows
from shared.kit.ids import new_id
from shared.sync.envelope import Item
from shared.sync.records import APPLIED, QUARANTINED, Fault, InboxRow
from shared.sync.signed import Signed, read

_COLUMNS = (
    "stream", "seq", "epoch", "hash", "kind", "version", "unit_id", "header", "payload", "state",
    "manifest_id", "received_at",
)  # fmt: skip
_HASHES = text(
    "SELECT i.stream, i.hash FROM inbox i JOIN unnest(CAST(:streams AS text[]), CAST(:seqs AS bigint[]))"
    " AS n(stream, seq) ON n.stream = i.stream AND n.seq = i.seq"
)
_HELD = text(
    "SELECT header, payload FROM inbox WHERE stream = :stream AND seq > :seq ORDER BY seq LIMIT :limit"
)
_MARK = text(
    "UPDATE inbox SET state = CASE WHEN seq = ANY(:bad) THEN :quarantined ELSE :applied END"
    " WHERE stream = :stream AND seq BETWEEN :first AND :last"
)
_FAULT = text(
    "INSERT INTO quarantine (stream, seq, unit_id, reason, detail, at)"
    " VALUES (:stream, :seq, :unit, left(:reason, 300), left(:detail, 4000), :at)"
    " ON CONFLICT (stream, seq) DO NOTHING"
)
_QUARANTINED = text("SELECT 1 FROM quarantine WHERE stream = :stream AND seq = :seq AND released_at IS NULL")
_RELEASE = text("UPDATE quarantine SET released_at = :at WHERE stream = :stream AND seq = :seq")
_AFTER = text(
    "SELECT header, payload, manifest_id FROM inbox WHERE stream = :stream AND seq > :seq"
    " ORDER BY seq LIMIT :limit"
)
_MANIFEST = text(
    "INSERT INTO manifest (id, node_id, number, document, received_at)"
    " VALUES (:id, :node, :number, :document, :at)"
)
_MANIFESTS = text("SELECT document FROM manifest WHERE id = ANY(:ids) ORDER BY received_at, number")
_RECEIPT = text(
    "INSERT INTO receipt (id, node_id, side, document, at) VALUES (:id, :node, :side, :document, :at)"
)
_UNDELIVERED = text(
    "SELECT id, document FROM receipt WHERE side = 'out' AND delivered_at IS NULL"
    " ORDER BY at, id LIMIT :limit"
)
_DELIVERED = text("UPDATE receipt SET delivered_at = :at WHERE id = ANY(:ids)")
# One given and not yet delivered is still on its way, however old.
_PRUNE = text(
    "WITH gone AS (DELETE FROM receipt WHERE at < :before AND (side = 'in' OR delivered_at IS NOT NULL)"
    " RETURNING 1) SELECT count(*) FROM gone"
)


class SqlIn:
    """The inbox of one transaction."""

    session: Session

    def received_hashes(self, places: Sequence[tuple[str, int]]) -> dict[str, bytes]:
        """Hash at one number per stream."""
        if not places:
            return {}
        streams, seqs = [stream for stream, _ in places], [seq for _, seq in places]
        rows = self.session.execute(_HASHES, {"streams": streams, "seqs": seqs})
        return {row.stream: row.hash for row in rows}

    def add_received(self, rows: Sequence[InboxRow], manifest: UUID, at: datetime) -> None:
        """Store received envelopes by binary COPY: the locked heads have deduplicated them."""
        copy_rows(self.session, "inbox", _COLUMNS, ((*_values(row), manifest, at) for row in rows))

    def held_after(self, stream: str, seq: int, limit: int) -> list[Item]:
        """Received items after a number."""
        rows = self.session.execute(_HELD, {"stream": stream, "seq": seq, "limit": limit})
        return [Item(row.header, row.payload) for row in rows]

    def mark_applied(self, stream: str, first: int, last: int, quarantined: Sequence[int]) -> None:
        """Rows first … last are settled."""
        places = {"stream": stream, "first": first, "last": last, "bad": list(quarantined)}
        self.session.execute(_MARK, {**places, "quarantined": QUARANTINED, "applied": APPLIED})

    def add_faults(self, faults: Sequence[Fault], at: datetime) -> None:
        """Quarantine."""
        for fault in faults:
            values = {name: getattr(fault, name) for name in Fault.__dataclass_fields__}
            self.session.execute(_FAULT, {**values, "at": at})

    def in_quarantine(self, stream: str, seq: int) -> bool:
        """Whether that envelope waits in quarantine."""
        return self.session.execute(_QUARANTINED, {"stream": stream, "seq": seq}).first() is not None

    def release_fault(self, stream: str, seq: int, at: datetime) -> None:
        """Take an envelope out of quarantine."""
        self.session.execute(_RELEASE, {"stream": stream, "seq": seq, "at": at})

    def received_after(self, stream: str, seq: int, limit: int) -> tuple[list[Item], list[Signed]]:
        """Received items and the manifests they came under."""
        found = self.session.execute(_AFTER, {"stream": stream, "seq": seq, "limit": limit}).all()
        ids = list({row.manifest_id for row in found})
        documents = self.session.scalars(_MANIFESTS, {"ids": ids})
        return [Item(row.header, row.payload) for row in found], [read(raw) for raw in documents]

    def add_manifest(self, node: UUID, number: int, document: Signed, at: datetime) -> UUID:
        """Keep a signed manifest."""
        values = {"id": new_id(), "node": node, "number": number, "document": document.encode(), "at": at}
        self.session.execute(_MANIFEST, values)
        return values["id"]  # type: ignore[return-value]

    def add_receipt(self, node: UUID, side: str, document: Signed, at: datetime) -> None:
        """Keep a signed receipt."""
        values = {"id": new_id(), "node": node, "side": side, "document": document.encode(), "at": at}
        self.session.execute(_RECEIPT, values)

    def undelivered(self, limit: int) -> list[tuple[UUID, Signed]]:
        """Given receipts the peer has not got yet."""
        rows = self.session.execute(_UNDELIVERED, {"limit": limit})
        return [(row.id, read(row.document)) for row in rows]

    def mark_delivered(self, ids: Sequence[UUID], at: datetime) -> None:
        """The peer has them."""
        if ids:
            self.session.execute(_DELIVERED, {"ids": list(ids), "at": at})

    def prune_receipts(self, before: datetime) -> int:
        """Drop settled receipts older than `before`; how many."""
        count: int | None = self.session.scalar(_PRUNE, {"before": before})
        return count or 0


def _values(row: InboxRow) -> tuple[object, ...]:
    return (
        row.stream, row.seq, row.epoch, row.hash, row.kind, row.version, row.unit, row.header, row.payload,
        row.state,
    )  # fmt: skip
