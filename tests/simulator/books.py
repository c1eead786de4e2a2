"""Heads, outbox and inbox in memory, as shared/sync/sql_{heads,out,in}.py keep them in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from shared.sync.envelope import GENESIS, Envelope, Item
from shared.sync.messages import Mark
from shared.sync.records import (
    APPLIED,
    IN,
    OPEN,
    OUT,
    QUARANTINED,
    UNHEARD,
    Draft,
    Fault,
    Head,
    InboxRow,
    Reading,
    Rebuilt,
)
from shared.sync.signed import Signed
from shared.sync.streams import DOWN, UP, parse
from tests.simulator.tables import Transaction

A_MINUTE = timedelta(minutes=1)


class DuplicateKey(Exception):
    """A row of that key is there already."""


@dataclass(frozen=True)
class Sent:
    """A row of the outbox: a draft until it has a number."""

    id: int
    stream: str
    kind: str
    version: int
    unit: UUID
    payload: bytes
    created_at: datetime
    epoch: int | None = None
    seq: int | None = None
    hash: bytes | None = None
    header: bytes | None = None
    rejected: str | None = None


class HeadRows:
    """Heads and readings of one transaction."""

    session: Transaction

    def lock_heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Heads that exist among `streams`."""
        rows = self.session.read("heads")
        return {name: replace(rows[name]) for name in sorted(set(streams)) if name in rows}

    def open_heads(self, heads: Sequence[Head]) -> dict[str, Head]:
        """Make absent heads, then return them all."""
        rows = self.session.read("heads")
        absent = [head for head in heads if head.stream not in rows]
        for head in absent:
            fresh = Head(head.stream, head.side, head.origin, head.target, head.epoch, head.seq, head.hash)
            self.session.write("heads")[head.stream] = fresh
        return self.lock_heads([head.stream for head in heads])

    def save_heads(self, heads: Iterable[Head]) -> None:
        """Write locked heads back."""
        for head in heads:
            rows = self.session.write("heads")
            if head.stream in rows:
                rows[head.stream] = replace(head)

    def heads(self, side: str) -> list[Head]:
        """Every head of one side, by name."""
        rows = self.session.read("heads")
        return [replace(rows[name]) for name in sorted(rows) if rows[name].side == side]

    def unsent(self) -> list[Head]:
        """Own upward heads ahead of what was acknowledged."""
        ours = (head for head in self.heads(OUT) if parse(head.stream).way == UP)
        return [head for head in ours if head.state == OPEN and head.acked < head.seq]

    def heads_from(self, node: UUID) -> list[Head]:
        """Received heads whose origin is bound to `node`."""
        bound = self.session.read("bound")
        return [head for head in self.heads(IN) if bound.get(head.origin) == node]

    def readable(self, node: UUID) -> list[Head]:
        """Own downward heads `node` may read."""
        mine = [unit for unit, owner in self.session.read("bound").items() if owner == node]
        return [
            head for head in self.heads(OUT) if parse(head.stream).way == DOWN and self._reads(head, mine)
        ]

    def _reads(self, head: Head, mine: Sequence[UUID]) -> bool:
        about = head.target or head.origin
        if about in mine:
            return True
        units = self.session.read("units")
        if about not in units:
            return False
        path, paths = units[about].path, [units[unit].path for unit in mine if unit in units]
        if head.target is None:
            return any(one.startswith(path) for one in paths)
        return any(path.startswith(one) for one in paths)

    def readings(self, head: Head) -> dict[UUID, Reading | None]:
        """What each child that may read the stream last said."""
        said, peers = self.session.read("cursors"), self.session.read("peers")
        children = [node for node, row in peers.items() if row.peer.relation == "child"]
        reads = [node for node in children if any(one.stream == head.stream for one in self.readable(node))]
        return {node: said.get((head.stream, node)) for node in reads}

    def slowest(self) -> Mapping[str, int]:
        """For every own downward stream with readers, how far the slowest has read."""
        found: dict[str, int] = {}
        for head in self.heads(OUT):
            if parse(head.stream).way == DOWN and (read := self.readings(head)):
                found[head.stream] = min(one.seq if one else 0 for one in read.values())
        return found

    def unhear(self, streams: Sequence[str]) -> None:
        """From now on nobody has been heard on these streams."""
        for (stream, node), said in list(self.session.read("cursors").items()):
            if stream in streams:
                self.session.write("cursors")[stream, node] = replace(said, seen_at=UNHEARD)

    def save_readings(self, node: UUID, marks: Sequence[Mark], at: datetime, always: bool = False) -> None:
        """Remember how far `node` has read."""
        for mark in marks:
            rows = self.session.read("cursors")
            before = rows.get((mark.stream, node))
            moved = before is None or (before.epoch, before.seq) != (mark.epoch, mark.seq)
            if always or moved or before.seen_at < at - A_MINUTE:
                said = Reading(node, mark.epoch, mark.seq, at)
                self.session.write("cursors")[mark.stream, node] = said


