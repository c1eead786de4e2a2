"""Under libfaketime `time.sleep` waits for a moment of the wrong clock, or fails: here it waits a while."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], max(0.0, seconds))


time.sleep = _sleep
