"""What can go wrong between two nodes, told apart by who has to act."""

from __future__ import annotations

from collections.abc import Sequence


class SyncError(Exception):
    """Anything the protocol says no to."""


class Unreachable(SyncError):
    """The peer did not answer: nothing is known about what it did. Try again later."""


class Refused(SyncError):
    """A request was understood and refused: `status` as in HTTP, one message, the streams it concerns."""

    def __init__(self, status: int, message: str, streams: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.streams = list(streams)


class Untrusted(SyncError):
    """A peer's answer does not carry the signature it should: nothing in it was used."""


class Unacceptable(SyncError):
    """Raised by an action: this envelope can never be applied, for the reason given to its sender."""


class OutOfScope(Unacceptable):
    """Raised by an action: the envelope is about somebody or something that is not the sender's. Audited."""
