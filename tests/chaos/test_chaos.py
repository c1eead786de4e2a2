"""The short form of `make chaos`: real processes are killed at their steps, and a planted bug is seen."""

import re
import subprocess
import sys

import pytest


@pytest.mark.timeout(600)
def test_three_tiers_lose_nothing_when_workers_are_killed_and_a_planted_bug_is_seen() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--short", "--planted"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=590, check=False)
    said = done.stdout + done.stderr
    assert re.search(r"planted bug \(early acknowledgement\): seen, \d+ lost", said), said
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"faults 1 operations \d+ lost 0 duplicated 0 leaked 0", last), said
    assert done.returncode == 0, said