class OutRows:
    """The outbox of one transaction."""

    session: Transaction

    def draft_streams(self) -> list[str]:
        """Streams with drafts."""
        return sorted({row.stream for row in self.session.read("outbox").values() if row.seq is None})

    def drafts(self, stream: str, limit: int | None) -> list[Draft]:
        """Drafts of a stream in outbox order."""
        rows = [row for _, row in sorted(self.session.read("outbox").items()) if row.stream == stream]
        drafts = [row for row in rows if row.seq is None][:limit]
        return [Draft(o.id, o.stream, o.kind, o.version, o.unit, o.payload, o.created_at) for o in drafts]

    def mark_sealed(self, rows: Sequence[tuple[int, Envelope]]) -> None:
        """Give drafts their place in the chain."""
        for number, envelope in rows:
            outbox, header = self.session.write("outbox"), envelope.header
            self._require_free(header.stream, header.seq)
            if outbox[number].seq is None:
                outbox[number] = replace(
                    outbox[number],
                    epoch=header.epoch,
                    seq=header.seq,
                    hash=envelope.hash,
                    header=envelope.item.header,
                )

    def unseal(self, stream: str, after: int) -> None:
        """Sealed rows after a number become drafts again."""
        for number, row in list(self.session.read("outbox").items()):
            if row.stream == stream and row.seq is not None and row.seq > after:
                bare = replace(row, epoch=None, seq=None, hash=None, header=None)
                self.session.write("outbox")[number] = bare

    def sent_after(self, stream: str, seq: int, limit: int) -> list[Item]:
        """Sealed items after a number."""
        return [Item(row.header, row.payload) for row in self._sealed(stream) if row.seq > seq][:limit]

    def sent_hash(self, stream: str, seq: int) -> bytes | None:
        """Hash of an own envelope."""
        if seq == 0:
            return GENESIS
        return next((row.hash for row in self._sealed(stream) if row.seq == seq), None)

    def add_sent(self, envelopes: Sequence[Envelope]) -> None:
        """Put back own envelopes recovered from a peer."""
        for envelope in envelopes:
            header, number = envelope.header, self.session.number("outbox")
            self._require_free(header.stream, header.seq)
            self.session.write("outbox")[number] = Sent(
                number,
                header.stream,
                header.kind,
                header.version,
                header.unit,
                envelope.item.payload,
                header.created_at,
                header.epoch,
                header.seq,
                envelope.hash,
                envelope.item.header,
            )

    def mark_rejected(self, faults: Iterable[tuple[str, int, str]]) -> None:
        """Note signed rejections."""
        for stream, seq, reason in faults:
            for row in self._sealed(stream):
                if row.seq == seq:
                    self.session.write("outbox")[row.id] = replace(row, rejected=reason)

    def add_rebuilt(self, rows: Sequence[Rebuilt], at: datetime) -> None:
        """List what came back."""
        for row in rows:
            self.session.write("recovered")[row.stream, row.seq] = row

    def _sealed(self, stream: str) -> list[Sent]:
        rows = [row for row in self.session.read("outbox").values() if row.stream == stream]
        return sorted((row for row in rows if row.seq is not None), key=lambda row: row.seq or 0)

    def _require_free(self, stream: str, seq: int) -> None:
        if any(row.seq == seq for row in self._sealed(stream)):
            raise DuplicateKey(f"{stream} {seq}")


def add_draft(
    session: Transaction, stream: str, kind: str, version: int, unit: UUID, payload: bytes, at: datetime
) -> None:
    """A row written by business code and not sealed yet."""
    number = session.number("outbox")
    session.write("outbox")[number] = Sent(number, stream, kind, version, unit, payload, at)


