"""Bugs to be planted: each is one mistake that a sync protocol can make, and the checker has to see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from shared.sync import alignment, feeding, pushing, receiving, serving
from shared.sync.envelope import Envelope
from shared.sync.node import Node
from shared.sync.receiving import Sorted
from shared.sync.records import Head
from shared.sync.store import Ledger
from tests.simulator.books import InRows, Kept
from tests.simulator.memory import MemoryStore, Stopped

Plant = Callable[[pytest.MonkeyPatch], None]


def no_dedupe(patch: pytest.MonkeyPatch) -> None:
    """What arrives is taken as new, whatever the head says."""

    def sort_runs(
        ledger: Ledger, heads: Mapping[str, Head], runs: Mapping[str, Sequence[Envelope]]
    ) -> Sorted:
        return Sorted(fresh={name: list(run) for name, run in runs.items()})

    def add_received(self: Any, rows: Sequence[Any], manifest: Any, at: Any) -> None:
        self.session.write("inbox").update({(row.stream, row.seq): Kept(row, manifest) for row in rows})

    patch.setattr(receiving, "sort_runs", sort_runs)
    patch.setattr(InRows, "add_received", add_received)


def no_fencing(patch: pytest.MonkeyPatch) -> None:
    """After a start or a restore nobody compares heads before sealing on."""

    def align(node: Node) -> bool:
        node.aligned = node.store.incarnation()
        return True

    patch.setattr(pushing, "align", align)
    patch.setattr(alignment, "align", align)
    patch.setattr(feeding, "fence_if_restored", lambda ledger, now: None)


def early_acknowledgement(patch: pytest.MonkeyPatch) -> None:
    """The receiver answers although its transaction was not committed."""

    @contextmanager
    def ingest(self: MemoryStore) -> Iterator[Any]:
        transaction = self.work()
        with ExitStack() as undone:
            yield undone.enter_context(transaction)
            undone.pop_all()
        with suppress(Stopped):
            transaction.__exit__(None, None, None)

    patch.setattr(MemoryStore, "ingest", ingest)


def head_on_one_side(patch: pytest.MonkeyPatch) -> None:
    """The sender notes what it has sent and never looks at what the receiver holds."""
    take_receipt = pushing.take_receipt

    def take(node: Node, asked: Any) -> int:
        moved = take_receipt(node, asked)
        with node.store.work() as ledger:
            heads = ledger.lock_heads([head.stream for head in ledger.unsent()])
            for head in heads.values():
                head.acked = head.seq
            ledger.save_heads(heads.values())
        return moved

    def align(node: Node) -> bool:
        node.aligned = node.store.incarnation()
        return True

    patch.setattr(pushing, "take_receipt", take)
    patch.setattr(pushing, "align", align)


def scope_from_the_payload(patch: pytest.MonkeyPatch) -> None:
    """Whose a stream is, is what the sender says."""
    patch.setattr(serving, "check_child", lambda ledger, sender, runs: None)


BUGS: dict[str, Plant] = {
    one.__name__: one
    for one in (no_dedupe, no_fencing, early_acknowledgement, head_on_one_side, scope_from_the_payload)
}
