"""One process of a tier: its database, its node, its doorbell, wired from settings."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import structlog

from shared import contracts
from shared.kit import audit, logs
from shared.kit.db import Database
from shared.kit.jobs import Doorbell, JobFunction, Timetable
from shared.kit.scope import EVERYTHING, NOTHING
from shared.kit.sessions import clear_sessions
from shared.kit.settings import Settings
from shared.sync.anchoring import anchor
from shared.sync.anchors import hand_of
from shared.sync.authority import Needed, look
from shared.sync.http import HttpTransport
from shared.sync.keys import load_or_make
from shared.sync.node import Action, Node
from shared.sync.outbox import wire_bell
from shared.sync.proving import Proof, prove_piece
from shared.sync.pulling import pull
from shared.sync.pushing import Progress, push
from shared.sync.records import SELF
from shared.sync.refusal import SyncError
from shared.sync.reporting import has_parent
from shared.sync.signer import Signer
from shared.sync.sql_store import SqlStore
from shared.sync.sweeping import prune, sweep
from shared.sync.walking import PIECE, Walk

log = structlog.get_logger()

# Seconds between rings; a doorbell after each commit makes the common case faster than this.
EVERY = {
    "push": 2.0,
    "pull": 2.0,
    "sweep": 20.0,
    "seal_audit": 5.0,
    "authority": 60.0,
    "own": 15.0,
    "watch": 60.0,
    "prune": 86400.0,
    "compare": 86400.0,
    "anchor": 3600.0,
    "prove": 86400.0,
}
# Seconds between two pushes that both carry something: a busy tier sends what came meanwhile as one batch.
GATHER = 0.5
# Seconds that single jobs may take: the last piece of a proof looks through the whole log once.
LIMITS = {"prove": 600, "prove_on": 600}
# A sealer that has not looked for so long begins anew: it cannot say what came meanwhile.
PAUSE = timedelta(minutes=5)


@dataclass
class Runtime:
    """What a web server, worker or timer of one tier holds."""

    settings: Settings
    database: Database
    node: Node
    actions: Mapping[tuple[str, int], Action]
    needed: Needed | None = None
    """Who each of this tier's units cannot do without; what is missing is told to the tier above."""
    own: Callable[[Runtime], bool] | None = None
    """Long work of this tier's own: does a bounded piece, says whether more is left."""
    watch: Callable[[Runtime], None] | None = None
    """A look of this tier's own at what changes without a request or a message; does nothing twice."""
    pushed: float = float("-inf")
    """When this process last sent all there was (monotonic seconds)."""
    watching: datetime | None = None
    """Since when this process has looked for events to seal without a pause."""
    looked: datetime | None = None
    """When it last did."""
    walked: Walk | None = None
    """How far this process has come with a proof of its audit chain; None between two of them."""
    piece: int = PIECE
    """Links of it that one job works out."""

    @cached_property
    def doorbell(self) -> Doorbell:
        """The tier's queue, with the jobs it may run."""
        return Doorbell.connect(
            self.settings.tier, self.settings.redis_url, self.settings.queue_key, self._jobs(), LIMITS
        )

    def _jobs(self) -> Mapping[str, JobFunction]:
        jobs: dict[str, JobFunction] = {
            "sweep": lambda: self._job("sweep", sweep),
            "seal_audit": self._seal_audit,
            "prove": self._prove,
            "prove_on": self._prove_on,
            "prune": self._prune,
        }
        if self.needed is not None:
            jobs["authority"] = self.look_for_people
        if self.own is not None:
            jobs["own"] = self._own
        if (watch := self.watch) is not None:
            jobs["watch"] = lambda: watch(self)
        if self.node.transport is not None:
            jobs["push"] = lambda: self._job("push", self._push)
            jobs["pull"] = lambda: self._job("pull", pull)
            jobs["compare"] = self._compare
            jobs["anchor"] = self._anchor
        return jobs

    def _job(self, name: str, work: Callable[[Node], Progress]) -> None:
        """Run one bounded piece of work; ring again where more waits. A peer that is away is no failure."""
        try:
            progress = work(self.node)
        except SyncError as error:
            log.warning("sync job put off", job=name, reason=str(error))
            return
        if progress.more:
            self.doorbell.ring(name)

    def _push(self, node: Node) -> Progress:
        time.sleep(max(0.0, self.pushed + GATHER - time.monotonic()))
        before = node.aligned
        progress = push(node)
        if node.aligned not in (None, before):
            self.doorbell.note("heads")
            self.doorbell.ring("anchor")  # heads were compared: the audit's goes with them
        if progress.moved and not progress.more:
            self.pushed = time.monotonic()
        return progress

    def _compare(self) -> None:
        """Nightly, as after a start: a parent put back to an older state without a sign of it is noticed."""
        self.node.aligned = None
        self.doorbell.ring("push")

    def _prune(self) -> None:
        """Receipts that are old enough go, and what is left of logins that are over."""
        now = self.settings.clock()
        with self.database.transaction(NOTHING) as session:
            clear_sessions(session, now)
        prune(self.node, now - self.settings.keep)

    def _own(self) -> None:
        if self.own is not None and self.own(self):
            self.doorbell.ring("own")

    def _anchor(self) -> None:
        """Have the audit chain's end countersigned by the parent: a row an hour, whatever is rolled up."""
        self._seal_audit()
        self._job("anchor", anchor)

    def _seal_audit(self) -> None:
        with self.node.store.work() as ledger:
            known = ledger.peers(SELF)
        if not known:
            return  # a chain is signed as somebody: it begins when this node knows who it is
        now = self.settings.clock()
        if self.watching is None or self.looked is None or not timedelta() <= now - self.looked < PAUSE:
            self.watching = now
        self.looked = now
        with self.database.transaction(EVERYTHING) as session:
            sealed = audit.seal(session, hand_of(self.node.keys, known[0].node), now, self.watching)
        if sealed == audit.AT_ONCE:
            self.doorbell.ring("seal_audit")
        if self.walked is not None:
            self.doorbell.ring("prove_on")  # the ring of the piece before may be lost

    def _prove(self) -> None:
        """Nightly: the chain worked out again from its first row; what is wrong is flagged on the desk.

        Piece by piece: what else has rung is done between two of them. What fails begins anew the next night.
        """
        walked, self.walked = self.walked, None
        self._seal_audit()  # who ended while the worker was away gets his seal first
        done: Walk | Proof = prove_piece(self.node, walked, self.piece)
        if isinstance(done, Walk):
            self.walked = done
            self.doorbell.ring("prove_on")
        elif done.bad is not None:
            log.error("the audit log was changed: run `sanji audit verify`", tier=self.settings.tier)

    def _prove_on(self) -> None:
        if self.walked is not None:  # a ring too many, or meant for another worker, begins nothing
            self._prove()

    def look_for_people(self) -> None:
        """Tell the tier above where somebody needed is missing, or is there again."""
        if self.needed is None or not has_parent(self.node):
            return
        with self.database.transaction(EVERYTHING) as session:
            look(session, self.needed, self.settings.clock())

    def signer(self) -> Signer:
        """This node's hand; the node must have been set up."""
        with self.node.store.work() as ledger:
            return Signer(self.node.keys, self.node.identity(ledger).node)

    def work(self) -> None:
        """Work the queue until told to stop."""
        logs.configure(json=self.settings.json_logs)
        self.doorbell.worker(self.settings.pulse_file).work(logging_level="WARNING")

    def keep_time(self) -> None:
        """Ring the timetable for ever."""
        logs.configure(json=self.settings.json_logs)
        jobs = self._jobs()
        due = {name: every for name, every in EVERY.items() if name in jobs}
        Timetable(self.doorbell, due, pulse_file=self.settings.pulse_file).run()


def assemble(
    settings: Settings,
    actions: Mapping[tuple[str, int], Action],
    needed: Needed | None = None,
    own: Callable[[Runtime], bool] | None = None,
    watch: Callable[[Runtime], None] | None = None,
) -> Runtime:
    """Wire one tier's process from its settings. Opens no connection."""
    database = Database(settings.database_url, settings.ingest_database_url)
    transport = HttpTransport(settings.parent_url) if settings.parent_url else None
    node = Node(
        tier=settings.tier,
        keys=load_or_make(settings.node_key_file),
        store=SqlStore(database),
        clock=settings.clock,
        rng=os.urandom,
        contracts=contracts.kinds,
        actions=actions,
        transport=transport,
    )
    runtime = Runtime(settings, database, node, actions, needed, own, watch)
    wire_bell(database, lambda name: runtime.doorbell.ring(name))
    return runtime
