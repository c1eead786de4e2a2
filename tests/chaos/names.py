"""The sixteen faults of TRUST.md by name, in its order."""

from __future__ import annotations

from tests.chaos.faults import Fault, killing

FAULTS: dict[str, Fault] = {
    "worker-killed": killing.worker_at_each_step,
    "web-killed": killing.web_after_commit,
}
SHORT = ("worker-killed",)
