"""`/metrics` in Prometheus's text form, for whoever may read it.

With `SANJI_METRICS_TOKEN` set, whoever shows it as a bearer token; without it only a caller on this machine
that came directly: where any proxy's header says that the question was passed on, it is somebody else's.
Everybody else gets the 404 of a page that does not exist.
One web server is one process: what is counted in memory is this server's, what comes from the tables is the
tier's and the same from each.
"""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time
from collections.abc import Iterable, Iterator

from flask import Flask, Request, Response, abort, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from shared.kit.guard import public
from shared.kit.revisions import Schema
from shared.operating import pulses
from shared.operating.figures import FIGURES, Figure, one
from shared.operating.timing import time_requests
from shared.operating.watching import WITHIN, Watch
from shared.sync.runtime import Runtime

KEEP = 5.0
"""Seconds for which figures are given again: two scrapers, or an impatient one, cost one look."""
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


class TierCollector:
    """What is asked anew when somebody scrapes: tables, Redis, pools."""

    def __init__(self, running: Runtime, watch: Watch, figures: tuple[Figure, ...] = FIGURES) -> None:
        self._running, self._watch, self._figures = running, watch, figures
        self._lock = threading.Lock()
        self._asked, self._kept = float("-inf"), list[Metric]()
        # No retries: a Redis that is away is a figure, not a reason to wait.
        url, once = running.settings.redis_url, Retry(NoBackoff(), 0)
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=WITHIN, socket_connect_timeout=WITHIN, retry=once
        )

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the registry need not ask the database to know names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every figure; those of tables and Redis at most `KEEP` seconds old."""
        with self._lock:
            if time.monotonic() - self._asked >= KEEP:
                self._kept = list(self._look())
                self._asked = time.monotonic()
        yield from self._kept
        yield from self._pools()

    def _look(self) -> Iterator[Metric]:
        tier = self._running.settings.tier
        yield from self._schema()
        yield from pulses.pulses(pulses.look(self._redis, tier), tier)
        worked = Gauge("sanji_figure_up", "Whether a figure could be read", labels=["figure"])
        families: dict[str, Metric] = {}
        for figure in self._figures:
            told = self._read(figure)
            worked.add_metric([figure.name], float(told is not None))
            for family in told or ():
                if family.name in families:  # the two ways of the streams are samples of one family
                    families[family.name].samples.extend(family.samples)
                else:
                    families[family.name] = family
        yield from families.values()
        yield worked

    def _read(self, figure: Figure) -> list[Metric] | None:
        try:
            with self._watch.looking() as session:
                rows = session.execute(figure.query).all()
        except SQLAlchemyError:
            return None
        return list(figure.told(rows, self._running.settings.clock()))

    def _schema(self) -> Iterator[Metric]:
        try:
            found: Schema | None = self._watch.schema()
        except SQLAlchemyError:
            found = None
        yield one("sanji_database_up", "Whether PostgreSQL answers", float(found is not None))
        family = Gauge("sanji_schema", "1 for where the database stands to this program", labels=["state"])
        for state in Schema:
            family.add_metric([state], float(found is state))
        yield family

    def _pools(self) -> Iterator[Metric]:
        database = self._running.database
        used = Gauge("sanji_database_pool_in_use", "Connections in use, by role", labels=["role"])
        most = Gauge("sanji_database_pool_limit", "Connections there can be, by role", labels=["role"])
        for role, engine in (("app", database.engine), ("ingest", database.ingest_engine)):
            assert isinstance(engine.pool, QueuePool)
            used.add_metric([role], engine.pool.checkedout())
            most.add_metric([role], engine.pool.size() + engine.pool._max_overflow)
        yield from (used, most)


def may_read(asked: Request, token: str) -> bool:
    """Whether this caller may see figures."""
    if token:
        kind, _, shown = asked.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
    if any(name in asked.headers for name in PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        return asked.remote_addr == ""  # a Unix socket has no address, and is on this machine


def add_metrics(app: Flask, running: Runtime, watch: Watch) -> None:
    """`/metrics` of one tier's web server."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    time_requests(app, registry)
    registry.register(TierCollector(running, watch))

    @public("figures for Prometheus, which has no account: a token, or this machine; see shared/operating")
    def metrics() -> Response:
        if not may_read(request, running.settings.metrics_token):
            abort(404)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/metrics", "metrics", metrics)
