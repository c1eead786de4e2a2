"""The audit chain's ends and what was countersigned of them, in PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.sync.anchors import Anchor, Break
from shared.sync.signed import Signed, read

_HEAD = text("SELECT proof FROM audit_seal WHERE proof IS NOT NULL ORDER BY seq DESC LIMIT 1")
_HASH = text("SELECT hash FROM audit_seal WHERE seq = :seq")
_ANCHOR = "SELECT node_id, by_node, epoch, seq, hash, at, reason, document FROM audit_anchor WHERE"
_ANCHORS = text(f"{_ANCHOR} node_id = :node ORDER BY epoch, seq, by_node")
_LAST = text(f"{_ANCHOR} node_id = :node AND by_node = :by ORDER BY epoch DESC, seq DESC LIMIT 1")
_ADD = text(
    "INSERT INTO audit_anchor (node_id, by_node, epoch, seq, hash, at, reason, document)"
    " VALUES (:node, :by, :epoch, :seq, :hash, :at, :reason, :document) ON CONFLICT DO NOTHING"
    " RETURNING seq"
)
_BREAKS = text(
    "SELECT node_id, by_node, epoch, seq, hash, found, head, ends, at FROM audit_break b WHERE NOT EXISTS"
    " (SELECT 1 FROM audit_anchor a WHERE a.node_id = b.node_id AND a.by_node = b.by_node"
    " AND a.epoch > b.epoch) ORDER BY at, node_id, by_node, ends"
)
_ADD_BREAK = text(
    "INSERT INTO audit_break (node_id, by_node, epoch, seq, hash, found, head, ends, at)"
    " VALUES (:node, :by, :epoch, :seq, :hash, :found, :head, :ends, :at) ON CONFLICT DO NOTHING"
)


class SqlAnchors:
    """Anchors of one transaction."""

    session: Session

    def audit_head(self) -> Signed | None:
        """The signed end of this node's chain."""
        raw: bytes | None = self.session.scalar(_HEAD)
        return None if raw is None else read(raw)

    def audit_hash(self, seq: int) -> bytes | None:
        """What the chain holds at a number."""
        found: bytes | None = self.session.scalar(_HASH, {"seq": seq})
        return found

    def anchors(self, node: UUID) -> list[Anchor]:
        """Every countersigned head of a node's chain."""
        return [_anchor(row) for row in self.session.execute(_ANCHORS, {"node": node})]

    def last_anchor(self, node: UUID, by: UUID) -> Anchor | None:
        """The latest head of a node's chain that `by` countersigned."""
        row = self.session.execute(_LAST, {"node": node, "by": by}).first()
        return None if row is None else _anchor(row)

    def add_anchor(self, anchor: Anchor) -> bool:
        """Keep a countersigned head."""
        values = {name: getattr(anchor, name) for name in Anchor.__dataclass_fields__}
        values["document"] = anchor.document.encode()
        return self.session.scalar(_ADD, values) is not None

    def open_breaks(self) -> list[Break]:
        """Breaks that have not been accepted since."""
        rows = self.session.execute(_BREAKS)
        return [_break(row) for row in rows]

    def add_break(self, found: Break) -> None:
        """Note a break."""
        values = {name: getattr(found, name) for name in Break.__dataclass_fields__}
        values["head"] = found.head.encode() if found.head else None
        self.session.execute(_ADD_BREAK, values)


def _anchor(row: Any) -> Anchor:
    place = (row.node_id, row.by_node, row.epoch, row.seq)
    return Anchor(*place, row.hash, row.at, row.reason, read(row.document))


def _break(row: Any) -> Break:
    place = (row.node_id, row.by_node, row.epoch, row.seq)
    head = None if row.head is None else read(row.head)
    return Break(*place, row.hash, row.found, head, row.ends, row.at)
