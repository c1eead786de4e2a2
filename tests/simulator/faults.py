"""The sixteen faults of the specification, counted where one really strikes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

WORKER_KILLED = "worker killed at a step"
STOPPED_PAST_LEASE = "worker stopped past its lease, resumed"
ANSWER_NEVER_SENT = "web server killed after its commit"
DATABASE_STOPPED = "database stopped at once"
NO_BELL = "no bell rings, as when Redis was flushed"
TWICE, DISORDER = "delivered twice", "delivered late, out of order"
ANSWER_LOST = "acknowledgement lost"
PARTITION = "partition, long or flapping"
CLOCK_WRONG = "clock a day wrong"
DISK_FULL = "disk full"
POISONED = "poison message"
PARENT_RESTORED, CHILD_RESTORED = "parent restored older", "child restored older"
KEY_ROTATED = "key rotated in mid-flight"
SCHEMA_SKEW = "kind that the other side does not know yet"
KILLED_DECIDING = "killed inside publish or approve"

FAULTS = (
    WORKER_KILLED,
    STOPPED_PAST_LEASE,
    ANSWER_NEVER_SENT,
    DATABASE_STOPPED,
    NO_BELL,
    TWICE,
    DISORDER,
    ANSWER_LOST,
    PARTITION,
    CLOCK_WRONG,
    DISK_FULL,
    POISONED,
    PARENT_RESTORED,
    CHILD_RESTORED,
    KEY_ROTATED,
    SCHEMA_SKEW,
    KILLED_DECIDING,
)
"""In the order in which the specification names them; its 'duplicated and reordered' is two."""

JOBS, DECISIONS = ("push", "pull", "sweep", "rotate"), ("approve", "note", "tell")


def of_crash(act: str, *, job_runs_here: bool, step: str) -> str | None:
    """What it is when a process dies at a step of a store while `act` is played; None: of no named kind."""
    if act in DECISIONS:
        return KILLED_DECIDING
    if act in JOBS and job_runs_here:
        return WORKER_KILLED
    return ANSWER_NEVER_SENT if step == "committed" else None


def table(struck: Counter[str]) -> Iterable[str]:
    """A line per fault: its name, how often it struck."""
    width = max(map(len, FAULTS))
    return (f"{name:{width}} {struck[name]:9}" for name in FAULTS)
