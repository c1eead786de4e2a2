"""Redis is a doorbell nobody trusts: forged jobs run nothing (TRUST.md, 'Remote code through Redis')."""

import json
import zlib
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import Callback

from shared.kit.jobs import Doorbell, Timetable
from tests.servers import Servers

ran: list[str] = []


def ring_once() -> None:
    ran.append("ring")


@pytest.fixture
def doorbell(servers: Servers):
    made = Doorbell.connect("county", servers.redis_url("county"), "a secret key", {"ring_once": ring_once})
    made.redis.flushdb()
    ran.clear()
    yield made
    made.redis.flushdb()
    made.redis.close()


def work(doorbell: Doorbell) -> None:
    doorbell.worker().work(burst=True, logging_level="CRITICAL")


def test_a_ring_runs_the_named_job(doorbell: Doorbell) -> None:
    doorbell.ring("ring_once")
    work(doorbell)
    assert ran == ["ring"]


def test_a_forged_payload_is_not_executed(doorbell: Doorbell, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    forged = Queue("county", connection=doorbell.redis)
    forged.enqueue_call("os.mkdir", args=(str(proof),), job_id="forged")
    work(doorbell)
    assert not proof.exists()


def test_a_signed_payload_naming_another_function_is_not_executed(doorbell: Doorbell, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    doorbell.queue.enqueue_call("os.mkdir", args=(str(proof),))
    work(doorbell)
    assert not proof.exists()


def test_a_forged_callback_on_a_signed_job_is_not_executed(doorbell: Doorbell, tmp_path: Path) -> None:
    job = doorbell.queue.enqueue_call("ring_once", on_success=Callback("os.getcwd"), job_id="calls-back")
    key = job.key
    doorbell.redis.hset(key, "success_callback_name", "tests.kit.test_jobs.never")
    work(doorbell)
    assert ran == ["ring"]


def never(*_args: object) -> None:
    ran.append("callback")


def test_a_forged_webhook_is_not_called(doorbell: Doorbell) -> None:
    job = doorbell.queue.enqueue_call("ring_once", job_id="hooked")
    hook = {"url": "http://127.0.0.1:9/", "statuses": ["finished"]}
    doorbell.redis.hset(job.key, "webhooks", json.dumps([hook]))
    work(doorbell)
    assert ran == ["ring"]


def test_meta_forged_with_another_serializer_is_not_loaded(doorbell: Doorbell, tmp_path: Path) -> None:
    import pickle

    proof = tmp_path / "proof"

    class Bomb:
        def __reduce__(self):
            return (proof.mkdir, ())

    job = doorbell.queue.enqueue_call("ring_once", job_id="meta")
    doorbell.redis.hset(job.key, "meta", pickle.dumps(Bomb()))
    doorbell.redis.hset(job.key, "data", zlib.compress(pickle.dumps(Bomb())))
    work(doorbell)
    assert not proof.exists()
    assert ran == []


def test_two_timers_ring_a_period_once(doorbell: Doorbell) -> None:
    one, two = (Timetable(doorbell, {"ring_once": 2.0}) for _ in range(2))
    one.tick(100.0)
    two.tick(100.5)
    assert len(doorbell.queue.job_ids) == len(set(doorbell.queue.job_ids))
    work(doorbell)
    assert len(ran) <= 2
    assert set(ran) == {"ring"}


def test_a_redis_that_is_down_stops_no_commit() -> None:
    away = Doorbell.connect("county", "unix:///nowhere/redis.sock", "k", {"ring_once": ring_once})
    away.ring("ring_once")


def test_the_queue_survives_a_flush_because_the_timer_rings_again(doorbell: Doorbell) -> None:
    doorbell.ring("ring_once")
    Redis.flushall(doorbell.redis)
    Timetable(doorbell, {"ring_once": 1.0}).tick(500.0)
    work(doorbell)
    assert ran == ["ring"]


def test_rings_that_nobody_has_heard_are_one_and_a_ring_during_the_work_is_another(
    doorbell: Doorbell,
) -> None:
    for _ in range(3):
        doorbell.ring("ring_once")
    assert len(doorbell.queue.job_ids) == 1
    work(doorbell)
    doorbell.ring("ring_once")
    assert len(doorbell.queue.job_ids) == 1
    work(doorbell)
    assert ran == ["ring", "ring"]


def test_a_job_that_takes_long_has_a_limit_of_its_own(servers: Servers) -> None:
    jobs = {"ring_once": ring_once, "long": ring_once}
    made = Doorbell.connect("county", servers.redis_url("county"), "k", jobs, {"long": 600})
    made.redis.flushdb()
    for name in jobs:
        made.ring(name)
    assert [one.timeout for one in made.queue.jobs] == [60, 600]
    made.redis.flushdb()
    made.redis.close()
