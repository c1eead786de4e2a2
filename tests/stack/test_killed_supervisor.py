"""kill -9 of the supervisor: the next start goes on, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys

import pytest

from deploy.local import launch as launch_script
from deploy.local import state
from deploy.local.errors import StackError
from deploy.local.identity import Process
from deploy.local.waiting import wait_until
from tests.stack.conftest import all_ended, ask, free_port, horse_of, identities
from tests.stack.small_stack import small_stack


def test_the_next_start_resumes_with_the_data_and_without_orphans(data, supervisors):
    port = free_port()
    killed = supervisors(data, port)
    assert wait_until(killed.ready, 60)
    rows, entries = map(int, ask(port, "/add").split())
    before = identities(state.running(data).processes)
    horse = horse_of(data, before["county-worker"].pid)
    killed.end(signal.SIGKILL)
    with small_stack(data, port) as stack:
        stack.start()
        assert all_ended(before, 0) == []
        assert not horse.alive()
        assert ask(port, "/add") == f"{rows + 1} {entries + 1}"


def test_children_die_with_their_supervisor(data, supervisors):
    supervisor = supervisors(data, free_port())
    assert wait_until(supervisor.ready, 60)
    before = identities(state.running(data).processes)
    supervisor.end(signal.SIGKILL)
    assert all_ended(before) == []
    with pytest.raises(StackError, match="nothing is running on"):
        state.running(data)


def sleeper():
    script = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    command = [sys.executable, "-c", script]
    started = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True)
    assert started.stdout.readline() == "deaf\n"
    return started


def left_behind(data, process, started=None):
    """Write down `process` as the child of a supervisor that is gone."""
    identity = Process.of(process.pid)
    row = state.Running(process.pid, started or identity.started, signal.SIGTERM, 0)
    state.write(
        data / "run" / "supervisor.json",
        state.State(os.getpid(), "gone", "A=b", "", {}, {}, {"county-worker": row}),
    )


def test_what_survived_its_supervisor_is_ended_by_the_next_start(data):
    with sleeper() as orphan:
        left_behind(data, orphan)
        told = []
        stack = small_stack(data, free_port(), programs=[], migrations=[])
        with stack:
            stack.start(told.append)
        assert orphan.wait(1) == -signal.SIGKILL
        assert "ended what the last, killed supervisor left: county-worker" in told


def test_a_stranger_with_the_number_of_an_old_child_is_left_alone(data):
    with sleeper() as stranger:
        left_behind(data, stranger, started="another boot 1")
        found = state.read(data / "run" / "supervisor.json")
        assert state.end_leftovers(found) == []
        assert stranger.poll() is None
        stranger.kill()


def test_a_first_start_killed_before_the_databases_were_made_starts_over(copied):
    # As a kill inside initdb leaves it: nothing marked, a half-made folder under its working name.
    cluster = copied / "postgres" / "pgdata"
    cluster.rename(cluster.with_name("pgdata.new"))
    (cluster.with_name("pgdata.new") / "PG_VERSION").unlink()
    (copied / "layout.json").write_text('{"layout": 1, "postgres": null}')
    with small_stack(copied, free_port(), programs=[], migrations=[]) as stack:
        stack.start()
        assert sorted(stack.processes()) == ["postgres", "redis"]
    assert [entry.name for entry in cluster.parent.iterdir()] == ["pgdata"]


def test_a_first_start_killed_right_after_the_databases_were_made_goes_on(data):
    port = free_port()
    (data / "layout.json").write_text('{"layout": 1, "postgres": null}')
    with small_stack(data, port) as stack:
        stack.start()
        assert ask(port, "/seen") != "0 0"
    assert json.loads((data / "layout.json").read_text())["postgres"] == 18


def test_the_recorded_state_survives_a_round_trip(tmp_path):
    row = state.Running(7, "boot 9", signal.SIGINT, 2)
    settings = {"county": {"A": "b"}}
    told = state.State(1, "boot 2", "A=b", "/sockets", {"county": "http://x"}, settings, {"redis": row})
    state.write(tmp_path / "state.json", told)
    assert state.read(tmp_path / "state.json") == told


def test_a_child_whose_supervisor_died_first_does_not_begin():
    nobody = "0"  # the parent it is told to die with is not its parent any more
    words = [str(int(signal.SIGTERM)), nobody, "-", sys.executable, "-c", "print('ran')"]
    launch = [sys.executable, launch_script.__file__, *words]
    done = subprocess.run(launch, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == "sanji: the supervisor ended before its child began\n"
