"""The sixteen faults of TRUST.md by name, in its order."""

from __future__ import annotations

from tests.chaos.faults import Fault, clocks, disks, killing, messages, network, restores, servers, skew

FAULTS: dict[str, Fault] = {
    "worker-killed": killing.worker_at_each_step,
    "worker-stopped": servers.worker_stopped,
    "web-killed": killing.web_after_commit,
    "postgres-stopped": servers.postgres_stopped,
    "redis-flushed": servers.redis_flushed,
    "delivered-twice": network.delivered_twice,
    "answer-lost": network.answer_lost,
    "partition": network.partition,
    "clock-wrong": clocks.clock_wrong,
    "disk-full": disks.disk_full,
    "poison": messages.poison,
    "parent-restored": restores.parent_restored,
    "child-restored": restores.child_restored,
    "key-rotated": messages.key_rotated,
    "schema-skew": skew.schema_skew,
    "killed-deciding": killing.deciding,
}
# What takes namespaces and mounts, so root on Linux; and a library that fakes clocks.
NEEDS_NAMESPACES = ("partition", "disk-full")
NEEDS_FAKETIME = ("clock-wrong",)
SHORT = ("worker-killed",)
