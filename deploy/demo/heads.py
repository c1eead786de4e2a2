"""Whether every stream ends alike at both of its ends (invariant I3)."""

import time

from deploy.demo.tiers import Tiers, steadily
from shared.sync.reporting import reconcile
from shared.sync.runtime import Runtime

SETTLE = 60.0


def heads_equal(tiers: Tiers) -> bool:
    """Compare both children with their parents; waits up to a minute for what is still on its way."""
    deadline = time.monotonic() + SETTLE
    while True:
        if all(steadily(lambda child=child: _agrees(child)) for child in (tiers.township, tiers.branch)):  # type: ignore[misc]
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(1)


def _agrees(child: Runtime) -> bool:
    return all(row.equal is not False and row.lag == 0 for row in reconcile(child.node))
