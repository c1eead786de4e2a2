"""Own envelopes in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from shared.sync.envelope import GENESIS, Envelope, Item
from shared.sync.models import Outbox
from shared.sync.records import Draft, Rebuilt

_DRAFT_STREAMS = text("SELECT DISTINCT stream FROM outbox WHERE seq IS NULL ORDER BY stream")
_DRAFTS = text(
    "SELECT id, stream, kind, version, unit_id, payload, created_at FROM outbox"
    " WHERE stream = :stream AND seq IS NULL ORDER BY id LIMIT :limit"
)
_MARK = text(
    "UPDATE outbox o SET epoch = n.epoch, seq = n.seq, hash = n.hash, header = n.header"
    " FROM unnest(CAST(:id AS bigint[]), CAST(:epoch AS int[]), CAST(:seq AS bigint[]),"
    " CAST(:hash AS bytea[]), CAST(:header AS bytea[])) AS n(id, epoch, seq, hash, header)"
    " WHERE o.id = n.id AND o.seq IS NULL"
)
_UNSEAL = text(
    "UPDATE outbox SET epoch = NULL, seq = NULL, hash = NULL, header = NULL"
    " WHERE stream = :stream AND seq > :after"
)
_AFTER = text(
    "SELECT header, payload FROM outbox WHERE stream = :stream AND seq > :seq ORDER BY seq LIMIT :limit"
)
_HASH = text("SELECT hash FROM outbox WHERE stream = :stream AND seq = :seq")
_REJECT = text("UPDATE outbox SET rejected = left(:reason, 300) WHERE stream = :stream AND seq = :seq")
_REBUILT = text(
    "INSERT INTO recovered (stream, seq, kind, unit_id, rebuilt, reason, at)"
    " VALUES (:stream, :seq, :kind, :unit, :done, left(:reason, 300), :at)"
    " ON CONFLICT (stream, seq) DO UPDATE SET rebuilt = excluded.rebuilt, reason = excluded.reason"
)


class SqlOut:
    """The outbox of one transaction."""

    session: Session

    def draft_streams(self) -> list[str]:
        """Streams with drafts."""
        return list(self.session.scalars(_DRAFT_STREAMS))

    def drafts(self, stream: str, limit: int | None) -> list[Draft]:
        """Drafts of a stream in outbox order."""
        rows = self.session.execute(_DRAFTS, {"stream": stream, "limit": limit})
        return [Draft(*row) for row in rows]

    def mark_sealed(self, rows: Sequence[tuple[int, Envelope]]) -> None:
        """Give drafts their place in the chain, in one statement."""
        if not rows:
            return
        envelopes = [envelope for _, envelope in rows]
        values = {
            "id": [draft for draft, _ in rows],
            "epoch": [envelope.header.epoch for envelope in envelopes],
            "seq": [envelope.header.seq for envelope in envelopes],
            "hash": [envelope.hash for envelope in envelopes],
            "header": [envelope.item.header for envelope in envelopes],
        }
        self.session.execute(_MARK, values)

    def unseal(self, stream: str, after: int) -> None:
        """Sealed rows after a number become drafts again."""
        self.session.execute(_UNSEAL, {"stream": stream, "after": after})

    def sent_after(self, stream: str, seq: int, limit: int) -> list[Item]:
        """Sealed items after a number."""
        rows = self.session.execute(_AFTER, {"stream": stream, "seq": seq, "limit": limit})
        return [Item(row.header, row.payload) for row in rows]

    def sent_hash(self, stream: str, seq: int) -> bytes | None:
        """Hash of an own envelope."""
        if seq == 0:
            return GENESIS
        found: bytes | None = self.session.scalar(_HASH, {"stream": stream, "seq": seq})
        return found

    def add_sent(self, envelopes: Sequence[Envelope]) -> None:
        """Put back own envelopes recovered from a peer."""
        if envelopes:
            self.session.execute(insert(Outbox), list(map(_row, envelopes)))

    def mark_rejected(self, faults: Iterable[tuple[str, int, str]]) -> None:
        """Note signed rejections."""
        for stream, seq, reason in faults:
            self.session.execute(_REJECT, {"stream": stream, "seq": seq, "reason": reason})

    def add_rebuilt(self, rows: Sequence[Rebuilt], at: datetime) -> None:
        """List what came back."""
        for row in rows:
            values = {name: getattr(row, name) for name in Rebuilt.__dataclass_fields__}
            self.session.execute(_REBUILT, {**values, "at": at})


def _row(envelope: Envelope) -> dict[str, object]:
    header, item = envelope.header, envelope.item
    return {
        "stream": header.stream,
        "epoch": header.epoch,
        "seq": header.seq,
        "hash": envelope.hash,
        "kind": header.kind,
        "version": header.version,
        "unit_id": header.unit,
        "header": item.header,
        "payload": item.payload,
        "created_at": header.created_at,
    }
