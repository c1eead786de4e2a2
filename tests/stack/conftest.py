"""Data directories, ports and supervisors for the stack's tests."""

import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from deploy.local.identity import Process
from deploy.local.waiting import wait_until
from tests.stack.small_stack import small_stack


def new_folder():
    """A folder the servers' user may pass through (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="sanji-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def empty():
    """Where a data directory may be made."""
    folder = new_folder()
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def data():
    """A data directory after its first start, shared: leave it as one that starts again."""
    folder = new_folder()
    with small_stack(folder / "data", free_port()) as first:
        first.start()
        ask(first.addresses.port("county"), "/add")
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def copied(data):
    """A copy of it, to be broken."""
    folder = new_folder()
    subprocess.run(["cp", "-a", data, folder / "data"], check=True)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def marked(empty):
    """What the checks before a start look at, and no database."""
    (empty / "postgres" / "pgdata").mkdir(parents=True)
    (empty / "layout.json").write_text('{"layout": 1, "postgres": 18}')
    return empty


def free_port():
    """The first of three free neighbouring ports, below those the system hands out by itself."""
    while True:
        port = random.randrange(20000, 32000)
        if all(_free(port + step) for step in range(3)):
            return port


def _free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="session")
def stack():
    """A running stack of small services, shared."""
    folder = new_folder()
    with small_stack(folder / "data", free_port()) as running:
        running.start()
        yield running
    shutil.rmtree(folder)


def ask(port, path):
    """GET a path of the small service; its text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        return answer.read().decode()
    finally:
        connection.close()


def identities(processes):
    """Name → identity of a stack's processes, to see later whether they live."""
    return {name: row.process for name, row in processes.items()}


def all_ended(processes, seconds=10):
    """The names of those that still live after `seconds`."""
    return [name for name, process in processes.items() if not process.wait(seconds)]


def horse_of(data, worker):
    """The process a small worker started, as soon as it has."""
    note = data / f"horse-of-{worker}"
    assert wait_until(lambda: note.exists() and note.read_text(), 10)
    return Process.of(int(note.read_text()))


def _heed():
    """Whoever runs the tests in the background has its signals ignored, and hands that on."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


class Supervisor:
    """A supervisor in a process of its own."""

    def __init__(self, data, port, *, prefix=()):
        repo = Path(__file__).parents[2]
        handle, name = tempfile.mkstemp(dir=data.parent, prefix="supervisor-")
        os.close(handle)
        self.output = Path(name)
        script = str(Path(__file__).with_name("small_stack.py"))
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, script, str(data), str(port)],
                preexec_fn=_heed,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(repo)},
                start_new_session=True,
            )
        self.identity = Process.of(self.process.pid)

    def ready(self):
        """Has it said so?"""
        assert self.process.poll() is None, self.output.read_text()
        return "ready" in self.output.read_text().splitlines()

    def end(self, sign):
        """Send a signal and wait for its end; its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(30)

    def close(self):
        """End whatever is left of it."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        self.process.stdin.close()


@pytest.fixture
def supervisors():
    """Makes supervisors and ends them."""
    made = []

    def make(data, port, **options):
        made.append(Supervisor(data, port, **options))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.close()
