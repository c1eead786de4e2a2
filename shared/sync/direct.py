"""The way to a parent in the same process: for tests, the simulator and one-process installations."""

from __future__ import annotations

from collections.abc import Mapping

from shared.sync.node import Node
from shared.sync.serving import serve


class DirectTransport:
    """Calls a node of this process."""

    def __init__(self, parent: Node) -> None:
        self.parent = parent

    def call(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The parent's own answer."""
        return serve(self.parent, path, body, headers)
