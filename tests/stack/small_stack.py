"""A supervisor of small services as a process of its own (`small_stack.py DATA PORT`), to be killed."""

import os
import sys
from pathlib import Path

from deploy.local.child import Program
from deploy.local.interruption import interruptible
from deploy.local.stack import Stack
from deploy.local.tiers import Addresses

HERE = Path(__file__).parent
SERVICE = str(HERE / "small_service.py")


def small(name, action, tier="county"):
    """A program of tests/stack/small_service.py."""
    return Program(name, (sys.executable, "-P", SERVICE, action), tier=tier)


def web(port):
    """The small WSGI application under gunicorn, as the tiers run theirs."""
    addresses = Addresses(first_port=port)
    options = ("--bind", addresses.bind("county"), "--no-control-socket", "--graceful-timeout", "3")
    command = (sys.executable, "-P", "-m", "gunicorn", *options, "--pythonpath", str(HERE))
    return Program(
        "county-web", (*command, "small_service:app"), "county", f"{addresses.url('county')}/healthz"
    )


def small_stack(data, port, *, programs=None, migrations=None, environ=None):
    """A stack of one web server, one worker and one timer over the real PostgreSQL and Redis."""
    usual = [web(port), small("county-worker", "wait"), small("branch-timers", "wait", "branch")]
    return Stack(
        data,
        port=port,
        programs=usual if programs is None else programs,
        migrations=[small("county-migrate", "migrate")] if migrations is None else migrations,
        environ={**os.environ, "SMALL_FOLDER": str(data), **(environ or {})},
        durable=False,
    )


def main(data, port):
    stack = small_stack(Path(data), int(port))
    with interruptible(stack), stack:
        stack.start(lambda text: print(text, flush=True))
        print("ready", flush=True)
        while True:
            input()


if __name__ == "__main__":
    main(*sys.argv[1:])
