"""One child process: started in a session of its own, logged, ended with everything it started."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.identity import Process
from deploy.local.server_user import ServerUser

_LAUNCH = str(Path(__file__).with_name("launch.py"))


@dataclass(frozen=True)
class Program:
    """What to run. `tier` gives it that tier's settings; `user` None means the supervisor's own."""

    name: str
    command: tuple[str, ...]
    tier: str | None = None
    ready_url: str | None = None
    user: ServerUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A running program. Start it from a thread that outlives it: the death signal is the thread's."""

    def __init__(self, program: Program, log: Path, environment: Mapping[str, str], folder: Path) -> None:
        self.program = program
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                _launched(program),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops in order
            )
        self.identity = Process.of(self._process.pid)

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    def running(self) -> bool:
        """Is it alive? When it died, what it left in its group is killed before its number is freed."""
        if self._process.returncode is not None:
            return False
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        self.signal(signal.SIGKILL)
        self._process.wait()
        return False

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self.running() else self._process.returncode

    def signal(self, sign: int) -> None:
        """Send a signal to the program alone, or, when it is SIGKILL, to all it started as well."""
        if self._process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if sign == signal.SIGKILL:
                os.killpg(self.pid, sign)
            else:
                os.kill(self.pid, sign)

    def wait(self) -> None:
        """Wait for its end."""
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, in its own way."""
        self.signal(self.program.stop_signal)


def _launched(program: Program) -> list[str]:
    user = program.user
    switch = f"{user.uid}:{user.gid}" if user and user.switch else "-"
    launch = [sys.executable, "-I", "-S", _LAUNCH, str(int(program.stop_signal)), str(os.getpid()), switch]
    return [*launch, *program.command]
