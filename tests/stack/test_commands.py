"""The command line: documented, quick, and one line per error."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli import COMMANDS
from deploy.local import state
from deploy.local.identity import Process
from deploy.local.waiting import wait_until
from tests.stack.conftest import all_ended, free_port, identities

SANJI = str(Path(sys.executable).with_name("sanji"))


def sanji(*words):
    return subprocess.run([SANJI, *words], capture_output=True, text=True, check=False)


def test_help_names_every_command():
    done = sanji("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in done.stdout] == []


def test_help_loads_no_framework():
    heavy = ("flask", "sqlalchemy", "redis", "rq", "psycopg")
    script = f"import sys, deploy.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", ["up", "down", "status"])
def test_each_command_explains_its_data_option(command):
    done = sanji(command, "--help")
    assert done.returncode == 0
    assert "--data DIRECTORY" in done.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["dance"], "sanji: No such command 'dance'. (see sanji --help)\n"),
        (
            ["up", "--port", "x"],
            "sanji: Invalid value for '--port': 'x' is not a valid integer. (see sanji up --help)\n",
        ),
    ],
)
def test_a_mistyped_command_is_one_line_and_exit_code_2(words, line):
    done = sanji(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_up_says_in_one_line_why_it_cannot(empty):
    empty.mkdir()
    (empty / "thesis.txt").touch()
    done = sanji("up", "--data", str(empty))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"sanji: {empty} is half-initialised or not Sanji's")
    assert done.stderr.count("\n") == 1


def test_status_and_down_of_a_stack(data, supervisors):
    supervisor = supervisors(data, free_port())
    assert wait_until(supervisor.ready, 60)
    everything = identities(state.running(data).processes)
    told = sanji("status", "--data", str(data)).stdout
    assert [name for name in ("supervisor", *everything) if f"\n{name} " not in told] == []
    stopped = sanji("down", "--data", str(data))
    assert (stopped.returncode, stopped.stdout.splitlines()[-1]) == (0, "stopped")
    assert supervisor.process.wait(5) == 0
    assert all_ended(everything, 0) == []


def test_where_nothing_runs_status_fails_and_down_is_content(empty):
    assert sanji("status", "--data", str(empty)).stderr == (
        f"sanji: nothing is running on {empty}; start it with: sanji up --data {empty}\n"
    )
    done = sanji("down", "--data", str(empty))
    assert (done.returncode, done.stdout) == (0, f"nothing is running on {empty}\n")


def test_down_never_signals_a_stranger_with_the_supervisors_old_number(data):
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as stranger:
        path = data / "run" / "supervisor.json"
        state.write(path, state.State(stranger.pid, "another boot 1", "A=b", "", {}, {}))
        done = sanji("down", "--data", str(data))
        assert done.stdout == "the supervisor was gone already; ended what it left: nothing\n"
        assert Process.of(stranger.pid).alive()
        stranger.send_signal(signal.SIGKILL)
