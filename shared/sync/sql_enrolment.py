"""Enrolment codes, the unit tree a child learns, and the counts status shows, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import asdict
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.sync.messages import UnitRow
from shared.sync.records import Code

# Parents first, so that a child may insert them in this order.
_TREE = text(
    "SELECT DISTINCT u.id, u.code, u.name, u.level, u.kind, u.parent_id, u.path, u.general_id"
    " FROM unit u JOIN unit r ON r.id = ANY(:roots)"
    " AND (left(u.path, length(r.path)) = r.path OR left(r.path, length(u.path)) = u.path)"
    " ORDER BY u.path"
)
_STORE = text(
    "INSERT INTO unit (id, code, name, level, kind, parent_id, path, general_id)"
    " VALUES (:id, :code, :name, :level, :kind, :parent_id, :path, :general_id)"
    " ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, level = excluded.level,"
    " kind = excluded.kind, parent_id = excluded.parent_id, path = excluded.path,"
    " general_id = excluded.general_id"
)
_ADD_CODE = text(
    "INSERT INTO enrolment (code_hash, unit_ids, expires_at, replaces, made_at)"
    " VALUES (:hash, CAST(:units AS uuid[]), :expires_at, :replaces, :at)"
)
_LOCK_CODE = text(
    "SELECT code_hash, unit_ids, expires_at, used_by, replaces FROM enrolment"
    " WHERE code_hash = :hash FOR UPDATE"
)
_USE_CODE = text("UPDATE enrolment SET used_by = :node, used_at = :at WHERE code_hash = :hash")
_COUNTS = {
    "drafts": text("SELECT stream, count(*) FROM outbox WHERE seq IS NULL GROUP BY stream"),
    "rejected": text("SELECT stream, count(*) FROM outbox WHERE rejected IS NOT NULL GROUP BY stream"),
    "quarantined": text("SELECT stream, count(*) FROM quarantine WHERE released_at IS NULL GROUP BY stream"),
    "unrebuilt": text("SELECT stream, count(*) FROM recovered WHERE NOT rebuilt GROUP BY stream"),
}


class SqlEnrolment:
    """Codes, units and counts of one transaction."""

    session: Session

    def tree(self, roots: Sequence[UUID]) -> list[UnitRow]:
        """Above, at and below the roots, parents first."""
        return [UnitRow(*row) for row in self.session.execute(_TREE, {"roots": list(roots)})]

    def store_units(self, rows: Sequence[UnitRow]) -> None:
        """Write units learned from the parent."""
        if rows:
            self.session.execute(_STORE, [asdict(row) for row in rows])

    def add_code(self, code: Code, at: datetime) -> None:
        """Keep an enrolment code's hash."""
        values = {"hash": code.hash, "units": list(code.units), "expires_at": code.expires_at}
        self.session.execute(_ADD_CODE, {**values, "replaces": code.replaces, "at": at})

    def lock_code(self, hashed: bytes) -> Code | None:
        """An enrolment code by its hash, locked."""
        row = self.session.execute(_LOCK_CODE, {"hash": hashed}).first()
        if row is None:
            return None
        return Code(row.code_hash, tuple(row.unit_ids), row.expires_at, row.used_by, row.replaces)

    def use_code(self, hashed: bytes, node: UUID, at: datetime) -> None:
        """Spend a code."""
        self.session.execute(_USE_CODE, {"hash": hashed, "node": node, "at": at})

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """By stream: drafts, rejected, quarantined, unrebuilt."""
        found: dict[str, dict[str, int]] = {}
        for name, statement in _COUNTS.items():
            for stream, count in self.session.execute(statement):
                found.setdefault(stream, {})[name] = count
        return found
