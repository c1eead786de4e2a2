"""Under libfaketime `time.sleep` waits until a moment of the wrong clock, or fails; this waits for a while."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], max(0.0, seconds))


time.sleep = _sleep
