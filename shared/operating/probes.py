"""`/health`: this process lives. `/ready`: it can answer people. Open to anyone: no more is said.

Health asks nothing of anybody: a web server started again because PostgreSQL is away is away twice.
Ready asks PostgreSQL, and whether it was migrated. A database ahead of this code is ready: during a rolling
upgrade the old servers go on until they are replaced, migrations only add (docs/operating.md).
Redis is not asked. It is the doorbell only: pages are read, forms are kept and what they say waits in the
outbox without it. A node taken away for its sake would turn a late message into a closed door; that it is
down is a figure and an alert (`sanji_redis_up`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from shared.kit.guard import public
from shared.kit.revisions import Schema
from shared.operating.watching import Watch

log = structlog.get_logger()
HANGS = 5.0
"""Seconds after which a look that has not ended is an answer too."""
KEEP = 1.0
"""Seconds for which an answer is given again: probes, and who plays with them, cost one look a second."""


class Readiness:
    """Whether this server can answer people; what is missing goes to the log once, never to the asker."""

    def __init__(self, look: Callable[[], Schema], clock: Callable[[], float] = time.monotonic) -> None:
        self._look, self._clock = look, clock
        self._lock = threading.Lock()
        self._asked, self._began = float("-inf"), 0.0
        self.lacks: str | None = "not looked yet"

    def ready(self) -> bool:
        """The answer of the last second, else a new one; who comes while another looks gets the last."""
        if self._clock() - self._asked >= KEEP and self._lock.acquire(blocking=self._asked < 0):
            try:
                self._began = self._clock()
                if self._clock() - self._asked >= KEEP:
                    self._note(self._missing())
                    self._asked = self._clock()
            finally:
                self._lock.release()
        hangs = self._lock.locked() and self._clock() - self._began > HANGS
        return self.lacks is None and not hangs

    def _missing(self) -> str | None:
        try:
            found = self._look()
        except SQLAlchemyError as error:
            return f"database ({type(error).__name__})"
        return "migrations" if found is Schema.BEHIND else None

    def _note(self, lacks: str | None) -> None:
        if lacks != self.lacks:
            (log.warning if lacks else log.info)("readiness", lacks=lacks)
        self.lacks = lacks


def add_probes(app: Flask, watch: Watch) -> Readiness:
    """`/health` and `/ready` of one tier's web server."""
    readiness = Readiness(watch.schema)

    @public("liveness: for the supervisor, which has no account; says nothing but that the process lives")
    def health() -> ResponseReturnValue:
        return {"status": "ok"}

    @public("readiness: for load balancers, which have no account; says yes or no, never why")
    def ready() -> ResponseReturnValue:
        return ({"status": "ready"}, 200) if readiness.ready() else ({"status": "unready"}, 503)

    app.add_url_rule("/health", "health", health)
    app.add_url_rule("/ready", "ready", ready)
    return readiness
