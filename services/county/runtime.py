"""The county's node and queue without its pages: what worker, timer and command line start with."""

from services.county.outcomes.models import BATCHES
from services.county.peers import ACTIONS
from services.county.years.working import close_years
from shared.kit.settings import Settings
from shared.outcomes.batches import make_batches
from shared.sync.runtime import Runtime, assemble


def runtime(settings: Settings) -> Runtime:
    """This tier's node and queue."""
    return assemble(settings, ACTIONS, own=_own_work)


def _own_work(running: Runtime) -> bool:
    """A piece of each: years being closed, notices asked for together. One that fails stops no other."""
    closing = close_years(running)
    return make_batches(running, BATCHES) or closing
