"""What stops: a worker past its lease, PostgreSQL at once, Redis with everything it held."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import redis

from tests.chaos.faults import Stage
from tests.chaos.holding import held, waits_for
from tests.chaos.place import Place

PAST = 24.0
"""Seconds a worker stands still; its lease is 20."""
TIERS = ("branch", "township", "county")


def worker_stopped(stage: Stage) -> None:
    """Stopped in the middle of sending; a second worker of the queue goes on; then the first comes back."""
    branch, township = stage.county.places["branch"], stage.county.places["township"]
    branch.start("worker2")
    stopped = branch.process("worker")
    with held(township, "inbox"):
        sending = waits_for(township, "%")
        os.kill(stopped.pid, signal.SIGSTOP)
    time.sleep(PAST)
    # A busy worker's key lives longer than its lease; what it had of the queue is gone all the same.
    state = Path(f"/proc/{stopped.pid}/stat").read_text().rpartition(")")[2].split()[0]
    os.kill(stopped.pid, signal.SIGCONT)
    if state == "T" and sending:
        stage.struck.at(f"branch-worker {stopped.pid} stood still for {PAST:.0f} s while sending")
    stage.load.wait_more(4)
    branch.stop("worker2")


def postgres_stopped(stage: Stage) -> None:
    """Immediate shutdown, as when the power fails: at each tier, twice."""
    for tier in TIERS * 2:
        place = stage.county.places[tier]
        before = _count(place, "received immediate shutdown request")
        pid = place.kill("postgres", signal.SIGQUIT)
        place.wait_back("postgres", pid)
        _wait_answers(place)
        if _count(place, "received immediate shutdown request") > before:
            stage.struck.at(f"{tier} postgres {pid} stopped at once and recovered")
        stage.load.wait_more(3)


def redis_flushed(stage: Stage) -> None:
    """Everything it holds is thrown away, then it dies and comes back without memory."""
    for tier in TIERS:
        place = stage.county.places[tier]
        with redis.Redis.from_url(place.redis_url) as queue:
            held_keys = queue.dbsize()
            queue.flushall()
        pid = place.process("redis").pid
        os.kill(pid, signal.SIGKILL)
        place.keeper.stop(["redis"], 5.0)
        time.sleep(1.5)  # people go on filing while there is no doorbell
        place.start_redis(keep=False)
        stage.struck.at(f"{tier} redis {pid} lost {held_keys} keys and its memory")
        stage.load.wait_more(4)
    for tier in TIERS:
        place = stage.county.places[tier]
        place.keeper.stop(["redis"], 5.0)
        place.start_redis(keep=True)


def _count(place: Place, words: str) -> int:
    return place.log("postgres").read_text().count(words)


def _wait_answers(place: Place) -> None:
    deadline = time.monotonic() + 60
    while not place.database_answers():
        assert time.monotonic() < deadline, f"{place.tier}: PostgreSQL does not come back"
        time.sleep(0.1)
