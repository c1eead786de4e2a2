"""Heads and cursors in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shared.sync.messages import Mark
from shared.sync.models import StreamHead
from shared.sync.records import IN, OUT, UNHEARD, Head, Reading
from shared.sync.streams import DOWN

_OF = StreamHead.__table__.c
_HEADS = select(
    _OF.stream, _OF.side, _OF.origin_unit, _OF.target_unit, _OF.epoch, _OF.seq, _OF.hash, _OF.acked_seq,
    _OF.applied_seq, _OF.state, _OF.held_reason, _OF.since, _OF.wanted_seq,
).order_by(_OF.stream)  # fmt: skip
_LOCK = _HEADS.where(text("stream = ANY(:streams)")).with_for_update()
_OPEN = text(
    "INSERT INTO stream_head (stream, side, origin_unit, target_unit, epoch, seq, hash)"
    " SELECT * FROM unnest(CAST(:stream AS text[]), CAST(:side AS text[]), CAST(:origin AS uuid[]),"
    " CAST(:target AS uuid[]), CAST(:epoch AS int[]), CAST(:seq AS bigint[]), CAST(:hash AS bytea[]))"
    " ON CONFLICT (stream) DO NOTHING"
)
_SAVE = text(
    "UPDATE stream_head h SET epoch = n.epoch, seq = n.seq, hash = n.hash, acked_seq = n.acked,"
    " applied_seq = n.applied, state = n.state, held_reason = n.reason, since = n.since,"
    " wanted_seq = n.wanted"
    " FROM unnest(CAST(:stream AS text[]), CAST(:epoch AS int[]), CAST(:seq AS bigint[]),"
    " CAST(:hash AS bytea[]), CAST(:acked AS bigint[]), CAST(:applied AS bigint[]), CAST(:state AS text[]),"
    " CAST(:reason AS text[]), CAST(:since AS timestamptz[]), CAST(:wanted AS bigint[]))"
    " AS n(stream, epoch, seq, hash, acked, applied, state, reason, since, wanted)"
    " WHERE h.stream = n.stream"
)
_SIDE = _HEADS.where(text("side = :side"))
_FROM = _HEADS.where(
    text("side = :side AND origin_unit IN (SELECT unit_id FROM peer_unit WHERE node_id = :node)")
)
_UNSENT = _HEADS.where(text("side = 'out' AND state = 'open' AND acked_seq < seq AND stream LIKE 'up:%'"))
# A broadcast is read below its origin; an addressed stream at its target or above it, down to the node.
_READS = text(
    "side = :side AND stream LIKE :down AND ("
    # Most streams are for a unit of the node itself: found by its id, without comparing every path with all.
    " coalesce(stream_head.target_unit, stream_head.origin_unit)"
    " IN (SELECT unit_id FROM peer_unit WHERE node_id = :node)"
    # The node's paths are read once, as an array: joined, they would be looked up again for every stream.
    " OR EXISTS (SELECT 1 FROM unit t, unnest(ARRAY(SELECT u.path FROM peer_unit p"
    " JOIN unit u ON u.id = p.unit_id WHERE p.node_id = :node)) AS mine(path)"
    " WHERE t.id = coalesce(stream_head.target_unit, stream_head.origin_unit)"
    " AND CASE WHEN stream_head.target_unit IS NULL THEN left(mine.path, length(t.path)) = t.path"
    " ELSE left(t.path, length(mine.path)) = mine.path END))"
)
_READABLE = _HEADS.where(_READS)
_READS_IT = _READABLE.where(text("stream = :stream"))
_SLOWEST = text(
    "SELECT h.stream, min(coalesce(c.seq, 0)) AS seq FROM stream_head h"
    " JOIN unit t ON t.id = coalesce(h.target_unit, h.origin_unit)"
    " JOIN peer n ON n.relation = 'child' LEFT JOIN stream_cursor c"
    " ON c.stream = h.stream AND c.node_id = n.node_id"
    " WHERE h.side = 'out' AND h.stream LIKE 'down:%' AND EXISTS (SELECT 1 FROM peer_unit p"
    " JOIN unit u ON u.id = p.unit_id WHERE p.node_id = n.node_id"
    " AND CASE WHEN h.target_unit IS NULL THEN left(u.path, length(t.path)) = t.path"
    " ELSE left(t.path, length(u.path)) = u.path END) GROUP BY h.stream"
)
_UNHEAR = text("UPDATE stream_cursor SET seen_at = :at WHERE stream = ANY(:streams)")
_READINGS = text("SELECT node_id, epoch, seq, seen_at FROM stream_cursor WHERE stream = :stream")
_CHILDREN = text("SELECT node_id FROM peer WHERE relation = 'child'")
_SAVE_READINGS = text(
    "INSERT INTO stream_cursor (stream, node_id, epoch, seq, seen_at)"
    " SELECT n.stream, :node, n.epoch, n.seq, :at FROM unnest(CAST(:stream AS text[]),"
    " CAST(:epoch AS int[]), CAST(:seq AS bigint[])) AS n(stream, epoch, seq)"
    " ON CONFLICT (stream, node_id)"
    " DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, seen_at = excluded.seen_at"
    # A reader that has not moved is noted once a minute only: polls must not bloat the table.
    " WHERE :always OR (stream_cursor.epoch, stream_cursor.seq) <> (excluded.epoch, excluded.seq)"
    " OR stream_cursor.seen_at < excluded.seen_at - interval '1 minute'"
)


class SqlHeads:
    """Heads and readings of one transaction."""

    session: Session

    def lock_heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Heads that exist among `streams`, locked in name order."""
        return {head.stream: head for head in self._read(_LOCK, streams=list(streams))}

    def open_heads(self, heads: Sequence[Head]) -> dict[str, Head]:
        """Make absent heads, then lock and return them all."""
        names = [head.stream for head in heads]
        found = self.lock_heads(names)
        absent = [head for head in heads if head.stream not in found]
        if not absent:
            return found
        self.session.execute(_OPEN, columns_of(absent))
        return self.lock_heads(names)

    def save_heads(self, heads: Iterable[Head]) -> None:
        """Write locked heads back in one statement."""
        rows = list(heads)
        if rows:
            self.session.execute(_SAVE, columns_of(rows))

    def heads(self, side: str) -> list[Head]:
        """Every head of one side, by name."""
        return self._read(_SIDE, side=side)

    def unsent(self) -> list[Head]:
        """Own upward heads ahead of what was acknowledged."""
        return self._read(_UNSENT)

    def heads_from(self, node: UUID) -> list[Head]:
        """Received heads whose origin is bound to `node`."""
        return self._read(_FROM, side=IN, node=node)

    def readable(self, node: UUID) -> list[Head]:
        """Own downward heads `node` may read."""
        return self._read(_READABLE, side=OUT, down=f"{DOWN}:%", node=node)

    def readings(self, head: Head) -> dict[UUID, Reading | None]:
        """What each child that may read the stream last said."""
        said = {
            row.node_id: Reading(*row) for row in self.session.execute(_READINGS, {"stream": head.stream})
        }
        children = self.session.scalars(_CHILDREN).all()
        return {node: said.get(node) for node in children if self._reads(node, head)}

    def slowest(self) -> dict[str, int]:
        """For every own downward stream with readers, how far the slowest has read."""
        return {row.stream: row.seq for row in self.session.execute(_SLOWEST)}

    def unhear(self, streams: Sequence[str]) -> None:
        """From now on nobody has been heard on these streams."""
        if streams:
            self.session.execute(_UNHEAR, {"streams": list(streams), "at": UNHEARD})

    def save_readings(self, node: UUID, marks: Sequence[Mark], at: datetime, always: bool = False) -> None:
        """Remember how far `node` has read."""
        fields = {name: [getattr(mark, name) for mark in marks] for name in ("stream", "epoch", "seq")}
        if marks:
            self.session.execute(_SAVE_READINGS, {"node": node, "at": at, "always": always, **fields})

    def _reads(self, node: UUID, head: Head) -> bool:
        places = {"side": OUT, "down": f"{DOWN}:%", "node": node, "stream": head.stream}
        return self.session.execute(_READS_IT, places).first() is not None

    def _read(self, statement: Any, **values: Any) -> list[Head]:
        return list(starmap(Head, self.session.execute(statement, values)))


def columns_of(heads: Sequence[Head]) -> dict[str, list[Any]]:
    """Heads as one array per field, the form `unnest` takes."""
    names = Head.__dataclass_fields__
    return {name: [getattr(head, name) for head in heads] for name in names}
