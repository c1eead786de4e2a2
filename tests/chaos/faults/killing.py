"""kill -9: the worker at each step, the web server between commit and reply, inside publish and approve."""

from __future__ import annotations

from tests.chaos.faults import Stage
from tests.chaos.holding import answers_withheld, committed_unanswered, held, waits_for

# (tier whose worker dies, tier whose table is held, the table, how the waiting statement begins)
STEPS = {
    "sealing drafts": ("branch", "branch", "outbox", "UPDATE%"),
    "sending, the parent has not committed": ("branch", "township", "inbox", "%"),
    "keeping the receipt": ("branch", "branch", "receipt", "INSERT%"),
    "taking in what was published": ("branch", "branch", "inbox", "%"),
    "sealing the audit log": ("branch", "branch", "audit_seal", "%"),
    "passing on upwards": ("township", "township", "outbox", "UPDATE%"),
    "sending to the county": ("township", "county", "inbox", "%"),
}


def worker_at_each_step(stage: Stage) -> None:
    """At every step at which a worker writes, in its own database or its parent's."""
    for step, (whose, where, table, like) in STEPS.items():
        stage.load.wait_more(4)
        dying, holding = stage.county.places[whose], stage.county.places[where]
        with held(holding, table):
            if not (statement := waits_for(holding, like)):
                continue
            pid = dying.kill("worker")
            stage.struck.at(f"{whose}-worker {pid} died {step} ({statement!r} waited)")
        dying.wait_back("worker", pid)


def web_after_commit(stage: Stage) -> None:
    """What was asked for is committed; the server dies before it can say so. At each tier."""
    for tier in ("branch", "township", "county") * 2:
        stage.load.wait_more(4)
        place = stage.county.places[tier]
        with answers_withheld(place):
            if not (statement := committed_unanswered(place)):
                continue
            pid = place.kill("web")
            stage.struck.at(f"{tier}-web {pid} died after {statement!r} had committed")
        place.wait_back("web", pid)
        place.wait_served()
