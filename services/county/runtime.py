"""The county's node and queue without its pages: what worker, timer and command line start with."""

from services.county.peers import ACTIONS
from services.county.years.working import close_years
from shared.kit.settings import Settings
from shared.sync.runtime import Runtime, assemble


def runtime(settings: Settings) -> Runtime:
    """This tier's node and queue."""
    return assemble(settings, ACTIONS, own=close_years)
