"""Whose is it? Answered from this node's registry, never from the payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.sync.envelope import Envelope
from shared.sync.records import SELF
from shared.sync.refusal import Refused
from shared.sync.store import Ledger
from shared.sync.streams import DOWN, UP, Stream, parse

Runs = Mapping[str, Sequence[Envelope]]


def check_child(ledger: Ledger, sender: UUID, runs: Runs) -> None:
    """A child speaks on upward streams of its own units, about its own units or units below the origin."""
    streams = read_names(runs)
    subjects = {(name, item.header.unit) for name, run in runs.items() for item in run}
    origins = {stream.origin for stream in streams.values()}
    units = origins | {unit for _, unit in subjects}
    owned = ledger.owned(sender, units)
    foreign = [name for name, stream in streams.items() if stream.way != UP or stream.origin not in owned]
    strangers = {(name, unit) for name, unit in subjects if unit not in owned}
    if strangers:
        paths = ledger.paths(units)
        foreign += [name for name, unit in strangers if not _below(paths, unit, streams[name].origin)]
    if foreign:
        raise Refused(403, "a stream or a unit is not this node's own", sorted(set(foreign)))


def check_parent(ledger: Ledger, sender: UUID, runs: Runs) -> None:
    """A parent speaks on downward streams of its own units, to everything below or to units we stand for."""
    streams = read_names(runs)
    owned = ledger.owned(sender, {stream.origin for stream in streams.values()})
    targets = {stream.target for stream in streams.values() if stream.target is not None}
    me = ledger.peers(SELF)[0].node
    roots = list(ledger.paths(ledger.units_of(me)).values()) if targets else []
    paths = ledger.paths(targets)

    def allowed(stream: Stream) -> bool:
        addressed = stream.target is None or paths.get(stream.target, "").startswith(tuple(roots))
        return stream.way == DOWN and stream.origin in owned and addressed

    foreign = [name for name, stream in streams.items() if not allowed(stream)]
    if foreign:
        raise Refused(403, "a stream is not the parent's own, or not for this node", foreign)


def read_names(runs: Runs) -> dict[str, Stream]:
    """Parse the stream names; Refused (400) for one that is none."""
    try:
        return {name: parse(name) for name in runs}
    except ValueError as error:
        raise Refused(400, "a stream name cannot be read") from error


def _below(paths: Mapping[UUID, str], unit: UUID, origin: UUID) -> bool:
    return unit in paths and origin in paths and paths[unit].startswith(paths[origin])
