"""Names of streams: `up:<unit>`, `down:<origin>:*` and `down:<origin>:<target unit>`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

UP, DOWN = "up", "down"


@dataclass(frozen=True, slots=True)
class Stream:
    """A parsed stream name: direction, the unit it speaks for, whom it addresses (None: all below)."""

    way: str
    origin: UUID
    target: UUID | None = None

    @property
    def name(self) -> str:
        """The name as it travels."""
        if self.way == UP:
            return f"{UP}:{self.origin}"
        return f"{DOWN}:{self.origin}:{self.target or '*'}"


def upward(origin: UUID) -> Stream:
    """The stream on which a unit speaks to the tier above."""
    return Stream(UP, origin)


def downward(origin: UUID, target: UUID | None = None) -> Stream:
    """The stream on which a unit speaks to everything below (no target) or to one unit below."""
    return Stream(DOWN, origin, target)


# Names repeat in every batch, and making a UUID costs more than decoding an envelope.
@lru_cache(maxsize=65536)
def parse(name: str) -> Stream:
    """Read a stream name; ValueError unless it is spelt exactly as `Stream.name` spells it."""
    way, _, rest = name.partition(":")
    origin, _, target = rest.partition(":")
    if way not in (UP, DOWN):
        raise ValueError(f"not a stream: {name!r}")
    stream = Stream(way, UUID(origin), None if way == UP or target == "*" else UUID(target))
    if stream.name != name:
        raise ValueError(f"not a stream: {name!r}")
    return stream
