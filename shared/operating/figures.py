"""What the tables tell an operator: one query a figure, made so that it stays cheap when much waits.

Ages are in seconds, counts in envelopes. Labels carry ids and unit codes, never a name of anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric
from sqlalchemy import TextClause, text

WORST = 20
"""Streams named one by one; the totals count them all."""

# The unit a stream is addressed to, or speaks for; found by its id, for the code an operator knows it by.
_CODE = (
    "(SELECT u.code FROM unit u WHERE u.id = CAST(CASE WHEN split_part(w.stream, ':', 3) IN ('', '*')"
    " THEN split_part(w.stream, ':', 2) ELSE split_part(w.stream, ':', 3) END AS uuid))"
)
_BY_STREAM = (
    f"SELECT w.stream, {_CODE} AS unit, sum(w.waiting) AS waiting, min(w.oldest) AS oldest"  # noqa: S608 — of constants
    " FROM (SELECT * FROM behind UNION ALL SELECT * FROM drafts) w GROUP BY w.stream"
)
_DRAFTS = (
    "drafts AS (SELECT stream, count(*) AS waiting, min(created_at) AS oldest FROM outbox"
    " WHERE seq IS NULL AND stream LIKE"
)
# Counted from the heads: the first envelope that waits is looked up, the others are not.
UPWARD = text(
    "WITH behind AS ("  # noqa: S608 — of constants
    "SELECT h.stream, h.seq - h.acked_seq AS waiting, (SELECT o.created_at FROM outbox o"
    " WHERE o.stream = h.stream AND o.seq = h.acked_seq + 1) AS oldest FROM stream_head h"
    " WHERE h.side = 'out' AND h.stream LIKE 'up:%' AND h.acked_seq < h.seq),"
    f" {_DRAFTS} 'up:%' GROUP BY stream) {_BY_STREAM}"
)
# What the slowest child said, who has read the stream before; and streams that nobody has read, though a
# child stands where they lead. (A child that is silent altogether shows in PEERS.)
DOWNWARD = text(
    "WITH said AS (SELECT c.stream, min(c.seq) AS seq FROM stream_cursor c"  # noqa: S608 — of constants
    " JOIN peer n ON n.node_id = c.node_id AND n.relation = 'child' GROUP BY c.stream),"
    " unread AS (SELECT h.stream, h.seq, 0 AS slowest FROM stream_head h"
    " JOIN unit t ON t.id = coalesce(h.target_unit, h.origin_unit)"
    " WHERE h.side = 'out' AND h.stream LIKE 'down:%' AND h.seq > 0"
    " AND NOT EXISTS (SELECT 1 FROM said s WHERE s.stream = h.stream)"
    " AND EXISTS (SELECT 1 FROM peer n JOIN peer_unit p ON p.node_id = n.node_id"
    " JOIN unit u ON u.id = p.unit_id WHERE n.relation = 'child'"
    " AND CASE WHEN h.target_unit IS NULL THEN left(u.path, length(t.path)) = t.path"
    " ELSE left(t.path, length(u.path)) = u.path END)),"
    " late AS (SELECT h.stream, h.seq, s.seq AS slowest FROM stream_head h JOIN said s ON s.stream = h.stream"
    " WHERE h.side = 'out' AND s.seq < h.seq UNION ALL SELECT * FROM unread),"
    " behind AS (SELECT l.stream, l.seq - l.slowest AS waiting, (SELECT o.created_at FROM outbox o"
    " WHERE o.stream = l.stream AND o.seq = l.slowest + 1) AS oldest FROM late l),"
    f" {_DRAFTS} 'down:%' GROUP BY stream) {_BY_STREAM}"
)
HELD = text(
    "SELECT coalesce(sum(seq - applied_seq), 0) FROM stream_head WHERE side = 'in' AND applied_seq < seq"
)
QUARANTINED = text("SELECT count(*), min(at) FROM quarantine WHERE released_at IS NULL")
NOT_REBUILT = text("SELECT count(*) FROM recovered WHERE NOT rebuilt")
STREAMS = text("SELECT side, state, count(*) FROM stream_head GROUP BY side, state")
PEERS = text("SELECT node_id, coalesce(seen_at, registered_at) FROM peer WHERE relation = 'child'")
HEAD = text("SELECT coalesce(max(seq), 0) FROM audit_seal")
# Above the last sealed event only: what committed late below it is sealed with the next run.
UNSEALED = text(
    "SELECT count(*), min(at) FROM audit_event WHERE id > (SELECT coalesce(max(event_id), 0) FROM audit_seal)"
)
ANCHORED = text(
    "SELECT coalesce(max(a.seq), 0), max(a.at) FROM audit_anchor a JOIN peer s ON s.node_id = a.node_id"
    " WHERE s.relation = 'self' AND a.by_node <> a.node_id"
)
BREAKS = text(
    "SELECT count(*) FROM audit_break b WHERE NOT EXISTS (SELECT 1 FROM audit_anchor a"
    " WHERE a.node_id = b.node_id AND a.by_node = b.by_node AND a.epoch > b.epoch)"
)
DIFFERENT = ("forked", "refused", "behind")
"""States of a stream whose heads do not agree with the peer's."""

