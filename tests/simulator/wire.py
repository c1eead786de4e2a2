"""The way from a child to its parent: loses, repeats, delays, or is cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.sync.direct import DirectTransport
from shared.sync.node import Node
from shared.sync.refusal import Unreachable
from tests.simulator.faults import ANSWER_LOST, PARTITION, TWICE
from tests.simulator.memory import Crash, Stopped

# A partition is long, the others strike a call or a few.
MODES = {"cut": 60, "lose request": 2, "lose answer": 2, "twice": 4, "delay": 3}
Call = tuple[str, bytes, Mapping[str, str]]
# Of what passed, so many are kept to be delivered once more.
REMEMBERED = 12


@dataclass
class Wire:
    """One way up. `parent` is asked for each time: it may have been started anew."""

    parent: Callable[[], Node]
    restart: Callable[[], None]
    mode: str = "open"
    # So many calls pass before the mode holds, and for so many it does.
    after: int = 0
    times: int = 0
    seen: list[Call] = field(default_factory=list)
    late: list[Call] = field(default_factory=list)
    strike: Callable[[str], None] = lambda fault: None

    def call(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Deliver, as the mode says."""
        call, mode = (path, body, dict(headers)), self._due()
        if mode in ("cut", "lose request"):
            self.strike(PARTITION)
            raise Unreachable("nothing arrived")
        if mode == "delay":
            self.late.append(call)
            raise Unreachable("it will arrive late")
        self.seen = [*self.seen[-REMEMBERED:], call]
        answer = self.deliver(call)
        if mode == "twice":
            self.strike(TWICE)
            self.deliver(call)
        if mode == "lose answer":
            self.strike(ANSWER_LOST)
        if mode == "lose answer" or answer is None:
            raise Unreachable("no answer came")
        return answer

    def _due(self) -> str:
        """The mode of this call."""
        if self.after > 0:
            self.after -= 1
            return "open"
        if self.times <= 0:
            return "open"
        self.times -= 1
        return self.mode

    def deliver(self, call: Call) -> tuple[int, bytes] | None:
        """The parent's answer; None where it fails or dies over it."""
        try:
            return DirectTransport(self.parent()).call(*call)
        except Stopped:
            return None
        except Crash:
            self.restart()
            return None
