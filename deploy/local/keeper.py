"""Keeps programs running: what dies is started again, soon at first, then less and less often."""

import signal
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from deploy.local.child import Child, Program
from deploy.local.state import Running

FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER = 0.2, 10.0, 30.0  # seconds
_LOOK_EVERY = 0.1
Spawn = Callable[[Program], Child]


@dataclass
class _Kept:
    child: Child
    since: float
    restarts: int = 0
    delay: float = FIRST_DELAY
    due: float | None = None


class Keeper:
    """Owns the children. `spawn` starts one; `changed` hears of every start; `idle` runs now and then."""

    def __init__(self, spawn: Spawn, changed: Callable[[], None], idle: Callable[[], None]) -> None:
        self._spawn, self._changed, self._idle = spawn, changed, idle
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.RLock()
        self._done = threading.Event()
        self.hurried = threading.Event()
        # A death signal follows the thread that started the child, so one thread starts them all
        # and stays until the last has ended.
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
        self._watch = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._watch.start()

    def add(self, program: Program) -> None:
        """Start a program and keep it running."""
        with self._lock:
            self._kept[program.name] = _Kept(self._start(program), time.monotonic())
        self._changed()

    def run_to_end(self, programs: Iterable[Program]) -> list[Child]:
        """Run these side by side until all have ended; they are not started again."""
        children = [self._start(program) for program in programs]
        try:
            while any(child.running() for child in children) and not self.hurried.is_set():
                time.sleep(0.02)
        finally:
            _force(children)
        return children

    def restarts(self, name: str) -> int:
        """How often this program had to be started again."""
        return self._kept[name].restarts

    def processes(self) -> dict[str, Running]:
        """All kept programs, in the order they were added."""
        with self._lock:
            return {name: _described(kept) for name, kept in self._kept.items()}

    def stop(self, names: Iterable[str], seconds: float) -> None:
        """End these together: gently, after `seconds` by force; they are not started again."""
        with self._lock:
            leaving = [self._kept.pop(name).child for name in names if name in self._kept]
        for child in leaving:
            child.stop()
        deadline = time.monotonic() + seconds
        while any(child.running() for child in leaving):
            if time.monotonic() > deadline or self.hurried.is_set():
                _force(leaving)
                break
            time.sleep(0.02)

    def close(self) -> None:
        """End the threads; call it when nothing is kept any more."""
        self._done.set()
        self._watch.join()
        self._spawner.shutdown()

    def _start(self, program: Program) -> Child:
        return self._spawner.submit(self._spawn, program).result()

    def _keep(self) -> None:
        looks = 0
        while not self._done.wait(_LOOK_EVERY):
            with self._lock:
                restarted = [self._look(kept) for kept in self._kept.values()]
            if any(restarted):
                self._changed()
            looks += 1
            if looks % 300 == 0:
                self._idle()

    def _look(self, kept: _Kept) -> bool:
        now = time.monotonic()
        if kept.due is not None:
            return now >= kept.due and self._restart(kept, now)
        if not kept.child.running():
            kept.due = now + kept.delay
            kept.delay = min(kept.delay * 2, LONGEST_DELAY)
        elif now - kept.since > STEADY_AFTER:
            kept.delay = FIRST_DELAY
        return False

    def _restart(self, kept: _Kept, now: float) -> bool:
        try:
            kept.child = self._start(kept.child.program)
        except OSError:  # no memory, no disk: try again later
            kept.due = now + LONGEST_DELAY
            return False
        kept.since, kept.due = now, None
        kept.restarts += 1
        return True


def _described(kept: _Kept) -> Running:
    child = kept.child
    stop_signal = int(child.program.stop_signal)
    return Running(child.pid, child.identity.started, stop_signal, kept.restarts)


def _force(children: list[Child]) -> None:
    for child in children:
        # PostgreSQL recovers from its log after an immediate stop, and takes its sessions with it.
        gentle = child.program.stop_signal == signal.SIGINT
        child.signal(signal.SIGQUIT if gentle else signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(child.running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.signal(signal.SIGKILL)
        child.wait()
