"""The branch's node and queue without its pages: what worker, timer and command line start with."""

from rq.timeouts import BaseTimeoutException

from services.branch.authority import NEEDED
from services.branch.outcomes.anew import propose_after_appeals
from services.branch.outcomes.models import BATCHES
from services.branch.outcomes.referring import hand_up
from services.branch.peers import ACTIONS
from services.branch.transfers.catching_up import tell_what_was_not_told
from shared.kit.settings import Settings
from shared.outcomes.batches import make_batches
from shared.sync.runtime import Runtime, assemble

# What corrected grades bring; cases that wait for people who have gone; what the moved were not told.
LOOKS = (propose_after_appeals, hand_up, tell_what_was_not_told)


def runtime(settings: Settings) -> Runtime:
    """This tier's node and queue."""
    return assemble(settings, ACTIONS, NEEDED, own=_own, watch=_watch)


def _watch(running: Runtime) -> None:
    """Every look, whatever becomes of another; raises ExceptionGroup of those that failed."""
    failed = []
    for look in LOOKS:
        try:
            look(running)
        except BaseTimeoutException:
            # The job's time is over: what is left is looked at next time.
            raise
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("not everything could be looked at", failed)


def _own(running: Runtime) -> bool:
    """Notices asked for together."""
    return make_batches(running, BATCHES)
