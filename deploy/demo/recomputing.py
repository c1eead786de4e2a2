"""Whether the demo's year comes to the same when it is worked out again."""

from deploy.demo.calendar import YEAR
from deploy.demo.tiers import Tiers, steadily, within
from services.county.years.recomputing import recompute


def recomputed(tiers: Tiers) -> bool:
    """Every statement, grade and proposal again from what was pinned, as `sanji verify year` does it."""

    def once() -> bool:
        with within(tiers.county) as session:
            return recompute(session, YEAR).equal

    return steadily(once)
