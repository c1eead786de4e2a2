"""Ctrl-C, SIGTERM and a closed terminal: the first ends the work in order, the second forces the end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deploy.local.stack import Stack

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(stack: Stack) -> Iterator[None]:
    """Inside, the first signal raises KeyboardInterrupt in the main thread; later ones make `stack` hurry.

    Put it around the stack's own `with`, so that stopping is covered too; it swallows that KeyboardInterrupt.
    """
    interrupted = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            stack.hurry()
            return
        interrupted = True
        raise KeyboardInterrupt

    # One that is ignored already (nohup) stays ignored.
    heard = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, on_signal) for number in heard}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
