"""How much memory the demo takes: this process and all below it, shared pages counted once."""

import os
import threading
from pathlib import Path

EVERY = 5.0


class MemoryWatch:
    """Looks every few seconds while it is open; `peak` in megabytes."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, sum(map(_share, _family())) // 1024)
            if self._over.wait(EVERY):
                return


def _family() -> list[int]:
    """This process and its descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [os.getpid()]
    for one in found:
        found += children.get(one, [])
    return found


def _share(process: int) -> int:
    """Kilobytes: the proportional set size, or the resident size where that may not be read."""
    for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{process}/{name}").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1])
    return 0
