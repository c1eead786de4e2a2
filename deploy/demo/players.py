"""Who plays the demo's branches: this process, or some of their own where the county is large."""

import json
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Protocol

import click

Task = Mapping[str, Any]
Pause = Callable[[], None]


class Plays(Protocol):
    """Does tasks, in any order."""

    def play(self, what: str, tasks: Iterable[Task], total: int, meanwhile: Pause) -> None:
        """Do them all, with progress; `meanwhile` is called now and then."""

    def close(self) -> None:
        """No more tasks."""


class OwnPlayer:
    """Plays in this process, one task after the other."""

    def __init__(self, do: Callable[[Task], int]) -> None:
        self.do = do

    def play(self, what: str, tasks: Iterable[Task], total: int, meanwhile: Pause) -> None:
        """Do them all."""
        with click.progressbar(length=total, label=f"  {what}", show_eta=False) as bar:
            for task in tasks:
                bar.update(self.do(task))

    def close(self) -> None:
        """Nothing is left open."""


class Players:
    """Processes that take the next task as soon as they are done with one; our end of the pipe ends them."""

    def __init__(self, many: int, environment: Mapping[str, str], begin: Mapping[str, Any]) -> None:
        command = [sys.executable, "-m", "deploy.demo.player"]
        self._all = [
            subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(many)
        ]
        for one in self._all:
            _tell(one, begin)

    def play(self, what: str, tasks: Iterable[Task], total: int, meanwhile: Pause) -> None:
        """Do them all. Raises click.ClickException where a player ends before its task."""
        waiting = iter(list(tasks))
        with (
            click.progressbar(length=total, label=f"  {what}", show_eta=False) as bar,
            selectors.DefaultSelector() as busy,
        ):
            for one in self._all:
                self._next(one, waiting, busy)
            while busy.get_map():
                for key, _event in busy.select(timeout=1.0):
                    player = key.data
                    line = _out(player).readline()
                    if not line:
                        raise click.ClickException(
                            f"{what}: a player has ended; the run can be started again"
                        )
                    bar.update(json.loads(line))
                    busy.unregister(key.fileobj)
                    self._next(player, waiting, busy)
                meanwhile()

    def _next(self, player: "subprocess.Popen[str]", waiting: Any, busy: selectors.BaseSelector) -> None:
        task = next(waiting, None)
        if task is not None:
            _tell(player, task)
            busy.register(_out(player), selectors.EVENT_READ, player)

    def close(self) -> None:
        """Let them end."""
        for one in self._all:
            if one.stdin:
                one.stdin.close()
        for one in self._all:
            one.wait()


def _tell(player: "subprocess.Popen[str]", what: Mapping[str, Any]) -> None:
    assert player.stdin is not None
    player.stdin.write(json.dumps(what) + "\n")
    player.stdin.flush()


def _out(player: "subprocess.Popen[str]") -> IO[str]:
    assert player.stdout is not None
    return player.stdout
