"""A bug to be seen by the checker: a web server that answers a batch before it has applied what it holds.

`gunicorn 'tests.chaos.planted:create_app()'` instead of the township's own. Whoever kills it within DELAY of
an answer loses what was acknowledged: heads agree, and the facts are not there.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Flask

from services.township.app import create_app as sound
from shared.sync import receiving
from shared.sync.applying import Outcome, apply
from shared.sync.envelope import Envelope
from shared.sync.node import Node
from shared.sync.store import Ledger

DELAY = 1.5


def create_app() -> Flask:
    """The township's portal, acknowledging early."""
    receiving.apply = answer_first
    return sound()


def answer_first(
    node: Node, ledger: Ledger, runs: Mapping[str, Sequence[Envelope]], now: datetime
) -> Outcome:
    """Everything is settled, it says, and does it later."""
    threading.Timer(DELAY, _do, (node, runs, now)).start()
    return Outcome(settled={name: run[-1].header.seq for name, run in runs.items()})


def _do(node: Node, runs: Mapping[str, Sequence[Envelope]], now: datetime) -> None:
    with node.store.ingest() as ledger:
        apply(node, ledger, runs, now)
