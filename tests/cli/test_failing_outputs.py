"""Outputs that cannot be written: one clear line, exit 2, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_contest_commands import make_rows, write


def sanji(*arguments: object, stdout: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own; standard output to a file where one is given."""
    command = [sys.executable, "-m", "deploy", *(str(one) for one in arguments)]
    with open(stdout or "/dev/null", "w") as out:
        return subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stderr.strip().splitlines()
    assert (done.returncode, len(said)) == (2, 1), done.stderr
    return said[0]


def test_a_full_device_is_told_in_one_line(tmp_path: Path) -> None:
    assert "No space left" in one_line(sanji("contest", "rulebook", "default", stdout="/dev/full"))
    rules = tmp_path / "rules.json"
    assert sanji("contest", "rulebook", "default", stdout=str(rules)).returncode == 0
    table = write(tmp_path / "in.csv", make_rows(3))
    grading = ("contest", "grade", table, "--rulebook", rules, "--out")
    assert "/dev/full: cannot be written" in one_line(sanji(*grading, "/dev/full"))
    assert "No space left" in one_line(sanji(*grading, "-", stdout="/dev/full"))


@pytest.mark.parametrize("place", ["", "none/summary.json"])
def test_a_summary_that_cannot_be_written_is_said_before_the_year_is_played(
    tmp_path: Path, place: str
) -> None:
    data = tmp_path / "data"
    done = sanji("demo", "--once", "--data", data, "--json", tmp_path / place)
    assert "--json" in one_line(done)
    assert not data.exists()
