"""Restarting: soon at first, then ever less often; anew after a steady while."""

import os
import signal
import sys
import time

import pytest

from deploy.local import keeper as keeping
from deploy.local.child import Child, Program
from deploy.local.keeper import Keeper
from deploy.local.waiting import wait_until


@pytest.fixture
def keeper(tmp_path):
    def spawn(program):
        with (tmp_path / "starts").open("a") as starts:
            starts.write(f"{time.monotonic()}\n")
        return Child(program, tmp_path / "log", os.environ, tmp_path)

    running = Keeper(spawn, lambda: None, lambda: None)
    yield running
    running.stop(list(running.processes()), 3)
    running.close()


def starts(tmp_path):
    return [float(line) for line in (tmp_path / "starts").read_text().split()]


def test_a_program_that_keeps_dying_is_started_ever_more_slowly(keeper, tmp_path):
    keeper.add(Program("hasty", ("/bin/false",)))
    assert wait_until(lambda: keeper.restarts("hasty") == 3, 20)
    first, second, third, fourth = starts(tmp_path)
    assert second - first >= 0.2
    assert third - second >= 0.4
    assert fourth - third >= 0.8


def test_after_a_steady_while_a_restart_is_quick_again(keeper, monkeypatch):
    keeper.add(Program("hasty", ("/bin/sleep", "1000")))
    kill(keeper, 1)
    kill(keeper, 2)
    monkeypatch.setattr(keeping, "STEADY_AFTER", 0.3)
    time.sleep(1)  # it has now lived longer than that
    before = time.monotonic()
    kill(keeper, 3)
    assert time.monotonic() - before < 0.8  # 0.8 s at least would be the next delay


def kill(keeper, restarts):
    os.kill(keeper.processes()["hasty"].pid, signal.SIGKILL)
    assert wait_until(lambda: keeper.restarts("hasty") == restarts, 20)


def test_what_ends_by_itself_is_not_started_again(keeper, tmp_path):
    done = keeper.run_to_end(
        [
            Program("good", ("/bin/true",)),
            Program("bad", (sys.executable, "-c", "import sys; sys.exit(7)")),
        ]
    )
    assert [child.exit_code() for child in done] == [0, 7]
    time.sleep(0.4)
    assert len(starts(tmp_path)) == 2