Rows = Sequence[Any]


@dataclass(frozen=True)
class Figure:
    """A query, and what it becomes."""

    name: str
    query: TextClause
    told: Callable[[Rows, datetime], Iterator[Metric]]


def age(moment: datetime | None, now: datetime) -> float:
    """Seconds since a moment, 0 where nothing is waiting."""
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def one(name: str, text: str, value: float) -> Gauge:
    """A figure without labels."""
    return Gauge(name, text, value=value)


def _lag(way: str) -> Callable[[Rows, datetime], Iterator[Metric]]:
    def told(rows: Rows, now: datetime) -> Iterator[Metric]:
        count = Gauge(
            "sanji_outbox_waiting_envelopes", "Own envelopes the peer has not acknowledged", labels=["way"]
        )
        oldest = Gauge("sanji_outbox_oldest_seconds", "Age of the oldest of them", labels=["way"])
        streams = Gauge("sanji_outbox_lagging_streams", "Streams with any of them", labels=["way"])
        count.add_metric([way], sum(row.waiting for row in rows))
        oldest.add_metric([way], max((age(row.oldest, now) for row in rows), default=0.0))
        streams.add_metric([way], len(rows))
        yield from (count, oldest, streams)
        labels = ["way", "stream", "unit"]
        many = Gauge(
            "sanji_stream_waiting_envelopes", f"The same, of the {WORST} oldest streams", labels=labels
        )
        old = Gauge("sanji_stream_oldest_seconds", f"The same, of the {WORST} oldest streams", labels=labels)
        for row in sorted(rows, key=lambda row: (-age(row.oldest, now), row.stream))[:WORST]:
            many.add_metric([way, row.stream, row.unit or ""], row.waiting)
            old.add_metric([way, row.stream, row.unit or ""], age(row.oldest, now))
        yield from (many, old)

    return told


def _held(rows: Rows, _now: datetime) -> Iterator[Metric]:
    yield one("sanji_inbox_held_envelopes", "Received, waiting for a newer program to apply them", rows[0][0])


def _quarantined(rows: Rows, now: datetime) -> Iterator[Metric]:
    yield one("sanji_quarantined_envelopes", "Received, could not be applied, set aside", rows[0][0])
    yield one("sanji_quarantine_oldest_seconds", "Age of the oldest set aside", age(rows[0][1], now))


def _not_rebuilt(rows: Rows, _now: datetime) -> Iterator[Metric]:
    yield one("sanji_not_rebuilt_envelopes", "Came back after a restore, their facts not rebuilt", rows[0][0])


def _streams(rows: Rows, _now: datetime) -> Iterator[Metric]:
    family = Gauge("sanji_streams", "Streams by side and state", labels=["side", "state"])
    for side, state, count in rows:
        family.add_metric([side, state], count)
    yield family
    different = sum(count for _, state, count in rows if state in DIFFERENT)
    yield one("sanji_heads_differ_streams", "Streams on which this node and its peer do not agree", different)


def _peers(rows: Rows, now: datetime) -> Iterator[Metric]:
    family = Gauge("sanji_child_silent_seconds", "Since a child node was last heard", labels=["node"])
    for node, seen in rows:
        family.add_metric([str(node)], age(seen, now))
    yield family


def _head(rows: Rows, _now: datetime) -> Iterator[Metric]:
    yield one("sanji_audit_head", "Number of the last seal of the audit chain", rows[0][0])


def _unsealed(rows: Rows, now: datetime) -> Iterator[Metric]:
    yield one("sanji_audit_unsealed_events", "Audit events after the last seal", rows[0][0])
    yield one("sanji_audit_unsealed_oldest_seconds", "Age of the oldest of them", age(rows[0][1], now))


def _anchored(rows: Rows, now: datetime) -> Iterator[Metric]:
    seq, at = rows[0]
    yield one("sanji_audit_anchored", "Number of the last seal that another node has countersigned", seq)
    if at is not None:
        yield one("sanji_audit_anchor_age_seconds", "Since it was countersigned", age(at, now))


def _breaks(rows: Rows, _now: datetime) -> Iterator[Metric]:
    yield one("sanji_audit_breaks", "Audit chains that no longer hold what was countersigned", rows[0][0])


FIGURES = (
    Figure("upward", UPWARD, _lag("up")),
    Figure("downward", DOWNWARD, _lag("down")),
    Figure("held", HELD, _held),
    Figure("quarantined", QUARANTINED, _quarantined),
    Figure("not_rebuilt", NOT_REBUILT, _not_rebuilt),
    Figure("streams", STREAMS, _streams),
    Figure("children", PEERS, _peers),
    Figure("audit_head", HEAD, _head),
    Figure("audit_unsealed", UNSEALED, _unsealed),
    Figure("audit_anchored", ANCHORED, _anchored),
    Figure("audit_breaks", BREAKS, _breaks),
)
