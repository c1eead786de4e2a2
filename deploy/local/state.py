"""What runs on a data directory, written down for other commands and for the next start."""

import json
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.local.data_directory import DataDirectory
from deploy.local.errors import StackError
from deploy.local.identity import Process, bearing
from deploy.local.secret_values import write_private


@dataclass(frozen=True)
class Running:
    """One kept process: its number, when it began, how to end it, how often it was restarted."""

    pid: int
    started: str
    stop_signal: int
    restarts: int

    @property
    def process(self) -> Process:
        """Its identity."""
        return Process(self.pid, self.started)


@dataclass(frozen=True)
class State:
    """A supervisor with its children; `environment` holds each tier's settings (the file is private).

    `mark` stands in the environment of everything it started, and nowhere else.
    """

    pid: int
    started: str
    mark: str
    sockets: str
    urls: Mapping[str, str]
    environment: Mapping[str, Mapping[str, str]]
    processes: Mapping[str, Running] = field(default_factory=dict)

    @property
    def supervisor(self) -> Process:
        """The supervisor's identity."""
        return Process(self.pid, self.started)


def write(path: Path, state: State) -> None:
    """Write the state, whole or not at all, mode 600."""
    write_private(path, json.dumps(asdict(state), indent=1).encode())


def read(path: Path) -> State | None:
    """The last state written; None when there is none (or an older Sanji wrote it)."""
    try:
        found = json.loads(path.read_text())
        found["processes"] = {name: Running(**row) for name, row in found["processes"].items()}
        return State(**found)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    except PermissionError:
        raise StackError(f"cannot read {path}; it belongs to another user") from None


def running(data: Path) -> State:
    """The state of the stack that runs on this directory now; StackError when none does."""
    directory = DataDirectory(data)
    state = read(directory.state)
    if state is None or not state.supervisor.alive():
        raise StackError(
            f"nothing is running on {directory.path}; start it with: sanji up --data {directory.path}"
        )
    return state


def environment(data: Path, tier: str) -> dict[str, str]:
    """The settings of one tier of the running stack, for commands that act on it from outside."""
    settings = running(data).environment
    if tier not in settings:
        raise StackError("the stack is still starting; try again in a moment")
    return dict(settings[tier])


def end_leftovers(state: State) -> list[str]:
    """End what a killed supervisor left: the processes it wrote down, and what these started. Their names."""
    left = {name: row for name, row in state.processes.items() if row.process.alive()}
    for name, row in reversed(left.items()):
        # The death signal has usually reached it already; a database takes a moment to close.
        row.process.end(row.stop_signal, 15 if row.stop_signal == signal.SIGINT else 5)
        if row.process.alive():
            raise StackError(f"{name} (process {row.pid}), left by a killed supervisor, does not end")
    grandchildren = bearing(state.mark)
    for process in grandchildren:
        process.end(signal.SIGKILL, 5)
    return [*left, *(f"process {process.pid}" for process in grandchildren)]
