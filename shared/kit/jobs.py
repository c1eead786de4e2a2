"""RQ as the doorbell: jobs carry ids, PostgreSQL keeps the record.

Hardened as TRUST.md measured it: payloads carry an HMAC, only named functions run, and callbacks,
webhooks, dependencies and repeats in a job's hash are dropped. A replayed job still runs, so every
job may run twice.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.worker import SimpleWorker

log = structlog.get_logger()
JobFunction = Callable[[], object]


class UnknownJob(Exception):
    """A job names a function that is not on the allow-list."""


class GuardedJob(Job):
    """A job that runs allow-listed functions only and carries nothing else that could run."""

    allowed: Mapping[str, JobFunction] = {}

    @property
    def func(self) -> JobFunction:
        name = self.func_name
        if self.instance is not None or name is None or name not in self.allowed:
            raise UnknownJob(f"job {self.id}: {name!r} is not one of {sorted(self.allowed)}")
        return self.allowed[name]

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, *_args: object, **_kwargs: object) -> None:
        """Nothing: no job of ours calls out."""

    def restore(self, raw_data: Any) -> None:
        super().restore(raw_data)
        self.webhooks = []
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self._dependency_ids = []
        self.repeats_left = self.repeat_intervals = None


def signed_serializer(key: str) -> Any:
    """A serializer of JSON behind an HMAC-SHA256; loading anything unsigned raises ValueError."""
    secret = key.encode()

    def dumps(value: Any) -> bytes:
        body = json.dumps(value, separators=(",", ":")).encode()
        return hmac.digest(secret, body, hashlib.sha256) + body

    def loads(data: bytes) -> Any:
        mac, body = data[:32], data[32:]
        if not hmac.compare_digest(mac, hmac.digest(secret, body, hashlib.sha256)):
            raise ValueError("this job was not signed by this tier")
        return json.loads(body)

    return type("SignedSerializer", (), {"dumps": staticmethod(dumps), "loads": staticmethod(loads)})


# Seconds a job may take, where nothing else is said.
LIMIT = 60
# Seconds a ring may stay unheard before another is taken for a new one (a flushed queue, a killed worker).
UNHEARD = 5


def _unheard(tier: str, name: str) -> str:
    return f"sanji:{tier}:rung:{name}"


def pulse_key(tier: str) -> str:
    """The hash in which a tier's worker and timer say that they live, and when each job last ended well."""
    return f"sanji:{tier}:pulse"


def _heard(redis: Redis, tier: str, name: str, job: JobFunction) -> JobFunction:
    """The job as the worker runs it: whoever rings from now on asks for another run."""

    def run() -> object:
        redis.delete(_unheard(tier, name))
        try:
            done = job()
        except Exception:
            log.exception("job failed", job=name)  # here, where what failed is still known
            with suppress(RedisError):
                redis.hincrby(pulse_key(tier), f"failed:{name}", 1)
            raise
        _note(redis, tier, f"ran:{name}")
        return done

    return run


def _note(redis: Redis, tier: str, what: str) -> None:
    """Say when something last happened; nothing depends on it but the operator's figures."""
    with suppress(RedisError):
        redis.hset(pulse_key(tier), what, str(time.time()))


class LivingWorker(SimpleWorker):
    """A worker that says that it lives: at each wait for a job and around each job."""

    tier = ""
    pulse_file: Path | None = None

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        _note(self.connection, self.tier, "worker")
        touch(self.pulse_file)


def touch(pulse: Path | None) -> None:
    """Make a file young, where there is one to be touched; a full disk ends nobody's work."""
    if pulse is not None:
        with suppress(OSError):
            pulse.touch()


@dataclass(frozen=True)
class Doorbell:
    """One tier's queue: ring it after a commit, work it in the worker, chime it from the timer."""

    tier: str
    redis: Redis
    queue: Queue
    job_class: type[GuardedJob]
    serializer: Any
    limits: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def connect(
        cls,
        tier: str,
        redis_url: str,
        key: str,
        jobs: Mapping[str, JobFunction],
        limits: Mapping[str, int] | None = None,
    ) -> "Doorbell":
        """The doorbell of `tier`; no connection is opened before the first ring.

        `limits`: seconds that single jobs may take, where that is more than LIMIT.
        """
        # No retries: a request that rings must not wait for a Redis that is down; the timer rings again.
        redis: Redis = Redis.from_url(
            redis_url, socket_timeout=30, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        allowed = {name: _heard(redis, tier, name, job) for name, job in jobs.items()}
        job_class = type("TierJob", (GuardedJob,), {"allowed": allowed})
        serializer = signed_serializer(key)
        return cls(
            tier,
            redis,
            Queue(tier, connection=redis, job_class=job_class, serializer=serializer),
            job_class,
            serializer,
            limits or {},
        )

    def ring(self, name: str, period: str | None = None) -> None:
        """Ask the worker to run `name`; rings that nobody has heard yet are one.

        A Redis that is down is logged: the timer rings again later.
        """
        try:
            if period is None and not self.redis.set(_unheard(self.tier, name), 1, nx=True, ex=UNHEARD):
                return
            self.queue.enqueue_call(
                name,
                job_id=period and f"{name}-{period}",
                unique=period is not None,
                ttl=60,
                result_ttl=60 if period else 1,  # as long as another timer may ring the same period
                failure_ttl=600,
                timeout=self.limits.get(name, LIMIT),
            )
        except DuplicateJobError:
            return
        except RedisError as error:
            log.warning("doorbell not rung", job=name, reason=str(error))

    def note(self, what: str) -> None:
        """Say that something has happened just now."""
        _note(self.redis, self.tier, what)

    def worker(self, pulse_file: Path | None = None) -> SimpleWorker:
        """A worker of this tier's queue with the leases TRUST.md asks for."""
        kind: type[LivingWorker] = type(
            "TierWorker", (LivingWorker,), {"tier": self.tier, "pulse_file": pulse_file}
        )
        return kind(
            [self.queue],
            connection=self.redis,
            job_class=self.job_class,
            serializer=self.serializer,
            worker_ttl=20,
            maintenance_interval=5,
            job_monitoring_interval=1,
        )


@dataclass
class Timetable:
    """Periodic work as data: job name → seconds between rings, keyed by period so two timers ring once."""

    doorbell: Doorbell
    every: Mapping[str, float]
    last: dict[str, int] = field(default_factory=dict)
    pulse_file: Path | None = None

    def tick(self, now: float) -> list[str]:
        """Ring what is due at `now` (seconds); returns the names rung."""
        due = [name for name, seconds in self.every.items() if self.last.get(name) != int(now / seconds)]
        for name in due:
            self.last[name] = int(now / self.every[name])
            self.doorbell.ring(name, period=str(self.last[name]))
        if due:
            self.doorbell.note("timers")
            touch(self.pulse_file)
        return due

    def run(self) -> None:
        """Ring for ever."""
        while True:
            self.tick(time.time())
            time.sleep(min(self.every.values()) / 4)
