"""Logs stay small: the full one moves aside to `.1`."""

import shutil
from pathlib import Path

LARGEST_LOG = 8 * 1024 * 1024


def cap(log: Path, largest: int = LARGEST_LOG) -> None:
    """Copy a log larger than `largest` bytes aside and empty it (writers append, so they go on)."""
    if log.exists() and log.stat().st_size > largest:
        shutil.copy(log, log.with_name(log.name + ".1"))
        with log.open("r+b") as file:
            file.truncate(0)


def last_line(log: Path) -> str:
    """The last line that says something; where it was looked for when there is none."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        lines = file.read().decode(errors="replace").splitlines()
    said = [line.strip() for line in lines if line.strip()]
    # SQLAlchemy ends its errors with where to read about them and the statement: the error stands before.
    words = [line for line in said if not line.startswith(("(Background on", "[SQL", "[parameters"))]
    return words[-1] if words else "it did not say why"