@dataclass(frozen=True)
class Kept:
    """A received envelope and the manifest it came under."""

    row: InboxRow
    manifest: UUID


class InRows:
    """The inbox of one transaction."""

    session: Transaction

    def received_hashes(self, places: Sequence[tuple[str, int]]) -> dict[str, bytes]:
        """Hash at one number per stream."""
        rows = self.session.read("inbox")
        return {stream: rows[stream, seq].row.hash for stream, seq in places if (stream, seq) in rows}

    def add_received(self, rows: Sequence[InboxRow], manifest: UUID, at: datetime) -> None:
        """Store received envelopes."""
        for row in rows:
            inbox = self.session.write("inbox")
            if (row.stream, row.seq) in inbox:
                raise DuplicateKey(f"{row.stream} {row.seq}")
            inbox[row.stream, row.seq] = Kept(row, manifest)

    def held_after(self, stream: str, seq: int, limit: int) -> list[Item]:
        """Received items after a number."""
        return [Item(one.row.header, one.row.payload) for one in self._after(stream, seq)[:limit]]

    def mark_applied(self, stream: str, first: int, last: int, quarantined: Sequence[int]) -> None:
        """Rows first … last are settled."""
        for one in self._after(stream, first - 1):
            if one.row.seq <= last:
                state = QUARANTINED if one.row.seq in quarantined else APPLIED
                settled = Kept(msgspec.structs.replace(one.row, state=state), one.manifest)
                self.session.write("inbox")[stream, one.row.seq] = settled

    def add_faults(self, faults: Sequence[Fault], at: datetime) -> None:
        """Quarantine."""
        for fault in faults:
            self.session.write("quarantine").setdefault((fault.stream, fault.seq), (fault, None))

    def in_quarantine(self, stream: str, seq: int) -> bool:
        """Whether that envelope waits in quarantine."""
        found = self.session.read("quarantine").get((stream, seq))
        return found is not None and found[1] is None

    def release_fault(self, stream: str, seq: int, at: datetime) -> None:
        """Take an envelope out of quarantine."""
        fault, _ = self.session.read("quarantine")[stream, seq]
        self.session.write("quarantine")[stream, seq] = (fault, at)

    def received_after(self, stream: str, seq: int, limit: int) -> tuple[list[Item], list[Signed]]:
        """Received items and the manifests they came under."""
        found = self._after(stream, seq)[:limit]
        ids, manifests = {one.manifest for one in found}, self.session.read("manifests")
        documents = sorted((manifests[one] for one in ids), key=lambda row: (row[0], row[1]))
        return [Item(one.row.header, one.row.payload) for one in found], [row[2] for row in documents]

    def add_manifest(self, node: UUID, number: int, document: Signed, at: datetime) -> UUID:
        """Keep a signed manifest."""
        made = UUID(int=self.session.number("manifests"))
        self.session.write("manifests")[made] = (at, number, document)
        return made

    def add_receipt(self, node: UUID, side: str, document: Signed, at: datetime) -> None:
        """Keep a signed receipt."""
        made = UUID(int=self.session.number("receipts"))
        self.session.write("receipts")[made] = (at, side, document, None)

    def undelivered(self, limit: int) -> list[tuple[UUID, Signed]]:
        """Given receipts the peer has not got yet."""
        rows = sorted(self.session.read("receipts").items(), key=lambda row: (row[1][0], row[0]))
        waiting = [(key, row[2]) for key, row in rows if row[1] == OUT and row[3] is None]
        return waiting[:limit]

    def mark_delivered(self, ids: Sequence[UUID], at: datetime) -> None:
        """The peer has them."""
        for one in ids:
            rows = self.session.write("receipts")
            if one in rows:
                rows[one] = (*rows[one][:3], at)

    def prune_receipts(self, before: datetime) -> int:
        """Drop settled receipts older than `before`; how many."""
        rows = self.session.write("receipts")
        gone = [key for key, row in rows.items() if row[0] < before and (row[1] == IN or row[3] is not None)]
        for key in gone:
            del rows[key]
        return len(gone)

    def _after(self, stream: str, seq: int) -> list[Kept]:
        rows = self.session.read("inbox").values()
        found = [one for one in rows if one.row.stream == stream and one.row.seq > seq]
        return sorted(found, key=lambda one: one.row.seq)
