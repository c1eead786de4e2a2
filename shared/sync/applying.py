"""Applying received envelopes: in bulk by kind, in stream order; a failing one is set aside alone."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import msgspec

from shared.kit.errors import Refused as BusinessRefused
from shared.sync.envelope import Envelope
from shared.sync.node import Act, Node
from shared.sync.records import Fault, Received
from shared.sync.refusal import OutOfScope, Unacceptable, Untrusted
from shared.sync.store import Ledger
from shared.sync.streams import parse


@dataclass(slots=True)
class Outcome:
    """Per stream, the last number settled (applied or quarantined); and what was quarantined."""

    settled: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def apply(node: Node, ledger: Ledger, runs: Mapping[str, Sequence[Envelope]], now: datetime) -> Outcome:
    """Apply each run up to its first unknown kind; what follows it waits for an upgrade."""
    outcome = Outcome()
    readable: dict[str, deque[Received]] = {}
    for stream, run in runs.items():
        known = _known(node, run)
        if known:
            outcome.settled[stream] = known[-1].header.seq
            readable[stream] = _decode(node, known, outcome.faults)
    for kind, wave in waves(readable):
        act = node.actions[kind].receive
        if act is not None:
            outcome.faults += run_act(node, ledger, act, wave, now)
    return outcome


def waves(
    queues: Mapping[str, deque[Received]],
) -> Iterator[tuple[tuple[str, int], list[Received]]]:
    """Group by kind without changing the order inside any stream: the most frequent front kind goes first."""
    while fronts := Counter((queue[0].kind, queue[0].version) for queue in queues.values() if queue):
        kind = max(sorted(fronts), key=lambda front: fronts[front])
        wave: list[Received] = []
        for queue in queues.values():
            while queue and (queue[0].kind, queue[0].version) == kind:
                wave.append(queue.popleft())
        yield kind, wave


def run_act(node: Node, ledger: Ledger, act: Act, wave: Sequence[Received], now: datetime) -> list[Fault]:
    """Run an action over a wave; if it fails, over each envelope alone. The faults of those that fail."""
    try:
        with ledger.savepoint():
            act(ledger.session, wave, now)
    except node.store.transient:
        raise
    except Exception:
        return [fault for one in wave if (fault := _run_alone(node, ledger, act, one, now))]
    return []


def _run_alone(node: Node, ledger: Ledger, act: Act, one: Received, now: datetime) -> Fault | None:
    try:
        with ledger.savepoint():
            act(ledger.session, [one], now)
    except node.store.transient:
        raise
    except (Unacceptable, Untrusted, BusinessRefused) as error:
        if isinstance(error, OutOfScope):
            detail = {"kind": one.kind, "seq": one.seq, "reason": str(error)}
            ledger.audit(now, one.unit, "sync.out_of_scope", one.stream, detail)
        return Fault(one.stream, one.seq, one.unit, str(error), repr(error))
    except Exception as error:
        # The text of a database error may tell about rows the sender must not know of.
        return Fault(one.stream, one.seq, one.unit, "it could not be applied", repr(error))
    return None


def _known(node: Node, run: Sequence[Envelope]) -> Sequence[Envelope]:
    for position, envelope in enumerate(run):
        kind = (envelope.header.kind, envelope.header.version)
        if kind not in node.actions or kind not in node.contracts:
            return run[:position]
    return run


def _decode(node: Node, run: Sequence[Envelope], faults: list[Fault]) -> deque[Received]:
    decoded: deque[Received] = deque()
    for envelope in run:
        try:
            decoded.append(as_received(node, envelope))
        except msgspec.MsgspecError as error:
            header = envelope.header
            reason = f"the payload is not a {header.kind} version {header.version}"
            faults.append(Fault(header.stream, header.seq, header.unit, reason, str(error)))
    return decoded


@cache
def _decoder(form: type[msgspec.Struct]) -> Callable[[bytes], msgspec.Struct]:
    return msgspec.json.Decoder(form).decode


def as_received(node: Node, envelope: Envelope) -> Received:
    """The envelope as actions see it; MsgspecError if the payload does not fit its contract."""
    header = envelope.header
    body = _decoder(node.contracts[header.kind, header.version])(envelope.item.payload)
    return Received(
        stream=header.stream,
        origin=parse(header.stream).origin,
        epoch=header.epoch,
        seq=header.seq,
        hash=envelope.hash,
        kind=header.kind,
        version=header.version,
        unit=header.unit,
        created_at=header.created_at,
        digest=header.digest,
        payload=envelope.item.payload,
        body=body,
    )
