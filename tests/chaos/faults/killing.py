"""kill -9: the worker at each step, the web server between commit and reply, inside publish and approve."""

from __future__ import annotations

import os
import signal

from deploy.local.waiting import wait_until
from tests.chaos.faults import Stage
from tests.chaos.holding import answers_withheld, committed, held, waits_for

# (tier whose worker dies, tier whose table is held, the table, how the waiting statement begins)
STEPS = {
    "sealing drafts": ("branch", "branch", "stream_head", "%"),
    "sending, the parent has not committed": ("branch", "township", "inbox", "%"),
    "keeping the receipt": ("branch", "branch", "receipt", "INSERT%"),
    "taking in what was published": ("branch", "branch", "inbox", "%"),
    "sealing the audit log": ("branch", "branch", "audit_seal", "%"),
    "keeping the county's receipt": ("township", "township", "receipt", "INSERT%"),
    "sending to the county": ("township", "county", "inbox", "%"),
}


def worker_at_each_step(stage: Stage) -> None:
    """At every step at which a worker writes, in its own database or its parent's."""
    steps = list(STEPS.items())
    for step, (whose, where, table, like) in steps[:3] if stage.brief else steps:
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
    for tier in ("branch", "township") if stage.brief else ("branch", "township", "county") * 2:
        stage.load.wait_more(4)
        place = stage.county.places[tier]
        others = [place.process(kind).pid for kind in ("worker", "timers")]
        for pid in others:  # so that whoever commits here is the web server
            os.kill(pid, signal.SIGSTOP)
        with answers_withheld(place):
            # A form best of all; else a batch from below, or a session that was touched.
            formed = wait_until(lambda place=place: stage.load.posting(place.url) and committed(place), 4)
            if came := formed or wait_until(lambda place=place: committed(place), 10):
                pid = place.kill("web")
                what = "a form" if formed else "a batch or a session"
                stage.struck.at(f"{tier}-web {pid} died when it had committed {what} and not yet answered")
        for other in others:
            os.kill(other, signal.SIGCONT)
        if came:
            place.wait_back("web", pid)
            place.wait_served()


# (tier, what is decided there)
DECISIONS = (("county", "publish"), ("township", "approve")) * 3


def deciding(stage: Stage) -> None:
    """Inside publish and approve: the decision is written, what tells of it is not yet."""
    for tier, what in DECISIONS:
        stage.load.wait_more(3)
        place = stage.county.places[tier]
        with held(place, "outbox"):
            if not waits_for(place, "%INSERT INTO outbox%"):
                continue
            pid = place.kill("web")
            stage.struck.at(f"{tier}-web {pid} died inside {what}")
        place.wait_back("web", pid)
        place.wait_served()


def township_web(stage: Stage) -> None:
    """The township's web server, killed a few times as it comes."""
    place = stage.county.places["township"]
    for _ in range(2 if stage.brief else 4):
        stage.load.wait_more(4, 10)
        pid = place.kill("web")
        stage.struck.at(f"township-web {pid} died")
        place.wait_back("web", pid)
        place.wait_served()
