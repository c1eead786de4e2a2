"""kill -9 any child, or the supervisor, in the middle of the demo: the same year comes out.

The measure is a year played without workers and processes (tests/county.py) from the same seed and tree.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.county import SEED, County, small_tree

pytestmark = pytest.mark.timeout(400)
COUNTS = ("returns_filed", "returns_corrected", "returns_sent_back", "tiers", "result_hash")
CHILDREN = (
    "postgres",
    "redis",
    *(f"{tier}-{kind}" for kind in ("web", "worker", "timers") for tier in ("county", "township", "branch")),
)


@pytest.fixture(scope="module")
def measure(county: County) -> dict[str, Any]:
    county.play("published")
    summary = county.year.summary()
    return {name: summary[name] for name in COUNTS}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    lines = ["township_code,township_name,village_code,village_name"]
    small = small_tree()
    for township in small.townships:
        lines += [f"{township.code},{township.name},{v.code},{v.name}" for v in small.villages[township.code]]
    path = tmp_path / "tree.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Demo:
    """One `sanji demo --once` on a data directory of its own."""

    def __init__(self, folder: Path, tree: Path) -> None:
        folder.chmod(0o711)
        self.data, self.out, self.log = folder / "data", folder / "out.json", folder / "log"
        self.command = [
            *(sys.executable, "-m", "deploy", "demo", "--once", "--json", str(self.out)),
            *("--villages", str(tree), "--county", small_tree().county.name, "--seed", str(SEED)),
            *("--data", str(self.data), "--port", str(free_ports())),
            *("--months", "1"),  # of the members' year, which begins once the contest is published
        ]

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT)

    def children(self) -> dict[str, int]:
        try:
            rows = json.loads((self.data / "run" / "supervisor.json").read_text())["processes"]
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return {name: row["pid"] for name, row in rows.items()}

    def wait_served(self, running: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 120
        while "county-timers" not in self.children():
            assert running.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def summary(self) -> dict[str, Any]:
        found = json.loads(self.out.read_text())
        assert found["heads_equal"] is True
        return {name: found[name] for name in COUNTS}


def free_ports() -> int:
    """A base port with three free ones."""
    for base in range(20000 + os.getpid() % 20000, 60000, 7):
        try:
            for port in range(base, base + 3):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory):
    """Short and open to the servers' user."""
    import shutil
    import tempfile

    path = Path(tempfile.mkdtemp(prefix="sanji-kill-"))
    yield path
    stop = [sys.executable, "-m", "deploy", "down", "--data", str(path / "data")]
    subprocess.run(stop, check=False, capture_output=True, timeout=90)
    shutil.rmtree(path, ignore_errors=True)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_every_child_killed_once_changes_nothing(measure: dict[str, Any], folder: Path, tree: Path) -> None:
    demo = Demo(folder, tree)
    running = demo.start()
    demo.wait_served(running)
    killed = []
    for name in CHILDREN:
        if running.poll() is not None:
            break
        pid = demo.children().get(name)
        if pid:
            kill(pid)
            killed.append(name)
        time.sleep(0.7)
    assert running.wait(300) == 0, demo.log.read_text()
    assert len(killed) >= 6
    assert demo.summary() == measure


def test_a_killed_supervisor_is_resumed_by_the_next_start(
    measure: dict[str, Any], folder: Path, tree: Path
) -> None:
    demo = Demo(folder, tree)
    running = demo.start()
    demo.wait_served(running)
    time.sleep(4)
    kill(running.pid)
    running.wait()
    assert not demo.out.exists()
    again = demo.start()
    assert again.wait(300) == 0, demo.log.read_text()
    assert demo.summary() == measure
