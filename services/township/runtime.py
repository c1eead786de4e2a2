"""The township's node and queue without its pages: what worker, timer and command line start with."""

from services.township.authority import NEEDED
from services.township.peers import ACTIONS
from shared.kit.settings import Settings
from shared.sync.runtime import Runtime, assemble


def runtime(settings: Settings) -> Runtime:
    """This tier's node and queue."""
    return assemble(settings, ACTIONS, NEEDED)
