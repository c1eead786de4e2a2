"""Which process is meant: a number alone may belong to another process by now."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Process:
    """A process number with the moment its process began, in the system's own words."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The process that has this number now."""
        return cls(pid, started(pid) or "")

    def alive(self) -> bool:
        """Does this very process still run? (A zombie does not.)"""
        return bool(self.started) and started(self.pid) == self.started

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended; False when it still runs after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def end(self, sign: int, seconds: float) -> None:
        """Ask this process to end, then kill it with all it started; a stranger is left alone."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)
        if not self.wait(seconds):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait(seconds)


def bearing(mark: str) -> list[Process]:
    """Every process whose environment holds `mark`: what our children started and left. Linux only."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # gone meanwhile, or another user's
            if mark.encode() in entry.read_bytes().split(b"\0"):
                found.append(Process.of(int(entry.parent.name)))
    return found


def started(pid: int) -> str | None:
    """When the process began, comparable for equality only; None when there is none."""
    if not _BOOT.exists():
        return _started_by_ps(pid)
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else f"{_BOOT.read_text().strip()} {fields[18]}"


def _started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    return " ".join(answer[:-1]) if answer and not answer[-1].startswith("Z") else None
