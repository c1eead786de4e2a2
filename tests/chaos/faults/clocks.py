"""Clocks a day fast or slow, per process, with libfaketime."""

from __future__ import annotations

import time
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path

import redis

from shared.kit.clock import system_clock
from shared.kit.jobs import pulse_key
from tests.chaos.faults import Stage
from tests.chaos.place import KINDS, Place

DAY = 86400
# What is wrong together: (tier, programs, days).
WRONG = (
    (("branch", ("web",), 1), ("township", ("worker", "timers"), -1)),
    (("branch", ("worker", "timers"), -1), ("township", ("web",), 1), ("county", KINDS, -1)),
)


def library() -> Path | None:
    """Where libfaketime lies on this machine."""
    found = [
        *Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"),
        *Path("/usr/lib/faketime").glob("libfaketimeMT*"),
    ]
    return found[0] if found else None


def clock_wrong(stage: Stage) -> None:
    """Some programs live in yesterday, others in tomorrow; then all are put right."""
    if library() is None:
        return
    for wrong in WRONG:
        for tier, kinds, days in wrong:
            place = stage.county.places[tier]
            for kind in kinds:
                place.told[kind] = _told(days)
            place.restart(*kinds)
            for kind in kinds:
                if (off := _off(place, kind)) and round(off / DAY) == days:
                    stage.struck.at(f"{tier}-{kind} is {off / DAY:+.1f} days off")
        stage.load.wait_more(12)
        for tier, kinds, _days in wrong:
            place = stage.county.places[tier]
            for kind in kinds:
                del place.told[kind]
            place.restart(*kinds)
        stage.load.wait_more(4)


def _told(days: int) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME": f"{days * DAY:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": str(Path(__file__).parents[1] / "preloaded"),
    }


def _off(place: Place, kind: str) -> float:
    """Seconds by which a program's clock is off, as itself says it."""
    if kind == "web":
        with urllib.request.urlopen(f"{place.url}/health", timeout=20) as answer:
            return (parsedate_to_datetime(answer.headers["Date"]) - system_clock()).total_seconds()
    what = "timers" if kind == "timers" else "worker"
    deadline = time.monotonic() + 15
    off = 0.0
    with redis.Redis.from_url(place.redis_url) as pulses:
        while time.monotonic() < deadline:
            said = pulses.hget(pulse_key(place.tier), what)
            off = float(said) - time.time() if said else 0.0
            if abs(off) > DAY / 2:
                break
            time.sleep(0.3)
    return off
