"""What clients did, and the faults by name with what they struck."""

from __future__ import annotations

import itertools
import re
import threading
from collections import Counter
from dataclasses import dataclass, field

WORD = re.compile(r"w\d+u\d{12}")
"""What is filed says itself which operation it is, and of which branch."""

# Where the facts of each kind must be in the end, each exactly once. See `checking.QUERIES`.
HOLDERS: dict[str, tuple[str, ...]] = {
    "member": ("branch/member", "township/roster", "township/roster in", "county/roster", "county/roster in"),
    "deed": ("branch/deed", "township/deed in", "township/deed on", "county/deed in", "county/deed"),
    "entry": ("branch/entry", "township/entry in", "township/entry"),
    "approve": ("township/approved", "branch/approved in", "branch/approved"),
    "publish": ("county/published", "township/library", "branch/library"),
}
# What a township passes on by itself it says again when it was restored: it hears branches anew, and fetches
# from the county what it had said. There it counts once, and stands in the stream twice.
ECHOES = ("township/deed on", "county/deed in", "county/roster in")
HOME = {"member": "branch", "deed": "branch", "entry": "branch", "approve": "township", "publish": "county"}


@dataclass
class Operation:
    """One act of a client. `outcome`: ok (told so), failed (told not, never asked), unknown (no answer)."""

    kind: str
    word: str
    outcome: str = "failed"
    told: int = 0
    """How often somebody was told so: a restored township decides again what it has forgotten."""

    def settle(self, outcome: str) -> None:
        """What came of trying it, perhaps again: an unanswered try may have come through all the same."""
        self.told += outcome == "ok"
        if outcome == "ok" or self.outcome == "failed":
            self.outcome = outcome


class Operations:
    """Every act of every client; clients are threads."""

    def __init__(self) -> None:
        self.echoes = False
        """A township was restored."""
        self._all: dict[tuple[str, str], Operation] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def word(self, unit: str) -> str:
        """A new one."""
        return f"w{next(self._numbers)}u{unit}"

    def begin(self, kind: str, word: str) -> Operation:
        """An act that is about to be tried, again where it was before."""
        with self._lock:
            return self._all.setdefault((kind, word), Operation(kind, word))

    def all(self) -> list[Operation]:
        """Every one."""
        with self._lock:
            return list(self._all.values())

    def known(self) -> dict[tuple[str, str], Operation]:
        """By kind and word."""
        with self._lock:
            return dict(self._all)

    def outcomes(self) -> Counter[str]:
        """How many came out how."""
        return Counter(one.outcome for one in self.all())


@dataclass
class Struck:
    """What a fault did: how often it is known to have struck, and by which sign it is known."""

    times: int = 0
    signs: list[str] = field(default_factory=list)

    def at(self, sign: str) -> None:
        """It struck, as this shows."""
        self.times += 1
        self.signs.append(sign)
