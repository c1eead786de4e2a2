"""Waiting for something to become true, with a limit."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask `true` again and again; False when it still says no after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
