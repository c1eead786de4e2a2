"""What Redis tells an operator: how deep the queue is, and when worker, timer and jobs were last alive."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric
from redis import Redis, RedisError

from shared.kit.jobs import pulse_key
from shared.operating.figures import one

PROCESSES = ("worker", "timers")
HEADS = "heads"
"""What a push notes after it has compared heads with the parent."""
_REGISTRIES = {"running": "wip", "failed": "failed"}


@dataclass(frozen=True)
class Doorway:
    """The queue of a tier as Redis shows it. Counts and times only: no job is read."""

    queued: int
    counts: dict[str, int]
    pulse: dict[str, str]


def look(redis: Redis, tier: str) -> Doorway | None:
    """One round trip; None where Redis does not answer."""
    try:
        with redis.pipeline(transaction=False) as asked:
            asked.llen(f"rq:queue:{tier}")
            for registry in _REGISTRIES.values():
                asked.zcard(f"rq:{registry}:{tier}")
            asked.hgetall(pulse_key(tier))
            queued, *counts, pulse = asked.execute()
    except RedisError:
        return None
    said = {key.decode(): value.decode() for key, value in pulse.items()}
    return Doorway(queued, dict(zip(_REGISTRIES, counts, strict=True)), said)


def pulses(found: Doorway | None, tier: str, now: float | None = None) -> Iterator[Metric]:
    """The figures of a look; `now` in seconds since 1970."""
    yield one("sanji_redis_up", "Whether Redis, the doorbell, answers", float(found is not None))
    if found is None:
        return
    now = time.time() if now is None else now
    depth = Gauge("sanji_queue_jobs", "Jobs by queue and state", labels=["queue", "state"])
    for state, count in {"queued": found.queued, **found.counts}.items():
        depth.add_metric([tier, state], count)
    yield depth
    alive = Gauge("sanji_pulse_age_seconds", "Since worker or timer was last heard of", labels=["process"])
    for name in PROCESSES:
        if name in found.pulse:
            alive.add_metric([name], now - float(found.pulse[name]))
    yield alive
    ran = Gauge("sanji_job_age_seconds", "Since a job last ended well", labels=["name"])
    failed = Counter("sanji_job_failures", "Jobs that ended badly", labels=["name"])
    for key, value in sorted(found.pulse.items()):
        kind, _, name = key.partition(":")
        if kind == "ran":
            ran.add_metric([name], now - float(value))
        elif kind == "failed":
            failed.add_metric([name], float(value))
    yield from (ran, failed)
    if HEADS in found.pulse:
        compared = now - float(found.pulse[HEADS])
        yield one(
            "sanji_heads_compared_age_seconds", "Since heads were last compared with the parent's", compared
        )
