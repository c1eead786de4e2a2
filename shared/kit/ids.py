"""UUIDv7 keys: ordered by time, made by the application (Python 3.11 has none built in)."""

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """An id of this moment."""
    return id_of(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10)))


def id_of(stamp: int, random: int) -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 of these 80 random bits."""
    value = (
        (stamp & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    )
    return uuid.UUID(int=value)
