"""The processes of the three tiers: a web server, a worker and a timer each."""

import sys

from deploy.local.child import Program
from deploy.local.tiers import TIERS, Addresses

WEB_THREADS = 8
_GRACE = "3"  # seconds a web server gives open requests at the end
# -P: no folder of the person's may shadow a package.
_PYTHON = (sys.executable, "-P", "-m")


def tier_programs(addresses: Addresses) -> list[Program]:
    """Web servers first (people wait for them), then workers, then timers."""
    web = [_web(tier, addresses) for tier in TIERS]
    kinds = [(kind, tier) for kind in ("worker", "timers") for tier in TIERS]
    return [*web, *(_module(tier, kind) for kind, tier in kinds)]


def migrations() -> list[Program]:
    """One run per tier that brings its database to this code's state, and ends."""
    return [_module(tier, "migrate") for tier in TIERS]


def _module(tier: str, kind: str) -> Program:
    return Program(f"{tier}-{kind}", (*_PYTHON, f"services.{tier}.{kind}"), tier=tier)


def _web(tier: str, addresses: Addresses) -> Program:
    config = ("--config", "python:shared.operating.server")
    options = ("--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS))
    listen = ("--bind", addresses.bind(tier), "--graceful-timeout", _GRACE, "--no-control-socket")
    return Program(
        name=f"{tier}-web",
        command=(*_PYTHON, "gunicorn", *config, *options, *listen, f"services.{tier}.app:create_app()"),
        tier=tier,
        ready_url=f"{addresses.url(tier)}/ready",
    )
