"""Is it up? Waiting for one kept program, or saying in one line why it will not come."""

import http.client
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import logs
from deploy.local.errors import StackError
from deploy.local.keeper import Keeper
from deploy.local.waiting import wait_until

READY_WITHIN = 60.0  # seconds
_HOPELESS_AFTER = 3  # deaths without ever having answered


def wait_ready(keeper: Keeper, name: str, answers: Callable[[], bool], log: Path) -> None:
    """Wait until `answers` says yes; StackError when the program keeps dying or takes too long."""
    up = False

    def settled() -> bool:
        nonlocal up
        up = answers()
        return up or keeper.hurried.is_set() or keeper.restarts(name) >= _HOPELESS_AFTER

    if not wait_until(settled, READY_WITHIN):
        raise StackError(f"{name} did not answer within {READY_WITHIN:.0f} s; see {log}")
    if not up:
        raise StackError(f"{name} does not start: {logs.last_line(log)} (see {log})")


def serves(url: str) -> bool:
    """Does this address answer 200? (No proxy is asked: it is this machine's own.)"""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=5)
    try:
        connection.request("GET", where.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
